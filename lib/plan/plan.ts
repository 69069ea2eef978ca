/**
 * A plan: the ordered steps for one batch shape, and their tensors.
 *
 * Planning is a pure function of the network and the batch shape. Both engines run the same plans.
 * The memory plan is a second pure function, see memory_plan.ts.
 *
 * Names: parameters carry their state_dict names; `grad.P` is the gradient of parameter P,
 * `accumulated.P` is that of a step of several batches so far, `exp_avg.P` and `exp_avg_sq.P` are
 * Adam's slots, `ema.P` is its moving average. A layer's name is the tensor that it writes.
 * `gradient.L` is the gradient of layer L's value as its readers read it.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { extentsOf, type Graph, halvingsOf } from "../network/graph.ts";
import type { Accumulate, Augment, Step, TensorSpec } from "./steps.ts";

/**
 * The parts of a plan, in the order in which they run.
 *
 * - `setup`: once, after the parameters are written (prediction folds its batch norms)
 * - `forward`: from the inputs to the outputs and the loss
 * - `backward`: the gradients of the parameters, which a step of several batches accumulates
 * - `update`: the optimiser's step
 */
export const SEGMENTS = ["setup", "forward", "backward", "update"] as const;

/** A part of a plan, see {@linkcode SEGMENTS}. */
export type Segment = typeof SEGMENTS[number];

/** The segments of a run: all except the setup. */
export const RUN: readonly Segment[] = ["forward", "backward", "update"];

/** The segments of a batch after which the optimiser makes no step. */
export const WITHOUT_UPDATE: readonly Segment[] = ["forward", "backward"];

/** Ordered steps and their tensors. */
export interface Plan {
  /** Every tensor of the steps. */
  readonly tensors: readonly TensorSpec[];
  readonly segments: Readonly<Record<Segment, readonly Step[]>>;
  /** Tensors that keep their offset and value between runs: parameters, statistics, slots. */
  readonly persistent: readonly string[];
  /** Tensors that the caller fills before a run. */
  readonly inputs: readonly string[];
  /** Tensors that the caller may read after a run. */
  readonly outputs: readonly string[];
  /** The inputs that are drawn at random for each training step; absent without any. */
  readonly draws?: readonly DropoutDraw[];
}

/**
 * The factors `[n, c]` of a dropout: 0 with probability `p`, else 1 / (1 - p), independently for
 * each image and channel. The trainer draws them. For a dropout of `elements` it writes the words
 * by which the step itself draws a factor for each element (steps/forward_steps.ts).
 */
export interface DropoutDraw {
  readonly tensor: string;
  readonly elements?: true;
  /** The operation, which has its own stream of random numbers. */
  readonly name: string;
  readonly p: number;
  readonly seed: number;
}

/** The steps of some segments, in order; by default those of a run. */
export function stepsOf(plan: Pick<Plan, "segments">, segments = RUN): Step[] {
  return segments.flatMap((segment) => plan.segments[segment]);
}

/** An optimiser's slot for one parameter. */
export interface SlotTensor {
  readonly slot: string;
  readonly parameter: string;
}

/** The slots of a plan's optimiser by tensor name. */
export function slotTensorsOf(plan: Plan): Map<string, SlotTensor> {
  return new Map(
    updatesOf(plan).flatMap(({ parameter, slots }) =>
      Object.entries(slots).map(([slot, tensor]) => [tensor, { slot, parameter }])
    ),
  );
}

/** The parameters that the plan's optimiser updates, with their gradients and slots. */
function updatesOf(plan: Plan) {
  return plan.segments.update.flatMap((step) => step.kind === "update" ? step.entries : []);
}

/** The steps of a plan that accumulate gradients. */
function accumulateSteps(plan: Plan): Accumulate[] {
  return plan.segments.backward.filter((step) => step.kind === "accumulate");
}

/** The accumulated gradients of a plan by tensor name, with the parameter that each belongs to. */
export function accumulatedOf(plan: Plan): Map<string, string> {
  const sums = accumulateSteps(plan).flatMap(({ entries }) => entries);
  const names = new Set(sums.map(({ accumulated }) => accumulated));
  const updates = updatesOf(plan).filter(({ gradient }) => names.has(gradient));
  return new Map(updates.map(({ gradient, parameter }) => [gradient, parameter]));
}

/** The number of batches that a step of the plan's optimiser takes. */
export function batchesPerStep(plan: Plan): number {
  return accumulateSteps(plan)[0]?.batches ?? 1;
}

/** The moving averages of a plan by tensor name, with the parameter that each belongs to. */
export function averagesOf(plan: Plan): Map<string, string> {
  const entries = plan.segments.update.flatMap((step) =>
    step.kind === "average" ? step.entries : []
  );
  return new Map(entries.map(({ value, average }) => [average, value]));
}

/** The tensors of a plan by name. */
export function specsOf({ tensors }: Pick<Plan, "tensors">): Map<string, TensorSpec> {
  return new Map(tensors.map((spec) => [spec.name, spec]));
}

/** The segments of a plan with forward steps only. */
export function forwardOnly(steps: readonly Step[]): Plan["segments"] {
  return { setup: [], forward: steps, backward: [], update: [] };
}

/** The shape of a batch and how its bytes are normalised. */
export interface BatchShape {
  readonly n: number;
  readonly height: number;
  readonly width: number;
  readonly mean: number;
  readonly std: number;
  /**
   * - `image` (the default): the input is the tensor `image`, grey bytes, normalised by the first
   *   step
   * - `plane`: the input is the tensor `input`, floats that are used unchanged
   */
  readonly input?: "image" | "plane";
  /** Makes the first step of a training plan change images and masks ({@linkcode Augment}). */
  readonly changes?: Pick<Augment, "cells"> | undefined;
}

/** Throws `InputError` for batch shapes on which the network is not defined. */
export function checkBatchShape(graph: Graph, shape: BatchShape, training: boolean): void {
  const { n, height, width } = shape;
  for (const [name, value] of [["batch size", n], ["height", height], ["width", width]] as const) {
    if (!Number.isInteger(value) || value < 1) {
      throw new InputError(`${name} is ${value}; it must be a whole number of at least 1`);
    }
  }
  const halvings = halvingsOf(graph);
  const smallest = 2 ** halvings;
  if (Math.min(height, width) < smallest) {
    throw new InputError(
      `size ${width}x${height} is too small: the network halves the image ${halvings} times, so ` +
        `both sides must be at least ${smallest}`,
    );
  }
  checkGroups(graph, shape);
  if (graph.ops.every(({ kind }) => kind !== "batchnorm")) return;
  const deepest = n * Math.floor(height / smallest) * Math.floor(width / smallest);
  if (training && deepest < 2) {
    throw new InputError(
      `a batch of ${n} at size ${width}x${height} leaves one value per channel at the deepest level, ` +
        `from which batch norm cannot take a variance (PyTorch refuses it too); use a larger size, or a ` +
        `batch size that leaves no single image over`,
    );
  }
}

/** Throws `InputError` where a group norm has one value in a group, which has no variance. */
function checkGroups(graph: Graph, { width, height }: BatchShape): void {
  const extents = extentsOf(graph);
  for (const op of graph.ops) {
    if (op.kind !== "groupnorm") continue;
    const { channels, halvings } = extents.get(op.name)!;
    const side = (length: number) => Math.floor(length / 2 ** halvings);
    if (channels / op.groups * side(height) * side(width) > 1) continue;
    const norm = op.groups === channels ? "instance norm" : "group norm";
    throw new InputError(
      `size ${width}x${height} leaves one value per group at the deepest level, from which ` +
        `${norm} cannot take a variance (PyTorch refuses it too); use a larger size`,
    );
  }
}
