/** The GPU kernels of the other operations on maps and of their gradients. @module */
import avgpool2 from "../../../../kernels_wgsl/avgpool2.wgsl" with { type: "text" };
import batchnorm from "../../../../kernels_wgsl/batchnorm.wgsl" with { type: "text" };
import batchnormGradient from "../../../../kernels_wgsl/batchnorm_gradient.wgsl" with {
  type: "text",
};
import dropout from "../../../../kernels_wgsl/dropout.wgsl" with { type: "text" };
import gate from "../../../../kernels_wgsl/gate.wgsl" with { type: "text" };
import groupnorm from "../../../../kernels_wgsl/groupnorm.wgsl" with { type: "text" };
import groupnormGradient from "../../../../kernels_wgsl/groupnorm_gradient.wgsl" with {
  type: "text",
};
import laneMoments from "../../../../kernels_wgsl/lane_moments.wgsl" with { type: "text" };
import laneSums from "../../../../kernels_wgsl/lane_sums.wgsl" with { type: "text" };
import maxpool2 from "../../../../kernels_wgsl/maxpool2.wgsl" with { type: "text" };
import moments from "../../../../kernels_wgsl/moments.wgsl" with { type: "text" };
import normGradient from "../../../../kernels_wgsl/norm_gradient.wgsl" with { type: "text" };
import normalise from "../../../../kernels_wgsl/normalise.wgsl" with { type: "text" };
import philox from "../../../../kernels_wgsl/philox.wgsl" with { type: "text" };
import reluGradient from "../../../../kernels_wgsl/relu_gradient.wgsl" with { type: "text" };
import sum from "../../../../kernels_wgsl/sum.wgsl" with { type: "text" };
import upsample2 from "../../../../kernels_wgsl/upsample2.wgsl" with { type: "text" };
import { CONSTANT_READING, constantSource, type Kernel, oneSource, READING } from "./kernel.ts";

/** The shape of a group norm. */
const GROUPED = ["blocks", "channels", "channelsPerGroup", "pixels"] as const;

export const MAPS = {
  avgpool2: {
    text: avgpool2,
    entries: ["pool"],
    constants: [],
    bindings: ["x", "y"],
    slab: ["values", "height", "width"],
  },
  batchnorm: {
    text: moments + laneMoments + batchnorm,
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
    text: laneSums + normGradient + batchnormGradient,
    entries: ["sums", "totals", "apply"],
    constants: ["RELU"],
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
      "blocks",
    ],
  },
  dropout: {
    text: philox + oneSource + dropout,
    entries: ["channels", "elements"],
    constants: [],
    bindings: ["x", "norm", "drawn", "out"],
    slab: ["first", "count", "x", "out", "blocks", "pixels", ...READING, "least", "kept"],
  },
  gate: {
    text: constantSource + gate,
    entries: ["multiply", "gradient"],
    constants: [...CONSTANT_READING, "GATE_NORM", "GATE_RELU"],
    bindings: ["x", "norm", "g", "gateNorm", "y", "dx", "dg"],
    slab: ["pixels", "first", "x", "g", "y", "dx", "dg"],
  },
  groupnorm: {
    text: moments + laneMoments + groupnorm,
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
    text: laneSums + normGradient + groupnormGradient,
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
  maxpool2: {
    text: oneSource + maxpool2,
    entries: ["pool", "gradient"],
    constants: [],
    bindings: ["x", "norm", "y", "dx"],
    slab: ["firstRow", "rows", "x", "y", "dx", "blocks", "height", "width", ...READING],
  },
  normalise: {
    text: normalise,
    entries: ["normalise"],
    constants: [],
    bindings: ["image", "values", "out"],
    slab: ["vectors"],
  },
  relu_gradient: {
    text: oneSource + reluGradient,
    entries: ["rectify"],
    constants: ["ADDS"],
    bindings: ["x", "norm", "gradient", "y"],
    slab: ["vectors", "x", "gradient", "y", "first", "blocks", ...READING],
  },
  sum: {
    text: oneSource + sum,
    entries: ["add", "clear"],
    constants: ["ADDS"],
    bindings: ["y", "x", "norm"],
    slab: ["vectors", "x", "y", "first", "blocks", ...READING],
  },
  upsample2: {
    text: oneSource + upsample2,
    entries: ["upsample", "gradient"],
    constants: [],
    bindings: ["x", "norm", "y"],
    slab: ["firstRow", "rows", "x", "y", "blocks", "height", "width", ...READING],
  },
} as const satisfies Readonly<Record<string, Kernel>>;
