// Reading of weights, rows [in block][tap][input channel of the block][out block], from the binding
// `weight`. The host puts this text before the kernels that multiply or transform them.

/**
 * The weights from a block of input channels to a block of output channels at one tap: a column per
 * input channel. `at` is the vector of the first, `row` the vectors of a row.
 */
fn matrixAt(at: u32, row: u32) -> mat4x4f {
  return mat4x4f(weight[at], weight[at + row], weight[at + 2u * row], weight[at + 3u * row]);
}
