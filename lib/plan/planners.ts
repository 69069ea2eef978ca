/**
 * The three plans of a network: one training step, evaluation, prediction.
 *
 * @module
 */
import type { Graph } from "../network/graph.ts";
import { parametersOf } from "../network/parameters.ts";
import { backward } from "./backward.ts";
import { forward } from "./forward.ts";
import { DEFAULT_LOSS, type LossTerm } from "./losses.ts";
import { DEFAULT_OPTIMIZER, type Optimizer, OPTIMIZERS } from "./optimizers.ts";
import { type BatchShape, checkBatchShape, type Plan } from "./plan.ts";
import { type Mode, PlanDraft } from "./plan_draft.ts";
import type { Loss } from "./steps.ts";

/** The loss and the optimiser of a training. */
export interface TrainingOptions {
  /** By default BCE and Dice. */
  readonly loss?: readonly LossTerm[];
  /** By default Adam with PyTorch's constants. */
  readonly optimizer?: Optimizer;
}

/** Plans a training step: forward in training mode, loss, backward and one optimiser step. */
export function planTraining(
  graph: Graph,
  shape: BatchShape,
  { loss: terms = DEFAULT_LOSS, optimizer = DEFAULT_OPTIMIZER }: TrainingOptions = {},
): Plan {
  const draft = begin(graph, shape, "train");
  const { name } = theOutput(graph);
  const step = lossStep(draft, terms);
  const gradient = draft.like(`gradient.${name}`, name);
  draft.push("forward", { ...step, gradient });
  backward(draft);
  update(draft, optimizer);
  return draft.plan(["image", "input", "mask", "rate"], [name, "loss"]);
}

/**
 * Plans an evaluation: forward with the running statistics, loss and overlaps. It changes no
 * parameter.
 */
export function planEvaluation(
  graph: Graph,
  shape: BatchShape,
  { loss: terms = DEFAULT_LOSS }: Pick<TrainingOptions, "loss"> = {},
): Plan {
  const draft = begin(graph, shape, "evaluate");
  const [{ name }] = graph.outputs;
  const step = lossStep(draft, terms);
  const result = draft.tensor("overlap", "scalars", [shape.n, 3]);
  draft.push("forward", step, { kind: "overlap", logits: name, mask: step.mask, result });
  return draft.plan(["image", "input", "mask"], [name, "loss", "overlap"]);
}

/**
 * Plans a prediction: the setup folds batch norm into the weights once, then a run is a forward
 * pass.
 */
export function planPrediction(graph: Graph, shape: BatchShape): Plan {
  const draft = begin(graph, shape, "predict");
  return draft.plan(["image", "input"], [graph.outputs[0].name]);
}

function begin(graph: Graph, shape: BatchShape, mode: Mode): PlanDraft {
  checkBatchShape(graph, shape, mode === "train");
  const draft = new PlanDraft(graph, shape, mode);
  draft.parameters();
  forward(draft);
  return draft;
}

/**
 * Declares the mask and the result of a loss. Throws `RangeError` for a loss without terms, or with
 * two terms of one kind.
 */
function lossStep(draft: PlanDraft, terms: readonly LossTerm[]): Loss {
  const kinds = new Set(terms.map(({ kind }) => kind));
  if (terms.length === 0 || kinds.size < terms.length) {
    throw new RangeError("a loss has at least one term, and each kind of term once");
  }
  const [{ name: logits }] = draft.graph.outputs;
  const mask = draft.tensor("mask", "plane", draft.maskShape);
  const result = draft.tensor("loss", "scalars", [1 + terms.length]);
  return { kind: "loss", terms, logits, mask, result };
}

/** The only output of a network, which the loss requires. */
function theOutput({ title, outputs: [output, ...others] }: Graph) {
  if (others.length > 0) throw new RangeError(`the loss of this ${title} has more than one output`);
  return output;
}

/** The optimiser's step. */
function update(draft: PlanDraft, { rule, hyper }: Optimizer): void {
  const { slots, hyper: defaults } = OPTIMIZERS[rule];
  const rate = draft.tensor("rate", "scalars", [2]);
  const trained = parametersOf(draft.graph).filter((spec) => spec.trained);
  const entries = trained.map(({ name }) => ({
    parameter: name,
    gradient: `grad.${name}`,
    slots: Object.fromEntries(
      slots.map((slot) => [slot, draft.keep(draft.like(`${slot}.${name}`, name))]),
    ),
  }));
  draft.push("update", { kind: "update", rule, entries, hyper: { ...defaults, ...hyper }, rate });
}
