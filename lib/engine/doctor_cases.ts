/**
 * The cases of the self-test: single steps of small networks, forward and backward, with random
 * inputs.
 *
 * @module
 */
import { RandomStream } from "../core/random.ts";
import { elementCount, type Tensors } from "../core/tensor.ts";
import { drawImage, elasticCells } from "../dataset/augment/draw.ts";
import { POLICIES, type Policy } from "../dataset/augment/ingredients.ts";
import { parsePolicy } from "../dataset/augment/policy.ts";
import { changeRecord } from "../dataset/augment/record.ts";
import { graphOf } from "../network/architectures.ts";
import { type Graph, IMAGE, type Op } from "../network/graph.ts";
import { operandsOf } from "../plan/operands.ts";
import { forwardOnly, type Plan, SEGMENTS, stepsOf } from "../plan/plan.ts";
import {
  planEvaluation,
  planPrediction,
  planTraining,
  type TrainingOptions,
} from "../plan/planners.ts";
import type { Step, StepKind, TensorSpec } from "../plan/steps.ts";

/** A plan of one step, sometimes two, with its inputs; the plan's outputs are compared. */
export interface DoctorCase {
  readonly name: string;
  readonly plan: Plan;
  readonly given: Tensors;
}

/** Odd sizes, so that the sources of a concatenation differ in size. */
const SHAPE = { n: 2, height: 35, width: 22, mean: 0.485, std: 0.229 };
const NETWORKS: readonly (readonly [string, Graph, TrainingOptions?])[] = [
  ["transposed", graphOf({ inChannels: 1, classes: 1, base: 6, bilinear: false })],
  ["bilinear", graphOf({ inChannels: 1, classes: 1, base: 4, bilinear: true })],
  ["residual", residual()],
  ["normalised", normalised()],
  ["recipe", residual(), {
    loss: [
      { kind: "boundary", weight: 0.5, per: "image", parameters: { side: 5 } },
      { kind: "dice", weight: 1, per: "image" },
      { kind: "focal", weight: 2 },
      { kind: "focal_tversky", weight: 1 },
    ],
    optimizer: { rule: "sgd", hyper: { weightDecay: 0.01 } },
    clipNorm: 2,
  }],
  ["average", residual(), { optimizer: { rule: "adamw" }, ema: 0.9 }],
  ["accumulated", residual(), { accumulate: 3 }],
];

/** All changes of the policy `strong`, each in every image. */
const CHANGES = (() => {
  const ingredients = Object.entries(parsePolicy(POLICIES.strong));
  const policy = Object.fromEntries(ingredients.map(([name, given]) => [name, { ...given, p: 1 }]));
  return { policy: policy as Policy, cells: elasticCells(policy as Policy) };
})();

/** The kinds of steps for which an entry is there that shares the others with the U-Nets. */
const OWN_KINDS: Readonly<Record<string, readonly StepKind[]>> = {
  residual: [
    "sum",
    "pointwise",
    "pointwise_input_gradient",
    "pointwise_weight_gradient",
    "relu_gradient",
    "gate",
    "gate_gradient",
    "avgpool2",
    "loss",
  ],
  normalised: ["groupnorm", "groupnorm_gradient", "dropout", "element_dropout"],
  recipe: ["boundary", "loss", "gradient_norm", "update"],
  average: ["update", "average"],
  accumulated: ["accumulate"],
};

/**
 * A residual network with a gate and two outputs. The plain U-Net has none of its steps beside
 * convolutions.
 */
function residual(): Graph {
  return graphOfOps("residual", [
    { kind: "conv3x3", name: "a", inputs: [IMAGE], channels: 5 },
    { kind: "batchnorm", name: "norm", inputs: ["a"] },
    { kind: "relu", name: "relu", inputs: ["norm"] },
    { kind: "conv3x3", name: "b", inputs: ["relu"], channels: 5 },
    { kind: "conv3x3", name: "c", inputs: ["relu"], channels: 5 },
    { kind: "add", name: "d", inputs: ["b", "relu"] },
    { kind: "add", name: "e", inputs: ["c", "d"] },
    { kind: "pointwise", name: "f", inputs: ["e"], channels: 6 },
    { kind: "batchnorm", name: "f.norm", inputs: ["f"] },
    { kind: "pointwise", name: "g", inputs: [IMAGE], channels: 6 },
    { kind: "batchnorm", name: "g.norm", inputs: ["g"] },
    { kind: "add", name: "h", inputs: ["f.norm", "g.norm"] },
    { kind: "relu", name: "h.relu", inputs: ["h"] },
    { kind: "pointwise", name: "i", inputs: ["h.relu"], channels: 1 },
    { kind: "batchnorm", name: "i.norm", inputs: ["i"] },
    { kind: "gate", name: "j", inputs: ["h.relu", "i.norm"] },
    { kind: "maxpool2", name: "k", inputs: ["j"] },
    { kind: "conv1x1", name: "lower", inputs: ["k"], channels: 1 },
    { kind: "conv1x1", name: "head", inputs: ["j"], channels: 1 },
  ], [{ name: "logits", value: "head" }, { name: "lower logits", value: "lower" }]);
}

/** A network with a group norm and a dropout of either kind. */
function normalised(): Graph {
  return graphOfOps("normalised", [
    { kind: "conv3x3", name: "a", inputs: [IMAGE], channels: 15 },
    { kind: "groupnorm", name: "norm", inputs: ["a"], groups: 3 },
    { kind: "relu", name: "relu", inputs: ["norm"] },
    { kind: "dropout", name: "drop", inputs: ["relu"], p: 0.5 },
    { kind: "dropout", name: "thin", inputs: ["drop"], p: 0.5, elements: true },
    { kind: "conv1x1", name: "head", inputs: ["thin"], channels: 1 },
  ]);
}

function graphOfOps(
  name: string,
  ops: readonly Op[],
  outputs: Graph["outputs"] = [{ name: "logits", value: "head" }],
): Graph {
  const details = `${ops.length} operations`;
  return { name, title: "network", details, inChannels: 1, ops, outputs };
}

/** The cases of the self-test: the first step of each sort in each plan. */
export function* doctorCases(short = false): Generator<DoctorCase> {
  const makers = { train: planTraining, evaluate: planEvaluation, predict: planPrediction };
  for (const [label, graph, options] of short ? NETWORKS.slice(0, 1) : NETWORKS) {
    for (const [mode, makePlan] of Object.entries(short ? { train: planTraining } : makers)) {
      const plan = makePlan(graph, SHAPE, options);
      const own = OWN_KINDS[label];
      const isNew = (steps: readonly Step[]) =>
        own === undefined || steps.some(({ kind }) => own.includes(kind));
      const seen = new Set<string>();
      for (const steps of portionsOf(stepsOf(plan, SEGMENTS))) {
        const sort = steps.map(sortOf).join(", ");
        if (seen.has(sort) || !isNew(steps)) continue;
        seen.add(sort);
        yield caseOf(`${label} ${mode}: ${sort}`, plan, steps);
      }
    }
  }
  if (short) return;
  const plan = planTraining(NETWORKS[0][1], { ...SHAPE, changes: { cells: CHANGES.cells } });
  for (const step of stepsOf(plan).filter(({ kind }) => kind === "augment")) {
    yield caseOf(`changes train: ${sortOf(step)}`, plan, [step]);
  }
}

function caseOf(name: string, plan: Plan, steps: readonly Step[]): DoctorCase {
  const portion = portionPlan(plan, steps);
  return { name, plan: portion, given: inputsOf(portion, name) };
}

/** The sort of a step: its kind, and the numbers of tensors that it reads and writes. */
function sortOf(step: Step): string {
  const { reads, writes } = operandsOf(step);
  const kind = step.kind === "update" ? step.rule : step.kind;
  return `${kind} ${reads.length} to ${writes.length}`;
}

/**
 * Splits steps into single ones. A step that writes moments stays with the one that merges them,
 * since programs do not read moments.
 */
function portionsOf(steps: readonly Step[]): Step[][] {
  const portions: Step[][] = [];
  for (const step of steps) {
    if (step.kind === "batchnorm") portions[portions.length - 1].push(step);
    else portions.push([step]);
  }
  return portions;
}

/** A plan of some steps of another plan. */
function portionPlan(plan: Plan, steps: readonly Step[]): Plan {
  const inputs = new Set<string>();
  const written = new Set<string>();
  for (const { reads, writes } of steps.map(operandsOf)) {
    for (const name of reads) if (!written.has(name)) inputs.add(name);
    for (const name of writes) written.add(name);
  }
  const tensors = plan.tensors.filter(({ name }) => inputs.has(name) || written.has(name));
  const outputs = tensors.filter(({ name, kind }) => written.has(name) && kind !== "moments");
  return {
    tensors,
    segments: forwardOnly(steps),
    persistent: [],
    inputs: [...inputs],
    outputs: outputs.map(({ name }) => name),
  };
}

/** Random inputs in the ranges that occur in training. */
function inputsOf({ tensors, inputs }: Plan, seed: string): Tensors {
  const random = new RandomStream(1, `doctor, ${seed}`);
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const given = tensors.filter(({ name }) => inputs.includes(name));
  return Object.fromEntries(given.map((spec) => {
    const { name, shape } = spec;
    const count = elementCount(shape);
    if (name === "changes") return [name, { shape, data: changesOf(shape[0]) }];
    if (spec.dtype === "u8") {
      const data = Uint8Array.from({ length: count }, () => 256 * random.uniform());
      return [name, { shape, data }];
    }
    if (name === "added") return [name, { shape, data: Float32Array.of(1) }];
    if (name === "rate") return [name, { shape, data: Float32Array.of(1e-3, 3) }];
    if (name.endsWith(".words")) {
      // Halves of random words.
      return [name, {
        shape,
        data: Float32Array.from({ length: count }, () => random.bits32() >>> 16),
      }];
    }
    const [low, high] = rangeOf(spec);
    const data = Float32Array.from({ length: count }, () => between(low, high));
    if (name === "mask") data.forEach((value, i) => data[i] = Math.round(3 * value) / 3);
    return [name, { shape, data }];
  }));
}

/** The records of some images that go through every change of a single image. */
function changesOf(images: number): Int32Array {
  const records = Array.from({ length: images }, (_, index) => {
    const key = { seed: 1, epoch: 1, index };
    const draw = drawImage(CHANGES.policy, key, SHAPE.width, SHAPE.height);
    return [...changeRecord(draw, key, { ...SHAPE, cells: CHANGES.cells })];
  });
  return Int32Array.from(records.flat());
}

function rangeOf({ name, kind, shape }: TensorSpec): readonly [number, number] {
  if (name.startsWith("mask") || name.startsWith("exp_avg_sq.")) return [0, 1];
  if (name.endsWith(".running_var") || kind === "norm") return [0.5, 1.5];
  if (kind === "conv3x3") return [-1 / Math.sqrt(9 * shape[1]), 1 / Math.sqrt(9 * shape[1])];
  return kind === "map" ? [-1, 3] : [-2, 2];
}
