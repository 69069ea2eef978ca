// Multiply-add of four floats, the operation in which the network spends its time.
//
// The kernels are built twice. The relaxed module uses the relaxed SIMD instructions, which round
// once where the processor has fused multiply-add. The plain module multiplies and adds, rounding
// twice, for browsers that lack relaxed SIMD. The condition is a constant of the build, so each
// module holds one of the two.

export namespace fma {
  /** x * y + z */
  // @inline
  export function madd(x: v128, y: v128, z: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) {
      return f32x4.relaxed_madd(x, y, z);
    } else {
      return f32x4.add(f32x4.mul(x, y), z);
    }
  }

  /** z - x * y */
  // @inline
  export function nmadd(x: v128, y: v128, z: v128): v128 {
    if (ASC_FEATURE_RELAXED_SIMD) {
      return f32x4.relaxed_nmadd(x, y, z);
    } else {
      return f32x4.sub(z, f32x4.mul(x, y));
    }
  }
}
