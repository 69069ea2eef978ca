/** The GPU kernels of a training: augmentation, loss, overlap, gradients, optimisers. @module */
import accumulate from "../../../../kernels_wgsl/accumulate.wgsl" with { type: "text" };
import adam from "../../../../kernels_wgsl/adam.wgsl" with { type: "text" };
import augmentChange from "../../../../kernels_wgsl/augment_change.wgsl" with { type: "text" };
import augmentValues from "../../../../kernels_wgsl/augment_values.wgsl" with { type: "text" };
import augmentWarp from "../../../../kernels_wgsl/augment_warp.wgsl" with { type: "text" };
import average from "../../../../kernels_wgsl/average.wgsl" with { type: "text" };
import boundary from "../../../../kernels_wgsl/boundary.wgsl" with { type: "text" };
import gradientNorm from "../../../../kernels_wgsl/gradient_norm.wgsl" with { type: "text" };
import laneSums from "../../../../kernels_wgsl/lane_sums.wgsl" with { type: "text" };
import loss from "../../../../kernels_wgsl/loss.wgsl" with { type: "text" };
import lossScaling from "../../../../kernels_wgsl/loss_scaling.wgsl" with { type: "text" };
import overlap from "../../../../kernels_wgsl/overlap.wgsl" with { type: "text" };
import philox from "../../../../kernels_wgsl/philox.wgsl" with { type: "text" };
import sgd from "../../../../kernels_wgsl/sgd.wgsl" with { type: "text" };
import tensorList from "../../../../kernels_wgsl/tensor_list.wgsl" with { type: "text" };
import { type Kernel } from "./kernel.ts";

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

/** The part of a list of tensors (tensor_list.wgsl) that a dispatch takes. */
const LIST = ["firstTensor", "tensorCount"] as const;

export const TRAINING = {
  accumulate: {
    text: tensorList + accumulate,
    entries: ["accumulate"],
    constants: ["PORTION", "PART"],
    bindings: ["added", "tensors", "gradient", "accumulated"],
    slab: LIST,
  },
  adam: {
    text: tensorList + adam,
    entries: ["update"],
    constants: [
      "PORTION",
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
    bindings: ["rate", "clip", "tensors", "parameter", "gradient", "firstMoment", "secondMoment"],
    slab: LIST,
  },
  augment_values: {
    text: philox + augmentChange + augmentValues,
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
  average: {
    text: tensorList + average,
    entries: ["average"],
    constants: ["PORTION", "ONE_MINUS_DECAY"],
    bindings: ["rate", "tensors", "value", "averaged"],
    slab: LIST,
  },
  boundary: {
    text: boundary,
    entries: ["rows", "columns"],
    constants: [],
    bindings: ["mask", "sums", "out"],
    slab: ["pixels", "height", "width", "radius"],
  },
  gradient_norm: {
    text: tensorList + laneSums + gradientNorm,
    entries: ["squares", "total"],
    constants: ["PORTION", "LIMIT"],
    bindings: ["tensors", "gradient", "partials", "result"],
    slab: [...LIST, "partialCount"],
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
      "SCALED",
      ...TERM_CONSTANTS,
    ],
    bindings: [
      "logits",
      "mask",
      "partials",
      "result",
      "allSums",
      "gradients",
      "boundary",
      "scaling",
    ],
    slab: ["pixels", "regionPixels", "partialCount", "regions"],
  },
  loss_scaling: {
    text: lossScaling,
    entries: ["adjust"],
    constants: ["LIMIT", "GROWTH_INTERVAL", "LEAST_SCALE", "MOST_SCALE"],
    bindings: ["clip", "scaling", "rate"],
    slab: ["clips"],
  },
  overlap: {
    text: overlap,
    entries: ["counts", "totals"],
    constants: ["PARTIAL_VALUES"],
    bindings: ["logits", "mask", "partials", "result"],
    slab: ["images", "values", "partialCount"],
  },
  sgd: {
    text: tensorList + sgd,
    entries: ["update"],
    constants: ["PORTION", "MOMENTUM", "WEIGHT_DECAY", "CLIP"],
    bindings: ["rate", "clip", "tensors", "parameter", "gradient", "momentum"],
    slab: LIST,
  },
} as const satisfies Readonly<Record<string, Kernel>>;
