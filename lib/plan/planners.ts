/**
 * The three plans of a network: one training step, evaluation, prediction.
 *
 * @module
 */
import type { Network } from "../network/network.ts";
import { type BatchShape, checkBatchShape, type Plan } from "./plan.ts";
import { PlanDraft } from "./plan_builder.ts";

/** Forward in training mode, loss, backward and one step of Adam. */
export function planTraining(network: Network, shape: BatchShape): Plan {
  checkBatchShape(shape, true);
  const draft = new PlanDraft(network, shape);
  draft.parameters();
  draft.forward("train");
  draft.loss(true);
  draft.backward();
  draft.adam();
  return draft.plan(["image", "input", "mask", "rate"], ["logits", "loss"]);
}

/** Forward with the running statistics, loss and overlaps; changes nothing. */
export function planEvaluation(network: Network, shape: BatchShape): Plan {
  checkBatchShape(shape, false);
  const draft = new PlanDraft(network, shape);
  draft.parameters();
  draft.forward("evaluate");
  draft.loss(false);
  draft.overlap();
  return draft.plan(["image", "input", "mask"], ["logits", "loss", "overlap"]);
}

/** Forward with batch norm folded into the weights, once, by the setup steps. */
export function planPrediction(network: Network, shape: BatchShape): Plan {
  checkBatchShape(shape, false);
  const draft = new PlanDraft(network, shape);
  draft.parameters();
  draft.forward("predict");
  return draft.plan(["image", "input"], ["logits"]);
}
