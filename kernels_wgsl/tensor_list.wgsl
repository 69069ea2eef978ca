// Many tensors in one dispatch. The host (lib/engine/gpu/tensor_list.ts) puts this text before
// kernels that treat all vectors of a list of tensors alike, and binds the list, `tensors`.
//
// A tensor is cut into portions of PORTION vectors, the last of which may be shorter. They are
// numbered through the tensors of a dispatch, `slab.firstTensor` and the next `slab.tensorCount`.

/** A tensor, or several ones of equal size that belong together, such as parameter and slots. */
struct Listed {
  firstPortion: u32,
  vectors: u32,
  /** A number of the host's, such as whether a parameter decays. */
  note: u32,
  /** The first vector in each binding of tensors. */
  at: vec4u,
}

/** The index of the tensor to which a portion belongs: the last that begins at or before it. */
fn tensorOf(portion: u32) -> u32 {
  var found = slab.firstTensor;
  var end = slab.firstTensor + slab.tensorCount;
  while (end - found > 1u) {
    let middle = (found + end) / 2u;
    if (tensors[middle].firstPortion <= portion) {
      found = middle;
    } else {
      end = middle;
    }
  }
  return found;
}

/** The index of vector `k` of a portion within its tensor; too large where there is no such one. */
fn vectorOf(tensor: Listed, portion: u32, k: u32) -> u32 {
  return (portion - tensor.firstPortion) * PORTION + k;
}
