/**
 * Programs of one step of the loss, of the optimiser, or of what is kept beside the weights.
 *
 * @module
 */
import type { Tensor } from "../../../lib/core/tensor.ts";
import { boundarySide, DEFAULT_LOSS, type LossTerm } from "../../../lib/plan/losses.ts";
import type { LossScale } from "../../../lib/plan/loss_scaling.ts";
import { type OptimizerName, OPTIMIZERS } from "../../../lib/plan/optimizers.ts";
import { stepsOf } from "../../../lib/plan/plan.ts";
import type { Step, TensorKind, TensorSpec, UpdateEntry } from "../../../lib/plan/steps.ts";
import { type Input, Parts, type Program, tensorOf } from "../step_program.ts";
import {
  conv1x1Gradient,
  conv3x3WeightGradient,
  convTranspose2WeightGradient,
} from "./convolutions.ts";
import { batchNormGradient } from "./norms.ts";

/** `result` and, by default, `gradient`. */
export function loss(
  logits: Tensor,
  mask: Tensor,
  withGradient = true,
  terms: readonly LossTerm[] = DEFAULT_LOSS,
  { share, initial }: { share?: number; initial?: Tensor } = {},
): Program {
  const parts = new Parts();
  const given = parts.given("mask", "plane", mask);
  const side = boundarySide(terms);
  const before = side === undefined ? [] : [{
    kind: "boundary" as const,
    mask: given,
    side,
    out: parts.empty("boundary", "plane", mask.shape),
  }];
  const step = {
    kind: "loss" as const,
    terms,
    logits: parts.given("logits", "plane", logits),
    mask: given,
    ...(side !== undefined && { boundary: "boundary" }),
    result: initial
      ? parts.given("result", "scalars", initial)
      : parts.empty("result", "scalars", [1 + terms.length]),
    ...(share !== undefined && { share }),
    ...(initial && { adds: true }),
    ...(withGradient && { gradient: parts.empty("gradient", "plane", logits.shape) }),
  };
  return parts.program([...before, step], withGradient ? ["result", "gradient"] : ["result"]);
}

/** `out`. */
export function boundary(mask: Tensor, side: number): Program {
  const parts = new Parts();
  const step = {
    kind: "boundary" as const,
    mask: parts.given("mask", "plane", mask),
    side,
    out: parts.empty("out", "plane", mask.shape),
  };
  return parts.program([step], ["out"]);
}

/** `result`, `[n, 3]`. */
export function overlap(logits: Tensor, mask: Tensor): Program {
  const parts = new Parts();
  const step = {
    kind: "overlap" as const,
    logits: parts.given("logits", "plane", logits),
    mask: parts.given("mask", "plane", mask),
    result: parts.empty("result", "scalars", [logits.shape[0], 3]),
  };
  return parts.program([step], ["result"]);
}

/** A parameter with its gradient and its slots by name, in the layout of its kind. */
export interface UpdatedParameter {
  readonly kind: TensorKind;
  readonly split?: readonly number[];
  readonly p: Tensor;
  readonly g: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
  readonly decays?: boolean;
}

/** `a0`, `a1`, ...: the gradients of a step that takes so many batches, with one more in them. */
export function accumulate(
  gradients: readonly (Pick<UpdatedParameter, "kind" | "split" | "g"> & {
    readonly accumulated: Tensor;
  })[],
  { batches, added }: { readonly batches: number; readonly added: number },
): Program {
  const parts = new Parts();
  const entries = gradients.map(({ kind, split, g, accumulated }, i) => ({
    gradient: parts.given(`g${i}`, kind, g, split),
    accumulated: parts.given(`a${i}`, kind, accumulated, split),
  }));
  const count = parts.given("added", "scalars", { shape: [1], data: Float32Array.of(added) });
  const step = { kind: "accumulate" as const, entries, batches, added: count };
  return parts.program([step], entries.map(({ accumulated }) => accumulated));
}

/** `a0`, `a1`, ...: the moving averages of values after step `t`. */
export function average(
  averaged: readonly (Pick<UpdatedParameter, "kind" | "split"> & {
    readonly value: Tensor;
    readonly average: Tensor;
  })[],
  { decay, t }: { readonly decay: number; readonly t: number },
): Program {
  const parts = new Parts();
  const entries = averaged.map(({ kind, split, value, average }, i) => ({
    value: parts.given(`w${i}`, kind, value, split),
    average: parts.given(`a${i}`, kind, average, split),
  }));
  const rate = parts.given("rate", "scalars", { shape: [2], data: Float32Array.of(0, t) });
  const step = { kind: "average" as const, entries, decay, rate };
  return parts.program([step], entries.map(({ average }) => average));
}

/** The settings of {@linkcode update}. */
export interface UpdateSettings {
  readonly rule: OptimizerName;
  /** By default the rule's constants. */
  readonly hyper?: Readonly<Record<string, number>>;
  readonly rate: number;
  /** The number of the step, from 1. */
  readonly t: number;
  /** By default no gradient is limited. */
  readonly clipNorm?: number;
  /** The factor of all gradients, instead of that of a norm. */
  readonly factor?: number;
}

/** `p0`, then its slots such as `exp_avg.p0`, `p1`, ...: parameters and slots after a step. */
export function update(
  parameters: readonly UpdatedParameter[],
  { rule, hyper = {}, rate, t, clipNorm, factor }: UpdateSettings,
): Program {
  const parts = new Parts();
  const entries: UpdateEntry[] = parameters.map(({ kind, split, p, g, slots, decays }, i) => ({
    parameter: parts.given(`p${i}`, kind, p, split),
    gradient: parts.given(`g${i}`, kind, g, split),
    slots: Object.fromEntries(
      Object.entries(slots).map(([slot, tensor]) => [
        slot,
        parts.given(`${slot}.p${i}`, kind, tensor, split),
      ]),
    ),
    ...(decays && { decays }),
  }));
  const step = {
    kind: "update" as const,
    rule,
    entries,
    hyper: { ...OPTIMIZERS[rule].hyper, ...hyper },
    rate: parts.given("rate", "scalars", { shape: [2], data: Float32Array.of(rate, t) }),
  };
  const wanted = entries.flatMap(({ parameter, slots }) => [parameter, ...Object.values(slots)]);
  if (factor !== undefined) {
    const clip = parts.given("clip", "scalars", { shape: [2], data: Float32Array.of(factor, 0) });
    return parts.program([{ ...step, clip }], wanted);
  }
  if (clipNorm === undefined) return parts.program([step], wanted);
  const clip = parts.empty("clip", "scalars", [2]);
  const gradients = entries.map(({ gradient }) => gradient);
  const norm = { kind: "gradient_norm" as const, gradients, limit: clipNorm, result: clip };
  return parts.program([norm, { ...step, clip }], [clip, ...wanted]);
}

/** `clip`, `scaling` and `rate` after loss scaling. */
export function lossScaling(
  { norm, scale, steps, skipped }: LossScale & { readonly norm: number },
  { limit, interval, t }: { limit?: number; interval: number; t: number },
): Program {
  const parts = new Parts();
  const given = (name: string, ...values: number[]) =>
    parts.given(name, "scalars", { shape: [values.length], data: Float32Array.from(values) });
  const step = {
    kind: "loss_scaling" as const,
    clip: given("clip", 1, norm),
    scaling: given("scaling", scale, steps, skipped),
    rate: given("rate", 0.001, t),
    ...(limit !== undefined && { limit }),
    interval,
  };
  return parts.program([step], ["clip", "scaling", "rate"]);
}

/** The tensors of {@linkcode gradientNorm}: an input and the gradient of a layer's output. */
export interface Layer {
  readonly input: Input;
  readonly dy: Tensor;
}

/**
 * `clip`, of the gradients of a 1x1 convolution, a transposed convolution, a 3x3 convolution and a
 * batch norm, as they compute them.
 */
export function gradientNorm(
  layers: Readonly<Record<"conv1x1" | "convTranspose2" | "conv3x3" | "norm", Layer>>,
  limit: number,
): Program {
  const { conv1x1, convTranspose2, conv3x3, norm } = layers;
  const weight = tensorOf([conv1x1.dy.shape[1], conv1x1.input.tensor.shape[1], 1, 1]);
  const programs = {
    a: conv1x1Gradient(conv1x1.input, weight, conv1x1.dy),
    b: convTranspose2WeightGradient(convTranspose2.input, convTranspose2.dy),
    c: conv3x3WeightGradient([conv3x3.input], conv3x3.dy),
    d: batchNormGradient(norm.input, norm.dy, false),
  };
  const parts = new Parts();
  const steps: Step[] = [];
  for (const [name, { plan, tensors }] of Object.entries(programs)) {
    for (const spec of plan.tensors) parts.specs.push({ ...spec, name: `${name}.${spec.name}` });
    for (const [key, tensor] of Object.entries(tensors)) parts.tensors[`${name}.${key}`] = tensor;
    steps.push(...stepsOf(plan).map((step) => renamed(step, plan.tensors, name)));
  }
  const gradients = ["a.dw", "a.db", "b.dw", "b.db", "c.dw", "d.dgamma", "d.dbeta"];
  const clip = parts.empty("clip", "scalars", [2]);
  const step = { kind: "gradient_norm" as const, gradients, limit, result: clip };
  return parts.program([...steps, step], [clip]);
}

/** A step whose tensors have a prefix. */
function renamed(step: Step, tensors: readonly TensorSpec[], prefix: string): Step {
  const names = new Set(tensors.map(({ name }) => name));
  const replacer = (key: string, value: unknown) =>
    key !== "kind" && typeof value === "string" && names.has(value) ? `${prefix}.${value}` : value;
  return JSON.parse(JSON.stringify(step, replacer));
}
