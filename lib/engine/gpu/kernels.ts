/**
 * The WGSL kernels: texts, entry points, and the names of constants, bindings and slab fields. A
 * test compares the names with the texts.
 *
 * @module
 */
import activation from "../../../kernels_wgsl/activation.wgsl" with { type: "text" };
import adam from "../../../kernels_wgsl/adam.wgsl" with { type: "text" };
import avgpool2 from "../../../kernels_wgsl/avgpool2.wgsl" with { type: "text" };
import augmentChange from "../../../kernels_wgsl/augment_change.wgsl" with { type: "text" };
import augmentValues from "../../../kernels_wgsl/augment_values.wgsl" with { type: "text" };
import augmentWarp from "../../../kernels_wgsl/augment_warp.wgsl" with { type: "text" };
import average from "../../../kernels_wgsl/average.wgsl" with { type: "text" };
import batchnorm from "../../../kernels_wgsl/batchnorm.wgsl" with { type: "text" };
import batchnormGradient from "../../../kernels_wgsl/batchnorm_gradient.wgsl" with { type: "text" };
import channelSums from "../../../kernels_wgsl/channel_sums.wgsl" with { type: "text" };
import conv1x1 from "../../../kernels_wgsl/conv1x1.wgsl" with { type: "text" };
import conv1x1Gradient from "../../../kernels_wgsl/conv1x1_gradient.wgsl" with { type: "text" };
import conv3x3Direct from "../../../kernels_wgsl/conv3x3_direct.wgsl" with { type: "text" };
import conv3x3Frame from "../../../kernels_wgsl/conv3x3_frame.wgsl" with { type: "text" };
import conv3x3Tiled from "../../../kernels_wgsl/conv3x3_tiled.wgsl" with { type: "text" };
import conv3x3WeightGradient from "../../../kernels_wgsl/conv3x3_weight_gradient.wgsl" with {
  type: "text",
};
import convtranspose2 from "../../../kernels_wgsl/convtranspose2.wgsl" with { type: "text" };
import convtranspose2Gradient from "../../../kernels_wgsl/convtranspose2_gradient.wgsl" with {
  type: "text",
};
import dropout from "../../../kernels_wgsl/dropout.wgsl" with { type: "text" };
import fold from "../../../kernels_wgsl/fold.wgsl" with { type: "text" };
import boundary from "../../../kernels_wgsl/boundary.wgsl" with { type: "text" };
import gate from "../../../kernels_wgsl/gate.wgsl" with { type: "text" };
import loss from "../../../kernels_wgsl/loss.wgsl" with { type: "text" };
import matrix from "../../../kernels_wgsl/matrix.wgsl" with { type: "text" };
import gradientNorm from "../../../kernels_wgsl/gradient_norm.wgsl" with { type: "text" };
import groupnorm from "../../../kernels_wgsl/groupnorm.wgsl" with { type: "text" };
import groupnormGradient from "../../../kernels_wgsl/groupnorm_gradient.wgsl" with { type: "text" };
import maxpool2 from "../../../kernels_wgsl/maxpool2.wgsl" with { type: "text" };
import moments from "../../../kernels_wgsl/moments.wgsl" with { type: "text" };
import normalise from "../../../kernels_wgsl/normalise.wgsl" with { type: "text" };
import overlap from "../../../kernels_wgsl/overlap.wgsl" with { type: "text" };
import pointwise from "../../../kernels_wgsl/pointwise.wgsl" with { type: "text" };
import reduce from "../../../kernels_wgsl/reduce.wgsl" with { type: "text" };
import reluGradient from "../../../kernels_wgsl/relu_gradient.wgsl" with { type: "text" };
import rotate180 from "../../../kernels_wgsl/rotate180.wgsl" with { type: "text" };
import row8 from "../../../kernels_wgsl/row8.wgsl" with { type: "text" };
import sgd from "../../../kernels_wgsl/sgd.wgsl" with { type: "text" };
import shared from "../../../kernels_wgsl/shared.wgsl" with { type: "text" };
import singleSource from "../../../kernels_wgsl/single_source.wgsl" with { type: "text" };
import sum from "../../../kernels_wgsl/sum.wgsl" with { type: "text" };
import upsample2 from "../../../kernels_wgsl/upsample2.wgsl" with { type: "text" };

/** A kernel: its text, and the names in it. */
interface Kernel {
  /** The text after the named constants and {@linkcode SHARED}. */
  readonly text: string;
  readonly entries: readonly string[];
  /** Named constants put before the text. */
  readonly constants: readonly string[];
  /** Storage buffers, from binding 1 on. */
  readonly bindings: readonly string[];
  /** The fields of the record `slab`, binding 0. */
  readonly slab: readonly string[];
}

/** The text before every kernel. */
export const SHARED: string = shared;

const oneSource = activation + singleSource;
const direct = activation + matrix + moments + row8 + conv3x3Frame;

/** The constants and bindings of the 3x3 convolution's variants. */
const CONV3X3 = {
  entries: ["convolve"],
  constants: [
    "HEIGHT",
    "WIDTH",
    "ROWS",
    "PLANE",
    "CHANNELS0",
    "BLOCKS0",
    "NORM0",
    "RELU0",
    "BLOCKS1",
    "NORM1",
    "RELU1",
    "HEIGHT1",
    "WIDTH1",
    "TOP1",
    "LEFT1",
    "BIAS",
    "RELU",
    "MOMENTS",
    "OUT_BLOCKS",
    "TARGET_BLOCKS",
    "TARGET_HEIGHT",
    "TARGET_WIDTH",
    "TARGET_TOP",
    "TARGET_LEFT",
    "IN_BLOCKS",
    "FIRST_IN",
    "FIRST_OUT",
    "ADD",
  ],
  bindings: ["x0", "norm0", "x1", "norm1", "weight", "bias", "out", "other"],
  slab: ["firstRow", "rows", "x0", "x1", "out", "other"],
} as const;

/** The places for terms of a loss, and what the kernel knows of each. */
type TermConstant = `T${0 | 1 | 2 | 3}_${
  | "FORMULA"
  | "PER_IMAGE"
  | "WEIGHT"
  | "FIRST"
  | "SECOND"
  | "THIRD"}`;

const TERM_CONSTANTS = [0, 1, 2, 3].flatMap((place) =>
  ["FORMULA", "PER_IMAGE", "WEIGHT", "FIRST", "SECOND", "THIRD"].map((name) => `T${place}_${name}`)
) as TermConstant[];

/** The shape of a group norm. It is no constant, so that all layers share one compiled kernel. */
const GROUPED = ["blocks", "channels", "channelsPerGroup", "pixels"] as const;

/** The kernels by the names of their files. */
export const KERNELS = {
  adam: {
    text: adam,
    entries: ["prepare", "update"],
    constants: [
      "BETA1",
      "ONE_MINUS_BETA1",
      "LOG_BETA1",
      "BETA2",
      "ONE_MINUS_BETA2",
      "LOG_BETA2",
      "EPSILON",
      "WEIGHT_DECAY",
      "CLIP",
    ],
    bindings: ["rate", "rates", "clip", "parameter", "gradient", "firstMoment", "secondMoment"],
    slab: ["vectors", "decays"],
  },
  average: {
    text: average,
    entries: ["average"],
    constants: ["ONE_MINUS_DECAY"],
    bindings: ["rate", "value", "averaged"],
    slab: ["vectors"],
  },
  gradient_norm: {
    text: gradientNorm,
    entries: ["squares", "total"],
    constants: ["PARTIAL_VECTORS", "LIMIT"],
    bindings: ["gradient", "partials", "result"],
    slab: ["vectors", "firstPartial", "partialCount"],
  },
  sgd: {
    text: sgd,
    entries: ["prepare", "update"],
    constants: ["MOMENTUM", "WEIGHT_DECAY", "CLIP"],
    bindings: ["rate", "rates", "clip", "parameter", "gradient", "momentum"],
    slab: ["vectors", "decays"],
  },
  avgpool2: {
    text: avgpool2,
    entries: ["pool"],
    constants: ["HEIGHT", "WIDTH"],
    bindings: ["x", "y"],
    slab: ["values"],
  },
  augment_values: {
    text: augmentChange + augmentValues,
    entries: ["sums", "means", "blur_rows", "values"],
    constants: ["HEIGHT", "WIDTH", "BLUR_WEIGHTS", "GRID_VALUES", "PARTIAL_PIXELS"],
    bindings: ["changes", "warped", "partials", "meanPowers", "blurred", "normals", "out"],
    slab: ["firstWord", "words", "images", "pixels"],
  },
  augment_warp: {
    text: augmentChange + augmentWarp,
    entries: ["warp"],
    constants: ["HEIGHT", "WIDTH", "BLUR_WEIGHTS", "GRID_VALUES", "NODES"],
    bindings: ["rawImages", "rawMasks", "changes", "splines", "warped", "mask"],
    slab: ["firstWord", "words", "pixels"],
  },
  batchnorm: {
    text: moments + batchnorm,
    entries: ["gather", "merge", "evaluate"],
    constants: ["EPSILON", "MOMENTUM"],
    bindings: ["moments", "gathered", "gamma", "beta", "runningMean", "runningVar", "norm"],
    slab: [
      "blocks",
      "rows",
      "width",
      "rowsPerPartial",
      "columnsPerPartial",
      "partialsPerGroup",
      "groups",
    ],
  },
  batchnorm_gradient: {
    text: batchnormGradient,
    entries: ["sums", "totals", "apply"],
    constants: ["RELU", "BLOCKS"],
    bindings: [
      "x",
      "norm",
      "gradient",
      "partials",
      "coefficients",
      "gammaGradient",
      "betaGradient",
    ],
    slab: [
      "first",
      "count",
      "pixels",
      "pixelsPerPartial",
      "partialCount",
      "x",
      "gradient",
      "meanFactor",
    ],
  },
  channel_sums: {
    text: channelSums,
    entries: ["sums"],
    constants: [],
    bindings: ["x", "partials"],
    slab: ["firstPartial", "partialCount", "pixels", "pixelsPerPartial", "blocks", "x"],
  },
  conv1x1: {
    text: oneSource + conv1x1,
    entries: ["convolve"],
    constants: ["NORM", "BLOCKS", "RELU", "SIZE", "CLASSES"],
    bindings: ["x", "norm", "weight", "bias", "out"],
    slab: ["firstPixel", "pixels", "x"],
  },
  conv1x1_gradient: {
    text: oneSource + conv1x1Gradient,
    entries: ["source_gradient", "sums", "totals"],
    constants: ["NORM", "BLOCKS", "RELU", "SIZE", "CLASSES"],
    bindings: ["x", "norm", "weight", "dy", "partials", "bias"],
    slab: ["first", "count", "pixels", "pixelsPerPartial", "partialCount", "x"],
  },
  conv3x3_direct: { text: direct + conv3x3Direct, ...CONV3X3 },
  conv3x3_tiled: {
    ...CONV3X3,
    text: direct + conv3x3Tiled,
    constants: [...CONV3X3.constants, "TILE_ROWS", "TILE_COLUMNS", "CHUNK"],
  },
  conv3x3_weight_gradient: {
    text: oneSource + matrix + conv3x3WeightGradient,
    entries: ["accumulate", "accumulate_centre"],
    constants: [
      "NORM",
      "BLOCKS",
      "RELU",
      "OUT_BLOCKS",
      "PARTIAL_ROWS",
      "FRAME_HEIGHT",
      "TOP",
      "LEFT",
      "FRAME_WIDTH",
      "IN_BLOCKS",
      "FIRST_BLOCK",
      "HEIGHT",
      "WIDTH",
      "PLANE",
      "CHANNELS",
    ],
    bindings: ["x", "norm", "dy", "partials"],
    slab: ["firstPartial", "partialCount", "rows", "x", "dy", "partials"],
  },
  convtranspose2: {
    text: oneSource + matrix + convtranspose2,
    entries: ["convolve"],
    constants: ["NORM", "BLOCKS", "RELU", "WIDTH", "OUT_BLOCKS"],
    bindings: ["x", "norm", "weight", "bias", "y"],
    slab: ["firstRow", "rows", "x", "y"],
  },
  convtranspose2_gradient: {
    text: oneSource + matrix + convtranspose2Gradient,
    entries: ["source_gradient", "weight_gradient"],
    constants: ["NORM", "BLOCKS", "RELU", "WIDTH", "OUT_BLOCKS", "PARTIAL_ROWS"],
    bindings: ["x", "norm", "weight", "dy"],
    slab: ["first", "count", "rows", "x", "dy", "partials"],
  },
  dropout: {
    text: oneSource + dropout,
    entries: ["multiply"],
    constants: ["NORM", "BLOCKS", "RELU", "PIXELS"],
    bindings: ["x", "norm", "factors", "out"],
    slab: ["first", "count", "x", "out"],
  },
  fold: {
    text: fold,
    entries: ["fold"],
    constants: ["EPSILON"],
    bindings: ["weight", "gamma", "beta", "runningMean", "runningVar", "outWeight", "outBias"],
    slab: ["outBlocks", "matricesPerBlock"],
  },
  boundary: {
    text: boundary,
    entries: ["rows", "columns"],
    constants: ["WIDTH", "HEIGHT", "RADIUS"],
    bindings: ["mask", "sums", "out"],
    slab: ["pixels"],
  },
  gate: {
    text: oneSource + gate,
    entries: ["multiply", "gradient"],
    constants: ["BLOCKS", "NORM", "RELU", "GATE_NORM", "GATE_RELU"],
    bindings: ["x", "norm", "g", "gateNorm", "y", "dx", "dg"],
    slab: ["pixels", "first", "x", "g", "y", "dx", "dg"],
  },
  groupnorm: {
    text: moments + groupnorm,
    entries: ["moments", "gather", "merge", "apply"],
    constants: ["RELU", "EPSILON"],
    bindings: ["x", "partials", "gathered", "gamma", "beta", "norm", "out"],
    slab: [
      ...GROUPED,
      "first",
      "count",
      "pixelsPerPartial",
      "partialsPerImage",
      "x",
      "out",
    ],
  },
  groupnorm_gradient: {
    text: groupnormGradient,
    entries: ["sums", "totals", "parameters", "means", "apply"],
    constants: ["RELU"],
    bindings: [
      "x",
      "norm",
      "gradient",
      "partials",
      "perImage",
      "gammaGradient",
      "betaGradient",
      "out",
    ],
    slab: [
      ...GROUPED,
      "first",
      "count",
      "images",
      "pixelsPerPartial",
      "partialsPerImage",
      "x",
      "gradient",
      "out",
    ],
  },
  loss: {
    text: loss,
    entries: ["sums", "totals", "gradient"],
    constants: [
      "PARTIAL_VECTORS",
      "TERM_COUNT",
      "HAS_BOUNDARY",
      "SHARE",
      "ADDS",
      ...TERM_CONSTANTS,
    ],
    bindings: ["logits", "mask", "partials", "result", "allSums", "gradients", "boundary"],
    slab: ["pixels", "regionPixels", "partialCount", "regions"],
  },
  maxpool2: {
    text: oneSource + maxpool2,
    entries: ["pool", "gradient"],
    constants: ["NORM", "BLOCKS", "RELU", "HEIGHT", "WIDTH"],
    bindings: ["x", "norm", "y", "dx"],
    slab: ["firstRow", "rows", "x", "y", "dx"],
  },
  normalise: {
    text: normalise,
    entries: ["normalise"],
    constants: [],
    bindings: ["image", "values", "out"],
    slab: ["vectors"],
  },
  overlap: {
    text: overlap,
    entries: ["counts", "totals"],
    constants: ["PARTIAL_VALUES"],
    bindings: ["logits", "mask", "partials", "result"],
    slab: ["images", "values", "partialCount"],
  },
  pointwise: { text: direct + pointwise, ...CONV3X3 },
  relu_gradient: {
    text: oneSource + reluGradient,
    entries: ["rectify"],
    constants: ["BLOCKS", "ADDS", "NORM", "RELU"],
    bindings: ["x", "norm", "gradient", "y"],
    slab: ["vectors", "x", "gradient", "y", "first"],
  },
  reduce: {
    text: reduce,
    entries: ["reduce"],
    constants: [],
    bindings: ["partials", "out"],
    slab: ["vectors", "firstPartial", "partialCount", "partials"],
  },
  rotate180: {
    text: rotate180,
    entries: ["rotate180"],
    constants: [],
    bindings: ["weight", "flippedWeights"],
    slab: ["outBlocks", "inBlocks", "taps"],
  },
  sum: {
    text: oneSource + sum,
    entries: ["add", "clear"],
    constants: ["BLOCKS", "ADDS", "NORM", "RELU"],
    bindings: ["y", "x", "norm"],
    slab: ["vectors", "x", "y", "first"],
  },
  upsample2: {
    text: oneSource + upsample2,
    entries: ["upsample", "gradient"],
    constants: ["NORM", "BLOCKS", "RELU", "WIDTH", "HEIGHT"],
    bindings: ["x", "norm", "y"],
    slab: ["firstRow", "rows", "x", "y"],
  },
} as const satisfies Readonly<Record<string, Kernel>>;

/** A kernel's name, which is that of its file. */
export type KernelName = keyof typeof KERNELS;
