// Constants of Winograd's minimal filtering F(4, 3): four outputs of a row and three taps from six
// products. The interpolation points are 0, a, -a, b, -b and infinity with a = 2/3, b = 3/2, as on
// the CPU. Since a b = 1, there are few constants; rounding errors are about 1.5 times those of the
// direct sum, where the usual points 0, +-1, +-2 have 2 to 3 times. The host puts this text before
// the kernels of the row-wise Winograd convolution.

const A = 2f / 3f;
const B = 3f / 2f;
const A2 = 4f / 9f;
const B2 = 9f / 4f;
