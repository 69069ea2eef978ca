/** Decides whether the engine changes the images of a run, or the host. @module */
import { elasticCells } from "../dataset/augment/draw.ts";
import { parsePolicy } from "../dataset/augment/policy.ts";
import type { Engine } from "../engine/engine.ts";
import type { BatchShape } from "../plan/plan.ts";
import type { TrainingConfig } from "./config.ts";

/**
 * What the engine changes in the images of a training step. `undefined` where nothing is changed,
 * or the host does it: for engines without the step, and for policies that mix images.
 */
export function deviceAugmentation(
  { augments }: Pick<Engine, "augments">,
  { augment }: Pick<TrainingConfig, "augment">,
): BatchShape["changes"] {
  const policy = parsePolicy(augment);
  const isPlain = Object.keys(policy).length === 0;
  if (!augments || isPlain || policy.mixup || policy.cutmix) return undefined;
  return { cells: elasticCells(policy) };
}
