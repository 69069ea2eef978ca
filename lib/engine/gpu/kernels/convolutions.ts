/** The GPU kernels of convolutions and their gradients. @module */
import activation from "../../../../kernels_wgsl/activation.wgsl" with { type: "text" };
import channelSums from "../../../../kernels_wgsl/channel_sums.wgsl" with { type: "text" };
import conv1x1 from "../../../../kernels_wgsl/conv1x1.wgsl" with { type: "text" };
import conv1x1Gradient from "../../../../kernels_wgsl/conv1x1_gradient.wgsl" with { type: "text" };
import conv3x3Direct from "../../../../kernels_wgsl/conv3x3_direct.wgsl" with { type: "text" };
import conv3x3Frame from "../../../../kernels_wgsl/conv3x3_frame.wgsl" with { type: "text" };
import conv3x3Tiled from "../../../../kernels_wgsl/conv3x3_tiled.wgsl" with { type: "text" };
import conv3x3WeightGradient from "../../../../kernels_wgsl/conv3x3_weight_gradient.wgsl" with {
  type: "text",
};
import conv3x3WeightGradientTiled from "../../../../kernels_wgsl/conv3x3_weight_gradient_tiled.wgsl" with {
  type: "text",
};
import conv3x3Winograd from "../../../../kernels_wgsl/conv3x3_winograd.wgsl" with { type: "text" };
import winogradOutputs from "../../../../kernels_wgsl/conv3x3_winograd_outputs.wgsl" with {
  type: "text",
};
import conv3x3WinogradWeightGradient from "../../../../kernels_wgsl/conv3x3_winograd_weight_gradient.wgsl" with {
  type: "text",
};
import conv3x3WinogradWeights from "../../../../kernels_wgsl/conv3x3_winograd_weights.wgsl" with {
  type: "text",
};
import convtranspose2 from "../../../../kernels_wgsl/convtranspose2.wgsl" with { type: "text" };
import convtranspose2Gradient from "../../../../kernels_wgsl/convtranspose2_gradient.wgsl" with {
  type: "text",
};
import convtranspose2Product from "../../../../kernels_wgsl/convtranspose2_product.wgsl" with {
  type: "text",
};
import convtranspose2SourceTiled from "../../../../kernels_wgsl/convtranspose2_source_gradient_tiled.wgsl" with {
  type: "text",
};
import convtranspose2Tiled from "../../../../kernels_wgsl/convtranspose2_tiled.wgsl" with {
  type: "text",
};
import convtranspose2WeightTiled from "../../../../kernels_wgsl/convtranspose2_weight_gradient_tiled.wgsl" with {
  type: "text",
};
import fold from "../../../../kernels_wgsl/fold.wgsl" with { type: "text" };
import laneSums from "../../../../kernels_wgsl/lane_sums.wgsl" with { type: "text" };
import matrix from "../../../../kernels_wgsl/matrix.wgsl" with { type: "text" };
import moments from "../../../../kernels_wgsl/moments.wgsl" with { type: "text" };
import pointwise from "../../../../kernels_wgsl/pointwise.wgsl" with { type: "text" };
import reduce from "../../../../kernels_wgsl/reduce.wgsl" with { type: "text" };
import rotate180 from "../../../../kernels_wgsl/rotate180.wgsl" with { type: "text" };
import row8 from "../../../../kernels_wgsl/row8.wgsl" with { type: "text" };
import sourcesByConstant from "../../../../kernels_wgsl/sources_by_constant.wgsl" with {
  type: "text",
};
import sourcesByRecord from "../../../../kernels_wgsl/sources_by_record.wgsl" with { type: "text" };
import weightGradientFrame from "../../../../kernels_wgsl/weight_gradient_frame.wgsl" with {
  type: "text",
};
import weights from "../../../../kernels_wgsl/weights.wgsl" with { type: "text" };
import winogradPoints from "../../../../kernels_wgsl/winograd_points.wgsl" with { type: "text" };
import winogradReading from "../../../../kernels_wgsl/winograd_reading.wgsl" with { type: "text" };
import { CONSTANT_READING, constantSource, type Kernel, oneSource, READING } from "./kernel.ts";

/** Texts before the kernels of convolutions: without workgroup memory, and with it. */
const common = activation + matrix + moments + row8 + weights;
const plain = common + sourcesByConstant + conv3x3Frame;
const tiled = common + sourcesByRecord + conv3x3Frame;

/** The constants and bindings of all kernels of the 3x3 convolution. */
const CONV3X3 = {
  entries: ["convolve"],
  constants: ["SECOND"],
  bindings: ["x0", "norm0", "x1", "norm1", "weight", "bias", "out", "other"],
  slab: [
    "firstRow",
    "rows",
    "x0",
    "x1",
    "out",
    "other",
    "height",
    "width",
    "blocks0",
    "blocks1",
    "height1",
    "width1",
    "top1",
    "left1",
    "outBlocks",
    "targetBlocks",
    "targetHeight",
    "targetWidth",
    "targetTop",
    "targetLeft",
    "weightBlocks",
    "firstIn",
    "firstOut",
    "hasNorm0",
    "hasRelu0",
    "hasNorm1",
    "hasRelu1",
    "hasBias",
    "hasRelu",
    "hasMoments",
    "adds",
    "rowsPerPartial",
  ],
} as const;

/** The constants of the kernels without workgroup memory. */
const PLAIN = [
  ...CONV3X3.constants,
  "NORM0",
  "RELU0",
  "NORM1",
  "RELU1",
  "PLANE",
  "CHANNELS0",
] as const;

/** The constants, bindings and slab fields of weight gradients. */
const WEIGHT_GRADIENT = {
  constants: [],
  bindings: ["x", "norm", "dy", "partials"],
  slab: [
    "firstPartial",
    "partialCount",
    "rows",
    "x",
    "dy",
    "partials",
    "blocks",
    "outBlocks",
    "rowsPerPartial",
    "frameHeight",
    "frameWidth",
    "height",
    "width",
    "top",
    "left",
    "inBlocks",
    "firstBlock",
    ...READING,
  ],
} as const;

export const CONVOLUTIONS = {
  channel_sums: {
    text: channelSums,
    entries: ["sums"],
    constants: [],
    bindings: ["x", "partials"],
    slab: ["firstPartial", "partialCount", "pixels", "pixelsPerPartial", "blocks", "x"],
  },
  conv1x1: {
    text: constantSource + conv1x1,
    entries: ["convolve"],
    constants: [...CONSTANT_READING, "CLASSES"],
    bindings: ["x", "norm", "weight", "bias", "out"],
    slab: ["firstPixel", "pixels", "x", "size"],
  },
  conv1x1_gradient: {
    text: oneSource + laneSums + conv1x1Gradient,
    entries: ["source_gradient", "sums", "totals"],
    constants: [],
    bindings: ["x", "norm", "weight", "dy", "partials", "bias"],
    slab: [
      "first",
      "count",
      "pixels",
      "pixelsPerPartial",
      "partialCount",
      "x",
      "blocks",
      "size",
      "classes",
      ...READING,
    ],
  },
  conv3x3_direct: {
    ...CONV3X3,
    text: plain + conv3x3Direct,
    constants: [...PLAIN, "SINGLE"],
  },
  conv3x3_tiled: {
    ...CONV3X3,
    text: tiled + conv3x3Tiled,
    constants: [
      ...CONV3X3.constants,
      "TILE_ROWS",
      "TILE_COLUMNS",
      "CHUNK",
      "LANE_BLOCKS",
      "PREFETCH",
    ],
  },
  conv3x3_weight_gradient: {
    ...WEIGHT_GRADIENT,
    text: oneSource + matrix + weightGradientFrame + conv3x3WeightGradient,
    entries: ["accumulate", "accumulate_centre"],
    constants: ["NORM", "RELU", "PLANE", "CHANNELS"],
  },
  conv3x3_weight_gradient_tiled: {
    ...WEIGHT_GRADIENT,
    text: oneSource + matrix + weightGradientFrame + conv3x3WeightGradientTiled,
    entries: ["accumulate"],
    constants: [
      "CHUNK_IN",
      "CHUNK_OUT",
      "EACH",
      "AHEAD",
      "BUFFERS",
    ],
  },
  conv3x3_winograd: {
    ...CONV3X3,
    text: tiled + winogradPoints + winogradReading + conv3x3Winograd + winogradOutputs,
    constants: ["TILES", "STRIPS", "CHUNK"],
  },
  conv3x3_winograd_weight_gradient: {
    ...WEIGHT_GRADIENT,
    text: oneSource + matrix + winogradPoints + winogradReading + weightGradientFrame +
      conv3x3WinogradWeightGradient,
    entries: ["accumulate"],
    constants: ["CHUNK_OUT", "AHEAD"],
  },
  conv3x3_winograd_weights: {
    text: winogradPoints + weights + conv3x3WinogradWeights,
    entries: ["transform_weights"],
    constants: [],
    bindings: ["weight", "transformed"],
    slab: ["fromBlocks", "toBlocks", "rotates"],
  },
  convtranspose2: {
    text: oneSource + matrix + weights + convtranspose2,
    entries: ["convolve"],
    constants: [],
    bindings: ["x", "norm", "weight", "bias", "y"],
    slab: ["firstRow", "rows", "x", "y", "blocks", "outBlocks", "width", ...READING],
  },
  convtranspose2_gradient: {
    text: oneSource + matrix + weights + convtranspose2Gradient,
    entries: ["source_gradient", "weight_gradient"],
    constants: [],
    bindings: ["x", "norm", "weight", "dy"],
    slab: [
      "first",
      "count",
      "rows",
      "x",
      "dy",
      "partials",
      "blocks",
      "outBlocks",
      "width",
      "rowsPerPartial",
      ...READING,
    ],
  },
  convtranspose2_source_gradient_tiled: {
    text: matrix + moments + row8 + weights + convtranspose2Product + convtranspose2SourceTiled,
    entries: ["source_gradient"],
    constants: [],
    bindings: ["dx", "weight", "dy"],
    slab: ["firstRow", "rows", "x", "dy", "blocks", "outBlocks", "width"],
  },
  convtranspose2_tiled: {
    text: oneSource + matrix + moments + row8 + convtranspose2Product + convtranspose2Tiled,
    entries: ["convolve"],
    constants: [],
    bindings: ["x", "norm", "weight", "bias", "y"],
    slab: ["firstRow", "rows", "x", "y", "blocks", "outBlocks", "width", ...READING],
  },
  convtranspose2_weight_gradient_tiled: {
    ...WEIGHT_GRADIENT,
    text: oneSource + matrix + weightGradientFrame + convtranspose2WeightTiled,
    entries: ["weight_gradient"],
  },
  fold: {
    text: fold,
    entries: ["fold"],
    constants: ["EPSILON"],
    bindings: ["weight", "gamma", "beta", "runningMean", "runningVar", "outWeight", "outBias"],
    slab: ["outBlocks", "vectors"],
  },
  pointwise: { ...CONV3X3, text: plain + pointwise, constants: PLAIN },
  reduce: {
    text: reduce,
    entries: ["reduce"],
    constants: [],
    bindings: ["partials", "out"],
    slab: ["vectors", "firstPartial", "partialCount", "partials", "total"],
  },
  rotate180: {
    text: weights + rotate180,
    entries: ["rotate180"],
    constants: ["TILE"],
    bindings: ["weight", "flippedWeights"],
    slab: ["outBlocks", "inBlocks", "taps"],
  },
} as const satisfies Readonly<Record<string, Kernel>>;
