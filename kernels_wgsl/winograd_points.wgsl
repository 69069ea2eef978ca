// Constants of Winograd's minimal filtering F(4, 3): four outputs of a row and three taps from six
// products; its transpose, F(3, 4), computes the taps' gradients. The interpolation points are 0,
// a, -a, b, -b and infinity with a = 2/3, b = 3/2, as on the CPU. Since a b = 1, there are few
// constants; rounding errors are about 1.5 times those of the direct sum, where the usual points 0,
// +-1, +-2 have 2 to 3 times. The host puts this text before the kernels of the row-wise Winograd
// convolution and its weight gradient.

const A = 2f / 3f;
const B = 3f / 2f;
const A2 = 4f / 9f;
const B2 = 9f / 4f;
/** a^2 + b^2 */
const S = 97f / 36f;
/** 1 / (2 a^2 (a^2 - b^2)) */
const NA = -81f / 130f;
/** 1 / (2 b^2 (b^2 - a^2)) */
const NB = 8f / 65f;

/** Six pixels of a row, their components, or six rows of weights. */
struct Six {
  a: vec4f,
  b: vec4f,
  c: vec4f,
  d: vec4f,
  e: vec4f,
  f: vec4f,
}

/** Where an invocation finds six pixels of a row. */
struct Line {
  /** The vector of the first pixel's block that is read first. */
  at: u32,
  x: u32,
}

/** An x that lies, with the pixels after it, outside of every row. */
const OUTSIDE = 0x80000000u;

/** B' d */
fn inputComponents(d: Six) -> Six {
  let evenA = fma(d.c, vec4f(-B2), d.e);
  let oddA = fma(d.b, vec4f(-B2), d.d);
  let evenB = fma(d.c, vec4f(-A2), d.e);
  let oddB = fma(d.b, vec4f(-A2), d.d);
  return Six(
    d.a + fma(d.c, vec4f(-S), d.e),
    fma(oddA, vec4f(A), evenA),
    fma(oddA, vec4f(-A), evenA),
    fma(oddB, vec4f(B), evenB),
    fma(oddB, vec4f(-B), evenB),
    d.b + fma(d.d, vec4f(-S), d.f),
  );
}
