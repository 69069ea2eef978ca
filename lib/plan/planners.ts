/**
 * The three plans of a network: one training step, evaluation, prediction.
 *
 * @module
 */
import { type Graph, withoutDropout } from "../network/graph.ts";
import { parametersOf } from "../network/parameters.ts";
import { backward } from "./backward.ts";
import { forward } from "./forward.ts";
import { GROWTH_INTERVAL, SCALING } from "./loss_scaling.ts";
import { boundarySide, DEFAULT_LOSS, type LossTerm, nameOfTerm } from "./losses.ts";
import { DEFAULT_OPTIMIZER, type Optimizer, OPTIMIZERS } from "./optimizers.ts";
import { type BatchShape, checkBatchShape, type Plan } from "./plan.ts";
import { type Mode, PlanBuilder, type Precision } from "./plan_builder.ts";
import type { Loss } from "./steps.ts";
import { stepGradient } from "./tape.ts";

/** The loss and the optimiser of a training. */
export interface TrainingOptions {
  /** By default BCE and Dice. */
  readonly loss?: readonly LossTerm[];
  /** By default Adam with PyTorch's constants. */
  readonly optimizer?: Optimizer;
  /**
   * The number of batches of a step, whose gradients are averaged; by default 1. The last step of
   * an epoch may take fewer; each batch then weighs as much as in the other steps.
   */
  readonly accumulate?: number;
  /**
   * By default `float32`. With `mixed`, maps and their gradients are stored as 16-bit floats, and
   * the loss is scaled (loss_scaling.ts). Sums, statistics, parameters and their gradients stay
   * float32.
   */
  readonly precision?: Precision;
  /** Limits the norm of all gradients together; by default nothing does. */
  readonly clipNorm?: number;
  /** The seed of dropouts, a whole number; by default 0. */
  readonly seed?: number;
  /** The decay of a moving average of the weights; by default there is none. */
  readonly ema?: number;
}

/**
 * Plans a training step: forward in training mode, loss, backward and one optimiser step.
 *
 * @throws RangeError for a number of batches that is no whole number from 1.
 */
export function planTraining(
  graph: Graph,
  shape: BatchShape,
  {
    loss: terms = DEFAULT_LOSS,
    optimizer = DEFAULT_OPTIMIZER,
    accumulate = 1,
    precision,
    clipNorm,
    ema,
    seed,
  }: TrainingOptions = {},
): Plan {
  if (!Number.isInteger(accumulate) || accumulate < 1) {
    throw new RangeError(`a step of ${accumulate} batches; expected a whole number from 1`);
  }
  const builder = begin(graph, shape, "train", precision);
  const [{ name }] = graph.outputs;
  if (precision === "mixed") builder.keep(builder.tensor(SCALING, "scalars", [3]));
  deepLoss(builder, lossStep(builder, terms));
  backward(builder, accumulate);
  update(builder, optimizer, { accumulate, clipNorm });
  if (ema !== undefined) average(builder, ema);
  const images = shape.changes ? ["rawImages", "rawMasks", "changes"] : ["image", "input", "mask"];
  return builder.plan([...images, "added", "rate"], [name, "loss"], seed);
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
  const builder = begin(graph, shape, "evaluate");
  const [{ name }] = graph.outputs;
  const step = lossStep(builder, terms);
  const result = builder.tensor("overlap", "scalars", [shape.n, 3]);
  builder.push("forward", step, { kind: "overlap", logits: name, mask: step.mask, result });
  return builder.plan(["image", "input", "mask"], [name, "loss", "overlap"]);
}

/**
 * Plans a prediction: the setup folds batch norm into the weights once, then a run is a forward
 * pass.
 */
export function planPrediction(graph: Graph, shape: BatchShape): Plan {
  const builder = begin(graph, shape, "predict");
  return builder.plan(["image", "input"], [graph.outputs[0].name]);
}

function begin(graph: Graph, shape: BatchShape, mode: Mode, precision?: Precision): PlanBuilder {
  checkBatchShape(graph, shape, mode === "train");
  const trained = mode === "train" ? graph : withoutDropout(graph);
  const builder = new PlanBuilder(trained, shape, mode, precision);
  builder.parameters();
  forward(builder);
  return builder;
}

/**
 * Declares the mask and the result of a loss, and writes the step before it. Throws `RangeError`
 * for a loss without terms, with a term twice, or with `boundary` of the batch and of images.
 */
function lossStep(builder: PlanBuilder, terms: readonly LossTerm[]): Loss {
  const names = new Set(terms.map(nameOfTerm));
  if (terms.length === 0 || names.size < terms.length) {
    throw new RangeError("a loss has at least one term, and each kind of term once");
  }
  if (terms.filter(({ kind }) => kind === "boundary").length > 1) {
    throw new RangeError("a loss has at most one term boundary");
  }
  const [{ name: logits }] = builder.graph.outputs;
  const mask = builder.tensor("mask", "plane", builder.maskShape);
  const result = builder.tensor("loss", "scalars", [1 + terms.length]);
  return { kind: "loss", terms, logits, mask, ...boundaryOf(builder, mask, terms), result };
}

/** Writes the step for the term `boundary`, if the loss has one. */
function boundaryOf(
  builder: PlanBuilder,
  mask: string,
  terms: readonly LossTerm[],
  name = "boundary",
) {
  const side = boundarySide(terms);
  if (side === undefined) return {};
  const out = builder.like(name, mask);
  builder.push("forward", { kind: "boundary", mask, side, out });
  return { boundary: out };
}

/**
 * Writes the training loss. With deep supervision (Lee et al., 2015) it is the weighted mean over
 * the outputs, of which each has half the size of the one before and half its weight, as in
 * nnU-Net. The mask of a smaller output is the mean over each of its pixels. Throws `RangeError`
 * for outputs of other sizes.
 */
function deepLoss(builder: PlanBuilder, step: Loss): void {
  const { outputs, title } = builder.graph;
  const all = outputs.reduce((sum, _, k) => sum + 2 ** -k, 0);
  let { mask, boundary } = step;
  for (const [k, { name: logits }] of outputs.entries()) {
    if (k > 0) {
      const [n, channels, height, width] = builder.shapeOf(mask);
      const halved = [n, channels, Math.floor(height / 2), Math.floor(width / 2)];
      if (String(builder.shapeOf(logits)) !== String(halved)) {
        throw new RangeError(`output ${logits} of this ${title} has not half the size of the last`);
      }
      const out = builder.tensor(`mask${k}`, "plane", halved);
      builder.push("forward", { kind: "avgpool2", plane: mask, out });
      mask = out;
      ({ boundary } = boundaryOf(builder, mask, step.terms, `boundary${k}`));
    }
    const gradient = builder.like(`gradient.${logits}`, logits);
    builder.push("forward", {
      ...step,
      logits,
      mask,
      ...(boundary !== undefined && { boundary }),
      gradient,
      ...(builder.precision === "mixed" && { scaling: SCALING }),
      ...(outputs.length > 1 && { share: 2 ** -k / all }),
      ...(k > 0 && { adds: true }),
    });
  }
}

/** The optimiser's step. */
function update(
  builder: PlanBuilder,
  { rule, hyper }: Optimizer,
  { accumulate, clipNorm }: { readonly accumulate: number; readonly clipNorm: number | undefined },
): void {
  const { slots, hyper: defaults } = OPTIMIZERS[rule];
  const rate = builder.tensor("rate", "scalars", [2]);
  const trained = parametersOf(builder.graph).filter((spec) => spec.trained);
  const entries = trained.map(({ name, shape }) => ({
    parameter: name,
    gradient: stepGradient(name, accumulate),
    slots: Object.fromEntries(
      slots.map((slot) => [slot, builder.keep(builder.like(`${slot}.${name}`, name))]),
    ),
    // Biases and norms are vectors.
    ...("weightDecay" in defaults && shape.length > 1 && { decays: true }),
  }));
  const step = { kind: "update" as const, rule, entries, hyper: { ...defaults, ...hyper }, rate };
  const scales = builder.precision === "mixed";
  if (clipNorm === undefined && !scales) {
    builder.push("update", step);
    return;
  }
  const clip = builder.tensor("clip", "scalars", [2]);
  const gradients = entries.map(({ gradient }) => gradient);
  // Loss scaling puts its own factor in the place of this step's.
  const limit = clipNorm ?? 1;
  builder.push("update", { kind: "gradient_norm", gradients, limit, result: clip });
  if (scales) {
    builder.push("update", {
      kind: "loss_scaling",
      clip,
      scaling: SCALING,
      rate,
      ...(clipNorm !== undefined && { limit: clipNorm }),
      interval: GROWTH_INTERVAL,
    });
  }
  builder.push("update", { ...step, clip });
}

/** The moving average of all parameters, running statistics among them. */
function average(builder: PlanBuilder, decay: number): void {
  const entries = parametersOf(builder.graph).map(({ name }) => ({
    value: name,
    average: builder.keep(builder.like(`ema.${name}`, name)),
  }));
  builder.push("update", { kind: "average", entries, decay, rate: "rate" });
}
