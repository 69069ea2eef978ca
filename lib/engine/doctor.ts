/**
 * Does an engine compute rightly on this machine? Every step of small networks, forward and backward, is run on it and
 * on an engine that is trusted, from the same numbers, and the results are compared. Drivers that silently leave zeros, or
 * garbage, are real.
 *
 * Each step starts from the trusted engine's results of the steps before, so that an error is found where it arises.
 *
 * @module
 */
import { RandomStream } from "../random.ts";
import { elementCount, type Tensor, type Tensors } from "../tensor.ts";
import type { Network } from "../unet/network.ts";
import { initialWeights } from "../unet/weights.ts";
import type { Engine } from "./engine.ts";
import { type Plan, planEvaluation, planPrediction, planTraining } from "./plan.ts";
import type { Step, StepKind } from "./steps.ts";
import { tensorsOf } from "./tensors_of.ts";

/** What was found about one kind of step. */
export interface Finding {
  readonly kind: StepKind;
  /** How many steps of this kind were run. */
  readonly steps: number;
  /** The largest error, relative to the largest value of the tensor that it is in; Infinity for a NaN. */
  readonly error: number;
  /** The largest error that rounding explains. */
  readonly tolerance: number;
  readonly healthy: boolean;
}

/** Rounding in sums of some thousand float32 products. */
const TOLERANCE = 1e-4;

/** Steps that round nothing, or as prescribed. */
const EXACT: ReadonlySet<StepKind> = new Set<StepKind>(["normalise", "overlap"]);

/** Odd sizes, two sources that differ in size, both decoders. */
const SHAPE = { n: 2, height: 35, width: 22, mean: 0.485, std: 0.229 };
const NETWORKS: readonly Network[] = [
  { inChannels: 1, classes: 1, base: 6, bilinear: false },
  { inChannels: 1, classes: 1, base: 4, bilinear: true },
];

/**
 * Examines `subject` against the engine `trusted`. The short form runs one step of each sort, of the first network's
 * training: a second or two.
 */
export async function examine(
  subject: Engine,
  trusted: Engine,
  { short = false }: { readonly short?: boolean } = {},
): Promise<Finding[]> {
  const errors = new Map<StepKind, { steps: number; error: number }>();
  const networks = short ? NETWORKS.slice(0, 1) : NETWORKS;
  const makers = short ? [planTraining] : [planTraining, planEvaluation, planPrediction];
  const wanted = short ? firstOfEachSort() : () => true;
  for (const network of networks) {
    for (const makePlan of makers) {
      const plan = makePlan(network, SHAPE);
      await examinePlan(plan, network, { subject, trusted, wanted }, (kind, error) => {
        const known = errors.get(kind) ?? { steps: 0, error: 0 };
        errors.set(kind, { steps: known.steps + 1, error: Math.max(known.error, error) });
      });
    }
  }
  return [...errors].map(([kind, { steps, error }]) => {
    const tolerance = EXACT.has(kind) ? 0 : TOLERANCE;
    return { kind, steps, error, tolerance, healthy: error <= tolerance };
  });
}

/** Tells whether a portion is the first of its sort: the same kinds of steps with as many sources and targets. */
function firstOfEachSort(): (steps: readonly Step[]) => boolean {
  const seen = new Set<string>();
  return (steps) => {
    const sort = steps.map((step) => {
      const { reads, writes } = tensorsOf(step);
      return `${step.kind} ${reads.length} ${writes.length}`;
    }).join();
    if (seen.has(sort)) return false;
    seen.add(sort);
    return true;
  };
}

interface Examination {
  readonly subject: Engine;
  readonly trusted: Engine;
  /** Whether the subject must compute a portion. */
  readonly wanted: (steps: readonly Step[]) => boolean;
}

async function examinePlan(
  plan: Plan,
  network: Network,
  { subject, trusted, wanted }: Examination,
  report: (kind: StepKind, error: number) => void,
): Promise<void> {
  const values: Tensors = startOf(plan, network);
  for (const steps of portionsOf([...plan.setup, ...plan.steps])) {
    const portion = portionPlan(plan, steps, values);
    const given = Object.fromEntries(portion.inputs.map((name) => [name, values[name]]));
    const expected = await trusted.runSteps(portion, given, portion.outputs);
    Object.assign(values, expected);
    if (!wanted(steps)) continue;
    const got = await subject.runSteps(portion, given, portion.outputs);
    const error = Math.max(...portion.outputs.map((name) => errorOf(got[name], expected[name])));
    for (const { kind } of steps) report(kind, error);
  }
}

/** One step each; moments, which no engine hands out, stay with the step that merges them. */
function portionsOf(steps: readonly Step[]): Step[][] {
  const portions: Step[][] = [];
  for (const step of steps) {
    if (step.kind === "batchnorm") portions[portions.length - 1].push(step);
    else portions.push([step]);
  }
  return portions;
}

/** A plan of a few steps of another, from values that are there. */
function portionPlan(plan: Plan, steps: readonly Step[], values: Tensors): Plan {
  const uses = steps.map(tensorsOf);
  const used = new Set(uses.flatMap(({ reads, writes }) => [...reads, ...writes]));
  const tensors = plan.tensors.filter(({ name }) => used.has(name));
  const isMoments = (name: string) =>
    tensors.some((spec) => spec.name === name && spec.kind === "moments");
  return {
    tensors,
    setup: [],
    steps,
    persistent: [],
    inputs: [...used].filter((name) => name in values),
    outputs: [...new Set(uses.flatMap(({ writes }) => writes))].filter((name) => !isMoments(name)),
  };
}

/** Weights, statistics that differ from fresh ones, a speckled image and a mask with soft edges. */
function startOf(plan: Plan, network: Network): Tensors {
  const random = new RandomStream(1, "doctor");
  const weights = initialWeights(network, 1);
  const values: Tensors = {};
  for (const { name, shape } of plan.tensors) {
    const count = elementCount(shape);
    const floats = (value: () => number): Tensor => ({
      shape,
      data: Float32Array.from({ length: count }, value),
    });
    if (name === "image") {
      const data = Uint8Array.from({ length: count }, () => 256 * random.uniform());
      values[name] = { shape, data };
    } else if (name === "mask") values[name] = floats(() => Math.round(3 * random.uniform()) / 3);
    else if (name === "rate") values[name] = { shape, data: Float32Array.of(1e-3, 3) };
    else if (name.endsWith(".running_var")) values[name] = floats(() => 0.5 + random.uniform());
    else if (name.startsWith("exp_avg_sq.")) values[name] = floats(() => 1e-4 * random.uniform());
    else if (name.startsWith("exp_avg.") || name.endsWith(".running_mean")) {
      values[name] = floats(() => 0.02 * (random.uniform() - 0.5));
    } else if (name in weights) {
      values[name] = weights[name];
    }
  }
  return values;
}

/** The largest difference, relative to the largest expected value. */
function errorOf(got: Tensor, expected: Tensor): number {
  let [most, scale] = [0, 0];
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [Number(got.data[i]), Number(expected.data[i])];
    scale = Math.max(scale, Math.abs(b));
    if (a === b) continue;
    const difference = Math.abs(a - b);
    if (!(difference < Infinity)) return Infinity;
    most = Math.max(most, difference);
  }
  return most === 0 ? 0 : most / scale;
}
