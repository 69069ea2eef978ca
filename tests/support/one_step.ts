/**
 * Plans of one step, for testing step kinds one by one: each function makes the plan and its
 * tensors, so that the same program can run on any engine.
 *
 * @module
 */
import type { RawBatch } from "../../lib/core/batch.ts";
import type { Tensor } from "../../lib/core/tensor.ts";
import { boundarySide, DEFAULT_LOSS, type LossTerm } from "../../lib/plan/losses.ts";
import type { LossScale } from "../../lib/plan/loss_scaling.ts";
import { type OptimizerName, OPTIMIZERS } from "../../lib/plan/optimizers.ts";
import { stepsOf } from "../../lib/plan/plan.ts";
import type { Step, TensorKind, TensorSpec, UpdateEntry } from "../../lib/plan/steps.ts";
import { type Input, Parts, type Program, tensorOf } from "./step_program.ts";

const channelsOf = (inputs: readonly Input[]) => inputs.map(({ tensor }) => tensor.shape[1]);

/** The frame of a convolution's sources: the size of the first one, which has no offsets. */
function frameOf(inputs: readonly Input[]): readonly [number, number, number] {
  const [n, , height, width] = inputs[0].tensor.shape;
  return [n, height, width];
}

/** The kind of a convolution between maps, by its weight's size, and the kind of the weight. */
const kindOf = (side: number) => side === 1 ? "pointwise" as const : "conv3x3" as const;

/** `y`, from sources and weight `[o, i, 3, 3]` or `[o, i, 1, 1]`. */
export function conv3x3(
  inputs: readonly Input[],
  weight: Tensor,
  options: { bias?: Tensor; relu?: boolean } = {},
): Program {
  const parts = new Parts();
  const sources = parts.sources(inputs);
  const [n, height, width] = frameOf(inputs);
  const kind = kindOf(weight.shape[2]);
  const step = {
    kind,
    sources,
    weight: parts.given("w", kind, weight, channelsOf(inputs)),
    out: parts.empty("y", "map", [n, weight.shape[0], height, width]),
    ...(options.bias && { bias: parts.given("b", "vector", options.bias) }),
    ...(options.relu && { relu: true }),
  };
  return parts.program([step], ["y"]);
}

/** `dx0`, `dx1`, ... from the output's gradient, one for each window of the input's frame. */
export function conv3x3InputGradient(
  dy: Tensor,
  weight: Tensor,
  windows: readonly { shape: readonly number[]; top?: number; left?: number }[],
): Program {
  const parts = new Parts();
  const targets = windows.map(({ shape, top, left }, index) => ({
    tensor: parts.empty(`dx${index}`, "map", shape),
    ...(top !== undefined && { top }),
    ...(left !== undefined && { left }),
  }));
  const kind = kindOf(weight.shape[2]);
  const step = {
    kind: `${kind}_input_gradient` as const,
    gradient: parts.given("dy", "map", dy),
    weight: parts.given("w", kind, weight, windows.map(({ shape }) => shape[1])),
    targets,
  };
  return parts.program([step], targets.map(({ tensor }) => tensor));
}

/** `dw`, of a side of 3 or 1. */
export function conv3x3WeightGradient(inputs: readonly Input[], dy: Tensor, side = 3): Program {
  const parts = new Parts();
  const split = channelsOf(inputs);
  const shape = [dy.shape[1], split.reduce((a, b) => a + b), side, side];
  const kind = kindOf(side);
  const step = {
    kind: `${kind}_weight_gradient` as const,
    sources: parts.sources(inputs),
    gradient: parts.given("dy", "map", dy),
    weightGradient: parts.empty("dw", kind, shape, split),
  };
  return parts.program([step], ["dw"]);
}

/** `y`. */
export function convTranspose2(input: Input, weight: Tensor, bias: Tensor): Program {
  const parts = new Parts();
  const [n, , height, width] = input.tensor.shape;
  const step = {
    kind: "convtranspose2" as const,
    source: parts.source("x", input),
    weight: parts.given("w", "convtranspose2", weight),
    bias: parts.given("b", "vector", bias),
    out: parts.empty("y", "map", [n, weight.shape[1], height * 2, width * 2]),
  };
  return parts.program([step], ["y"]);
}

/** `dx`. */
export function convTranspose2InputGradient(dy: Tensor, weight: Tensor): Program {
  const parts = new Parts();
  const [n, , height, width] = dy.shape;
  const step = {
    kind: "convtranspose2_input_gradient" as const,
    gradient: parts.given("dy", "map", dy),
    weight: parts.given("w", "convtranspose2", weight),
    out: parts.empty("dx", "map", [n, weight.shape[0], height / 2, width / 2]),
  };
  return parts.program([step], ["dx"]);
}

/** `dw` and `db`. */
export function convTranspose2WeightGradient(input: Input, dy: Tensor): Program {
  const parts = new Parts();
  const [inChannels, outChannels] = [input.tensor.shape[1], dy.shape[1]];
  const step = {
    kind: "convtranspose2_weight_gradient" as const,
    source: parts.source("x", input),
    gradient: parts.given("dy", "map", dy),
    weightGradient: parts.empty("dw", "convtranspose2", [inChannels, outChannels, 2, 2]),
    biasGradient: parts.empty("db", "vector", [outChannels]),
  };
  return parts.program([step], ["dw", "db"]);
}

/** `y`. */
export function upsample2(input: Input): Program {
  const parts = new Parts();
  const [n, channels, height, width] = input.tensor.shape;
  const source = parts.source("x", input);
  const out = parts.empty("y", "map", [n, channels, height * 2, width * 2]);
  return parts.program([{ kind: "upsample2", source, out }], ["y"]);
}

/** `dx`. */
export function upsample2Gradient(dy: Tensor): Program {
  const parts = new Parts();
  const [n, channels, height, width] = dy.shape;
  const gradient = parts.given("dy", "map", dy);
  const out = parts.empty("dx", "map", [n, channels, height / 2, width / 2]);
  return parts.program([{ kind: "upsample2_gradient", gradient, out }], ["dx"]);
}

/** `y`. */
export function maxPool2(input: Input): Program {
  const parts = new Parts();
  const [n, channels, height, width] = input.tensor.shape;
  const source = parts.source("x", input);
  const shape = [n, channels, Math.floor(height / 2), Math.floor(width / 2)];
  const out = parts.empty("y", "map", shape);
  return parts.program([{ kind: "maxpool2", source, out }], ["y"]);
}

/** `y`, the sum of the inputs, added to `initial` if given. */
export function sum(shape: readonly number[], inputs: readonly Input[], initial?: Tensor): Program {
  const parts = new Parts();
  const sources = parts.sources(inputs);
  const out = initial ? parts.given("y", "map", initial) : parts.empty("y", "map", shape);
  const step = { kind: "sum" as const, sources, out, ...(initial && { adds: true }) };
  return parts.program([step], ["y"]);
}

/** `dx`, the gradient behind the input's ReLU, added to `initial` if given. */
export function reluGradient(input: Input, dy: Tensor, initial?: Tensor): Program {
  const parts = new Parts();
  const source = parts.source("x", input);
  const gradient = parts.given("dy", "map", dy);
  const out = initial ? parts.given("dx", "map", initial) : parts.empty("dx", "map", dy.shape);
  const step = { kind: "relu_gradient" as const, source, gradient, out };
  return parts.program([initial ? { ...step, adds: true } : step], ["dx"]);
}

/** The sources of a gate. */
function gateSources(parts: Parts, input: Input, gate: Input) {
  return { source: parts.source("x", input), gate: parts.source("g", gate) };
}

/** `y`, the input times the sigmoid of the gate. */
export function gate(input: Input, gate: Input): Program {
  const parts = new Parts();
  const sources = gateSources(parts, input, gate);
  const out = parts.empty("y", "map", input.tensor.shape);
  return parts.program([{ kind: "gate", ...sources, out }], ["y"]);
}

/** `dx` and `dg`. */
export function gateGradient(input: Input, gate: Input, dy: Tensor): Program {
  const parts = new Parts();
  const step = {
    kind: "gate_gradient" as const,
    ...gateSources(parts, input, gate),
    gradient: parts.given("dy", "map", dy),
    sourceGradient: parts.empty("dx", "map", input.tensor.shape),
    gateGradient: parts.empty("dg", "map", gate.tensor.shape),
  };
  return parts.program([step], ["dx", "dg"]);
}

/** `dx`, added to `initial` (zeros unless given). */
export function maxPool2Gradient(input: Input, dy: Tensor, initial?: Tensor): Program {
  const parts = new Parts();
  const source = parts.source("x", input);
  const gradient = parts.given("dy", "map", dy);
  const out = initial
    ? parts.given("dx", "map", initial)
    : parts.empty("dx", "map", input.tensor.shape);
  return parts.program([{ kind: "maxpool2_gradient", source, gradient, out }], ["dx"]);
}

/** `y`. */
export function conv1x1(input: Input, weight: Tensor, bias: Tensor): Program {
  const parts = new Parts();
  const [n, , height, width] = input.tensor.shape;
  const step = {
    kind: "conv1x1" as const,
    source: parts.source("x", input),
    weight: parts.given("w", "conv1x1", weight),
    bias: parts.given("b", "vector", bias),
    out: parts.empty("y", "plane", [n, weight.shape[0], height, width]),
  };
  return parts.program([step], ["y"]);
}

/** `dx`, `dw` and `db`. */
export function conv1x1Gradient(input: Input, weight: Tensor, dy: Tensor): Program {
  const parts = new Parts();
  const step = {
    kind: "conv1x1_gradient" as const,
    source: parts.source("x", input),
    weight: parts.given("w", "conv1x1", weight),
    gradient: parts.given("dy", "plane", dy),
    sourceGradient: parts.empty("dx", "map", input.tensor.shape),
    weightGradient: parts.empty("dw", "conv1x1", weight.shape),
    biasGradient: parts.empty("db", "vector", [weight.shape[0]]),
  };
  return parts.program([step], ["dx", "dw", "db"]);
}

/** The parameters and statistics of a batch norm, each `[c]`. */
export interface NormParameters {
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
}

function normParameters(parts: Parts, parameters: NormParameters) {
  return {
    gamma: parts.given("gamma", "vector", parameters.gamma),
    beta: parts.given("beta", "vector", parameters.beta),
    runningMean: parts.given("runningMean", "vector", parameters.runningMean),
    runningVar: parts.given("runningVar", "vector", parameters.runningVar),
  };
}

/** Weights `[c, c, 3, 3]` of a convolution that copies its input. */
export function copyingWeight(channels: number): Tensor<Float32Array> {
  const weight = tensorOf([channels, channels, 3, 3]);
  for (let c = 0; c < channels; c++) weight.data[(c * channels + c) * 9 + 4] = 1;
  return weight;
}

/**
 * `norm`, `runningMean` and `runningVar` of a training pass over a convolution's output `y`. Only
 * convolutions produce moments, so the program has two steps.
 */
export function batchNorm(
  inputs: readonly Input[],
  weight: Tensor,
  parameters: NormParameters,
): Program {
  const parts = new Parts();
  const sources = parts.sources(inputs);
  const [n, height, width] = frameOf(inputs);
  const channels = weight.shape[0];
  const moments = parts.empty("moments", "moments", [2, channels]);
  const kind = kindOf(weight.shape[2]);
  const steps: Step[] = [
    {
      kind,
      sources,
      weight: parts.given("w", kind, weight, channelsOf(inputs)),
      out: parts.empty("y", "map", [n, channels, height, width]),
      moments,
    },
    {
      kind: "batchnorm",
      moments,
      count: n * height * width,
      ...normParameters(parts, parameters),
      norm: parts.empty("norm", "norm", [4, channels]),
    },
  ];
  return parts.program(steps, ["y", "norm", "runningMean", "runningVar"]);
}

/** `norm` from the running statistics. */
export function batchNormEval(parameters: NormParameters): Program {
  const parts = new Parts();
  const step = {
    kind: "batchnorm_eval" as const,
    ...normParameters(parts, parameters),
    norm: parts.empty("norm", "norm", [4, parameters.gamma.shape[0]]),
  };
  return parts.program([step], ["norm"]);
}

/** `w` and `b`: a convolution with the batch norm folded in. */
export function fold(weight: Tensor, split: readonly number[], parameters: NormParameters) {
  const parts = new Parts();
  const kind = kindOf(weight.shape[2]);
  const step = {
    kind: "fold" as const,
    weight: parts.given("weight", kind, weight, split),
    ...normParameters(parts, parameters),
    outWeight: parts.empty("w", kind, weight.shape, split),
    outBias: parts.empty("b", "vector", [weight.shape[0]]),
  };
  return parts.program([step], ["w", "b"]);
}

/** `gradient` (of the raw tensor), `dgamma` and `dbeta`. */
export function batchNormGradient(input: Input, dy: Tensor, frozen: boolean): Program {
  const parts = new Parts();
  const channels = input.tensor.shape[1];
  const step = {
    kind: "batchnorm_gradient" as const,
    source: parts.source("x", input),
    gradient: parts.given("gradient", "map", dy),
    gammaGradient: parts.empty("dgamma", "vector", [channels]),
    betaGradient: parts.empty("dbeta", "vector", [channels]),
    ...(frozen && { frozen }),
  };
  return parts.program([step], ["gradient", "dgamma", "dbeta"]);
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

/** A group norm's affine map, and what it does besides. */
export interface GroupNormSettings {
  readonly groups: number;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly relu?: boolean;
}

/** `y` and `norm` `[4 n, c]`. */
export function groupNorm(x: Tensor, { groups, gamma, beta, relu }: GroupNormSettings): Program {
  const parts = new Parts();
  const step = {
    kind: "groupnorm" as const,
    x: parts.given("x", "map", x),
    groups,
    gamma: parts.given("gamma", "vector", gamma),
    beta: parts.given("beta", "vector", beta),
    ...(relu && { relu }),
    norm: parts.empty("norm", "norm", [4 * x.shape[0], x.shape[1]]),
    out: parts.empty("y", "map", x.shape),
  };
  return parts.program([step], ["norm", "y"]);
}

/** `dx`, `dgamma` and `dbeta`, by the norm `[4 n, c]` of the forward step. */
export function groupNormGradient(
  { x, norm, dy, groups, relu }: {
    readonly x: Tensor;
    readonly norm: Tensor;
    readonly dy: Tensor;
    readonly groups: number;
    readonly relu?: boolean;
  },
): Program {
  const parts = new Parts();
  const channels = x.shape[1];
  const step = {
    kind: "groupnorm_gradient" as const,
    x: parts.given("x", "map", x),
    groups,
    ...(relu && { relu }),
    norm: parts.given("norm", "norm", norm),
    gradient: parts.given("dy", "map", dy),
    out: parts.empty("dx", "map", x.shape),
    gammaGradient: parts.empty("dgamma", "vector", [channels]),
    betaGradient: parts.empty("dbeta", "vector", [channels]),
  };
  return parts.program([step], ["dx", "dgamma", "dbeta"]);
}

/** `y`: every channel of an image times its factor in `[n, c]`. */
export function dropout(input: Input, factors: Tensor): Program {
  const parts = new Parts();
  const step = {
    kind: "dropout" as const,
    source: parts.source("x", input),
    factors: parts.given("factors", "norm", factors),
    out: parts.empty("y", "map", input.tensor.shape),
  };
  return parts.program([step], ["y"]);
}

/** `y`: every element with the factor that the words of a draw give it. */
export function elementDropout(input: Input, words: Tensor, p: number): Program {
  const parts = new Parts();
  const step = {
    kind: "element_dropout" as const,
    source: parts.source("x", input),
    words: parts.given("words", "scalars", words),
    p,
    out: parts.empty("y", "map", input.tensor.shape),
  };
  return parts.program([step], ["y"]);
}

/** `out`, from grey bytes `[n, h, w]`. */
export function normalise(image: Tensor, mean: number, std: number): Program {
  const parts = new Parts();
  const [n, height, width] = image.shape;
  const step = {
    kind: "normalise" as const,
    image: parts.given("image", "image", image),
    out: parts.empty("out", "plane", [n, 1, height, width]),
    mean,
    std,
  };
  return parts.program([step], ["out"]);
}

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

/** `y`, the mean of 2x2 windows of planes. */
export function avgPool2(tensor: Tensor): Program {
  const parts = new Parts();
  const [n, channels, height, width] = tensor.shape;
  const plane = parts.given("x", "plane", tensor);
  const shape = [n, channels, Math.floor(height / 2), Math.floor(width / 2)];
  const out = parts.empty("y", "plane", shape);
  return parts.program([{ kind: "avgpool2", plane, out }], ["y"]);
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

/** `image` and `mask`, from a raw batch. */
export function augment(batch: RawBatch, cells: number): Program {
  const { n, height, width, images, masks, changes } = batch;
  const parts = new Parts();
  const shape = [n, height, width];
  const step = {
    kind: "augment" as const,
    rawImages: parts.given("rawImages", "image", { shape, data: images }),
    rawMasks: parts.given("rawMasks", "image", { shape, data: masks }),
    changes: parts.given("changes", "scalars", { shape: [n, changes.length / n], data: changes }),
    image: parts.empty("image", "image", shape),
    mask: parts.empty("mask", "plane", [n, 1, height, width]),
    cells,
  };
  return parts.program([step], ["image", "mask"]);
}
