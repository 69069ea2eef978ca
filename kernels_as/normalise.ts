// Bytes to network input: (x * float32(1 / 255) - mean) / std, every operation rounded to float32.
// This is torchvision's v2.ToDtype(scale=True) followed by v2.Normalize, bit for bit; a fused
// multiply-add would change bits. A task is a run of NORMALISE_CHUNK bytes.

/** Bytes of a task. */
export const NORMALISE_CHUNK: i32 = 65536;

export function normalise(
  task: i32,
  _scratch: usize,
  image: usize,
  out: usize,
  mean: f32,
  std: f32,
  count: i32,
): void {
  const first = task * NORMALISE_CHUNK;
  const last = min(first + NORMALISE_CHUNK, count);
  const unit: f32 = <f32> (1.0 / 255.0);
  let i = first;
  const means = f32x4.splat(mean);
  const stds = f32x4.splat(std);
  for (; i + 4 <= last; i += 4) {
    const bytes = i16x8.extend_low_i8x16_u(v128.load32_zero(image + <usize> i));
    const x = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(bytes));
    const scaled = f32x4.mul(x, f32x4.splat(unit));
    v128.store(out + <usize> i * 4, f32x4.div(f32x4.sub(scaled, means), stds));
  }
  for (; i < last; i++) {
    const x = <f32> load<u8>(image + <usize> i) * unit;
    store<f32>(out + <usize> i * 4, (x - mean) / std);
  }
}
