/** The texts of our kernels. @module */
import adam from "../../../kernels_wgsl/adam.wgsl" with { type: "text" };
import batchnorm from "../../../kernels_wgsl/batchnorm.wgsl" with { type: "text" };
import batchnormGradient from "../../../kernels_wgsl/batchnorm_gradient.wgsl" with {
  type: "text",
};
import channelSums from "../../../kernels_wgsl/channel_sums.wgsl" with { type: "text" };
import conv1x1 from "../../../kernels_wgsl/conv1x1.wgsl" with { type: "text" };
import conv1x1Gradient from "../../../kernels_wgsl/conv1x1_gradient.wgsl" with { type: "text" };
import conv3x3 from "../../../kernels_wgsl/conv3x3.wgsl" with { type: "text" };
import conv3x3Frame from "../../../kernels_wgsl/conv3x3_frame.wgsl" with { type: "text" };
import conv3x3Tiled from "../../../kernels_wgsl/conv3x3_tiled.wgsl" with { type: "text" };
import conv3x3WeightGradient from "../../../kernels_wgsl/conv3x3_weight_gradient.wgsl" with {
  type: "text",
};
import convtranspose2 from "../../../kernels_wgsl/convtranspose2.wgsl" with { type: "text" };
import convtranspose2Gradient from "../../../kernels_wgsl/convtranspose2_gradient.wgsl" with {
  type: "text",
};
import fold from "../../../kernels_wgsl/fold.wgsl" with { type: "text" };
import loss from "../../../kernels_wgsl/loss.wgsl" with { type: "text" };
import maxpool2 from "../../../kernels_wgsl/maxpool2.wgsl" with { type: "text" };
import moments from "../../../kernels_wgsl/moments.wgsl" with { type: "text" };
import normalise from "../../../kernels_wgsl/normalise.wgsl" with { type: "text" };
import octets from "../../../kernels_wgsl/octets.wgsl" with { type: "text" };
import overlap from "../../../kernels_wgsl/overlap.wgsl" with { type: "text" };
import reduce from "../../../kernels_wgsl/reduce.wgsl" with { type: "text" };
import shared from "../../../kernels_wgsl/shared.wgsl" with { type: "text" };
import sum from "../../../kernels_wgsl/sum.wgsl" with { type: "text" };
import turn from "../../../kernels_wgsl/turn.wgsl" with { type: "text" };
import upsample2 from "../../../kernels_wgsl/upsample2.wgsl" with { type: "text" };

/** What stands before every kernel. */
export const SHARED: string = shared;

/** The kernels by the names of their files. */
export const KERNELS: Readonly<Record<string, string>> = {
  adam,
  batchnorm: moments + batchnorm,
  batchnorm_gradient: batchnormGradient,
  channel_sums: channelSums,
  conv1x1,
  conv1x1_gradient: conv1x1Gradient,
  conv3x3: moments + octets + conv3x3Frame + conv3x3,
  conv3x3_tiled: moments + octets + conv3x3Frame + conv3x3Tiled,
  conv3x3_weight_gradient: conv3x3WeightGradient,
  convtranspose2,
  convtranspose2_gradient: convtranspose2Gradient,
  fold,
  loss,
  maxpool2,
  normalise,
  overlap,
  reduce,
  sum,
  turn,
  upsample2,
};
