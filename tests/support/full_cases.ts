/**
 * The cases of full/full.json: networks of full width, with weights from the recipe.
 *
 * @module
 */
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import type { Network } from "../../lib/network/network.ts";
import type { BatchShape } from "../../lib/plan/plan.ts";

/** A network and facts about its weights. */
export interface FullModel {
  base: number;
  bilinear: boolean;
  parameters: number;
  tensors: Record<string, { shape: number[]; first5: number[]; sum_f64: number }>;
}

/** Facts about a map of logits. */
export interface LogitFacts {
  mean_f64: number;
  min: number;
  max: number;
  positive_pixels: number;
}

/** A batch and PyTorch's results for it. */
export interface FullFacts {
  file: string;
  model: string;
  h: number;
  w: number;
  measured: Record<"logits_eval" | "logits_train" | "logits_eval_after" | "stats", {
    atol: number;
  }>;
  logits_eval?: LogitFacts;
  logits_train?: LogitFacts;
  logits_eval_after?: LogitFacts;
  loss_eval?: { f32: number };
  loss_train?: { f32: number };
  losses3?: number[];
  grad_norm_f64?: Record<string, number>;
}

/** The whole file. */
export interface FullBook {
  global_seed: number;
  models: Record<string, FullModel>;
  cases: Record<string, FullFacts>;
}

export function networkOfModel({ base, bilinear }: FullModel): Network {
  return { inChannels: 1, classes: 1, base, bilinear };
}

/** The shape and the tensors of a case's batch. */
export function fullBatch(
  { h: height, w: width }: FullFacts,
  { image_u8, mask_u8 }: Tensors,
): { shape: BatchShape; image: Tensor; mask: Tensor } {
  const n = image_u8.data.length / (height * width);
  const mask = Float32Array.from(mask_u8.data as Uint8Array, (v) => v * Math.fround(1 / 255));
  return {
    shape: { n, height, width, mean: 0.485, std: 0.229 },
    image: { shape: [n, height, width], data: image_u8.data },
    mask: { shape: [n, 1, height, width], data: mask },
  };
}
