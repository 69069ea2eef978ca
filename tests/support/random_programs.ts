/**
 * Random one-step programs for comparing engines: every step kind at small odd shapes.
 *
 * Decisions (ReLU, max-pool, thresholds) never depend on rounding: compared values lie on a grid
 * that float32 represents, so every engine decides alike.
 *
 * @module
 */
import { RandomStream } from "../../lib/core/random.ts";
import type { Tensor } from "../../lib/core/tensor.ts";
import { isPerImage, LOSS_TERMS, type LossTerm, type LossTermKind } from "../../lib/plan/losses.ts";
import { type OptimizerName, OPTIMIZERS } from "../../lib/plan/optimizers.ts";
import type { TensorKind } from "../../lib/plan/steps.ts";
import * as steps from "./one_step.ts";
import { type Input, type Program, tensorOf } from "./step_program.ts";

/** The limits of a program's shapes. */
export interface Limits {
  readonly channels: number;
  readonly side: number;
  readonly n: number;
}

const LIMITS: Limits = { channels: 20, side: 19, n: 3 };

/** Draws shapes and values. */
export class Draw {
  readonly #random: RandomStream;
  readonly #limits: Limits;

  constructor(seed: number, limits: Limits = LIMITS) {
    this.#random = new RandomStream(seed, "programs");
    this.#limits = limits;
  }

  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#random.uniform() * (most - least + 1));
  }

  coin(): boolean {
    return this.#random.uniform() < 0.5;
  }

  channels(): number {
    return this.whole(1, this.#limits.channels);
  }

  /** `[n, c, h, w]`. */
  map(channels = this.channels(), leastSide = 1): number[] {
    const { side, n } = this.#limits;
    return [this.whole(1, n), channels, this.whole(leastSide, side), this.whole(leastSide, side)];
  }

  /**
   * With odd sides up to twice as long: now and then several pieces of work, the last one smaller.
   */
  largeMap(channels = this.channels()): number[] {
    const [n, c, height, width] = this.map(channels);
    return [n, c, 2 * height - 1, 2 * width - 1];
  }

  /** Uniform in [-bound, bound). */
  values(shape: readonly number[], bound = 1): Tensor<Float32Array> {
    return tensorOf(shape, () => (2 * this.#random.uniform() - 1) * bound);
  }

  /** Uniform in [least, most). */
  between(shape: readonly number[], least: number, most: number): Tensor<Float32Array> {
    return tensorOf(shape, () => least + this.#random.uniform() * (most - least));
  }

  /** Quarters of odd whole numbers up to 4, either sign: exact in every engine, never 0. */
  grid(shape: readonly number[]): Tensor<Float32Array> {
    return tensorOf(shape, () => (2 * this.whole(-8, 7) + 1) / 4);
  }

  /**
   * A norm under which grid values stay exact and never become 0: differences from the mean are odd
   * multiples of 1/16, and the shift contains 1/64. Its scale may be negative, as a trained gamma
   * may.
   */
  norm(channels: number): Tensor<Float32Array> {
    const scales = [-2, -0.5, 0.5, 1, 2];
    const rows = [
      () => this.whole(-4, 4) / 4 + 1 / 16,
      () => 2 ** this.whole(-2, 2),
      () => scales[this.whole(0, 4)],
      () => this.whole(-4, 4) / 4 + 1 / 64,
    ];
    return tensorOf([4, channels], (index) => rows[Math.floor(index / channels)]());
  }

  /** A number of groups that divides the channels. */
  groups(channels: number): number {
    const all = Array.from({ length: channels }, (_, i) => i + 1).filter((g) => channels % g === 0);
    return all[this.whole(0, all.length - 1)];
  }

  /** A source of a shape: raw or with a norm, with ReLU or without. */
  input(shape: readonly number[], norm = this.coin()): Input {
    const input = { tensor: this.grid(shape), relu: this.coin() };
    return norm ? { ...input, norm: this.norm(shape[1]) } : input;
  }

  /** One to three sources for a 3x3 convolution; the first one fills the frame. */
  inputs(leastSide = 1): Input[] {
    const shape = this.map(undefined, leastSide);
    const more = Array.from({ length: this.whole(0, 2) }, () => this.window(shape));
    return [this.input(shape), ...more];
  }

  /** A source in a frame; about half of the sources fill it. */
  window([n, , height, width]: readonly number[]): Input {
    if (this.coin()) return this.input([n, this.channels(), height, width]);
    const top = this.whole(0, Math.min(3, height - 1));
    const left = this.whole(0, Math.min(3, width - 1));
    const size = [height - top - this.rest(height - top), width - left - this.rest(width - left)];
    return { ...this.input([n, this.channels(), ...size]), top, left };
  }

  /** A network's input of one to nine channels. */
  plane(): Input {
    return { tensor: this.values(this.map(this.whole(1, 9))), kind: "plane" };
  }

  rest(extent: number): number {
    return this.whole(0, Math.min(2, extent - 1));
  }

  normParameters(channels: number): steps.NormParameters {
    return {
      gamma: this.values([channels], 2),
      beta: this.values([channels]),
      runningMean: this.values([channels]),
      runningVar: this.between([channels], 0.01, 2),
    };
  }
}

const channelsOf = (inputs: readonly Input[]) =>
  inputs.reduce((sum, { tensor }) => sum + tensor.shape[1], 0);

/** Terms of a loss: every kind, and every region of those that compare regions. */
const ALL_TERMS: readonly LossTerm[] = (Object.keys(LOSS_TERMS) as LossTermKind[])
  .flatMap((kind) => [
    { kind, weight: 1 },
    { kind, weight: 1, per: "image" as const },
  ]).filter((term) => term.per === undefined || isPerImage(term));

/** The input gradient of convolutions with a square of `side` taps. */
const inputGradient = (side: 1 | 3) => (draw: Draw): Program => {
  const inputs = draw.inputs();
  const [n, , height, width] = inputs[0].tensor.shape;
  const out = draw.channels();
  const weight = draw.values([out, channelsOf(inputs), side, side]);
  const windows = inputs.map(({ tensor: { shape }, top, left }) => ({ shape, top, left }));
  return steps.conv3x3InputGradient(draw.values([n, out, height, width]), weight, windows);
};

/** A random program of each step kind. */
export const PROGRAMS: Record<string, (draw: Draw) => Program> = {
  conv3x3: (draw) => {
    const inputs = draw.inputs();
    const out = draw.channels();
    const weight = draw.values([out, channelsOf(inputs), 3, 3]);
    const bias = draw.coin() ? draw.values([out]) : undefined;
    return steps.conv3x3(inputs, weight, { bias, relu: draw.coin() });
  },
  "conv3x3 of a plane": (draw) => {
    const plane = draw.plane();
    const { shape } = plane.tensor;
    const [n, , height, width] = shape;
    const map = draw.input([n, draw.channels(), height, width]);
    // A network may read its input again at a deeper level, beside maps.
    const inputs = [[plane], [plane, draw.window(shape)], [map, plane]][draw.whole(0, 2)];
    return steps.conv3x3(inputs, draw.values([draw.channels(), channelsOf(inputs), 3, 3]));
  },
  conv3x3_input_gradient: inputGradient(3),
  conv3x3_weight_gradient: (draw) => {
    const inputs = draw.inputs();
    const [n, , height, width] = inputs[0].tensor.shape;
    return steps.conv3x3WeightGradient(inputs, draw.values([n, draw.channels(), height, width]));
  },
  "conv3x3_weight_gradient of a plane": (draw) => {
    const plane = draw.plane();
    const [n, , height, width] = plane.tensor.shape;
    return steps.conv3x3WeightGradient([plane], draw.values([n, draw.channels(), height, width]));
  },
  pointwise: (draw) => {
    const inputs = draw.coin() ? draw.inputs() : [draw.plane()];
    const out = draw.channels();
    const weight = draw.values([out, channelsOf(inputs), 1, 1]);
    const bias = draw.coin() ? draw.values([out]) : undefined;
    return steps.conv3x3(inputs, weight, { bias, relu: draw.coin() });
  },
  pointwise_input_gradient: inputGradient(1),
  pointwise_weight_gradient: (draw) => {
    const inputs = draw.coin() ? draw.inputs() : [draw.plane()];
    const [n, , height, width] = inputs[0].tensor.shape;
    const dy = draw.values([n, draw.channels(), height, width]);
    return steps.conv3x3WeightGradient(inputs, dy, 1);
  },
  relu_gradient: (draw) => {
    const shape = draw.largeMap();
    const initial = draw.coin() ? draw.values(shape) : undefined;
    return steps.reluGradient(draw.input(shape), draw.values(shape), initial);
  },
  gate: (draw) => {
    const shape = draw.largeMap();
    const [n, , height, width] = shape;
    return steps.gate(draw.input(shape), draw.input([n, 1, height, width]));
  },
  gate_gradient: (draw) => {
    const shape = draw.largeMap();
    const [n, , height, width] = shape;
    const gate = draw.input([n, 1, height, width]);
    return steps.gateGradient(draw.input(shape), gate, draw.values(shape));
  },
  avgpool2: (draw) => steps.avgPool2(draw.values(draw.map(draw.whole(1, 3), 2))),
  batchnorm: (draw) => {
    const inputs = draw.inputs(2);
    const out = draw.channels();
    const side = draw.coin() ? 3 : 1;
    const weight = draw.values([out, channelsOf(inputs), side, side]);
    return steps.batchNorm(inputs, weight, draw.normParameters(out));
  },
  batchnorm_eval: (draw) => steps.batchNormEval(draw.normParameters(draw.channels())),
  batchnorm_gradient: (draw) => {
    const shape = draw.largeMap();
    return steps.batchNormGradient(draw.input(shape, true), draw.values(shape), draw.coin());
  },
  groupnorm: (draw) => {
    const shape = draw.map(undefined, 2);
    const channels = shape[1];
    const gamma = draw.values([channels], 2);
    const beta = draw.values([channels]);
    const settings = { groups: draw.groups(channels), gamma, beta, relu: draw.coin() };
    return steps.groupNorm(draw.values(shape), settings);
  },
  groupnorm_gradient: (draw) => {
    const shape = draw.largeMap();
    const [n, channels] = shape;
    // Grid values and exact norms: every engine decides alike where ReLU passes.
    const norms = Array.from({ length: n }, () => [...draw.norm(channels).data]);
    const norm = tensorOf([4 * n, channels], (index) => norms.flat()[index]);
    const known = { groups: draw.groups(channels), relu: draw.coin() };
    return steps.groupNormGradient({ x: draw.grid(shape), norm, dy: draw.values(shape), ...known });
  },
  dropout: (draw) => {
    const shape = draw.map();
    const factors = tensorOf(shape.slice(0, 2), () => draw.coin() ? 0 : 4 / 3);
    return steps.dropout(draw.input(shape), factors);
  },
  element_dropout: (draw) => {
    const words = tensorOf([8], () => draw.whole(0, 65535));
    return steps.elementDropout(draw.input(draw.map()), words, draw.coin() ? 0.25 : 0.6);
  },
  fold: (draw) => {
    const split = Array.from({ length: draw.whole(1, 3) }, () => draw.channels());
    const out = draw.channels();
    const side = draw.coin() ? 3 : 1;
    const weight = draw.values([out, split.reduce((a, b) => a + b), side, side]);
    return steps.fold(weight, split, draw.normParameters(out));
  },
  sum: (draw) => {
    const shape = draw.map();
    const inputs = Array.from({ length: draw.whole(0, 3) }, () => draw.input(shape));
    return steps.sum(shape, inputs, draw.coin() ? draw.grid(shape) : undefined);
  },
  maxpool2: (draw) => steps.maxPool2(draw.input(draw.map(undefined, 2))),
  maxpool2_gradient: (draw) => {
    const [n, channels, height, width] = draw.map(undefined, 2);
    const dy = draw.values([n, channels, height >> 1, width >> 1]);
    const initial = draw.values([n, channels, height, width]);
    return steps.maxPool2Gradient(draw.input(initial.shape), dy, initial);
  },
  convtranspose2: (draw) => {
    const shape = draw.map();
    const out = draw.channels();
    const weight = draw.values([shape[1], out, 2, 2]);
    return steps.convTranspose2(draw.input(shape), weight, draw.values([out]));
  },
  convtranspose2_input_gradient: (draw) => {
    const [n, channels, height, width] = draw.map();
    const out = draw.channels();
    const dy = draw.values([n, out, 2 * height, 2 * width]);
    return steps.convTranspose2InputGradient(dy, draw.values([channels, out, 2, 2]));
  },
  convtranspose2_weight_gradient: (draw) => {
    const shape = draw.map();
    const [n, , height, width] = shape;
    const dy = draw.values([n, draw.channels(), 2 * height, 2 * width]);
    return steps.convTranspose2WeightGradient(draw.input(shape), dy);
  },
  upsample2: (draw) => steps.upsample2(draw.input(draw.map())),
  upsample2_gradient: (draw) => {
    const [n, channels, height, width] = draw.map();
    return steps.upsample2Gradient(draw.values([n, channels, 2 * height, 2 * width]));
  },
  conv1x1: (draw) => {
    const shape = draw.map();
    const classes = draw.whole(1, 3);
    const weight = draw.values([classes, shape[1], 1, 1]);
    return steps.conv1x1(draw.input(shape), weight, draw.values([classes]));
  },
  conv1x1_gradient: (draw) => {
    const shape = draw.map();
    const [n, channels, height, width] = shape;
    const classes = draw.whole(1, 3);
    const weight = draw.values([classes, channels, 1, 1]);
    return steps.conv1x1Gradient(
      draw.input(shape),
      weight,
      draw.values([n, classes, height, width]),
    );
  },
  gradient_norm: (draw) => {
    const layer = (outChannels: number, scale = 1) => {
      const shape = draw.map();
      const [n, , height, width] = shape;
      const dy = draw.values([n, outChannels, scale * height, scale * width]);
      return { input: draw.input(shape), dy };
    };
    const shape = draw.map();
    const layers = {
      conv1x1: layer(draw.whole(1, 3)),
      convTranspose2: layer(draw.channels(), 2),
      conv3x3: layer(draw.channels()),
      norm: { input: draw.input(shape, true), dy: draw.values(shape) },
    };
    return steps.gradientNorm(layers, draw.whole(1, 40) / 8);
  },
  normalise: (draw) => {
    const [n, , height, width] = draw.map();
    const data = Uint8Array.from({ length: n * height * width }, () => draw.whole(0, 255));
    return steps.normalise({ shape: [n, height, width], data }, 0.485, 0.229);
  },
  boundary: (draw) => {
    const mask = draw.between(draw.largeMap(draw.whole(1, 2)), 0, 1);
    return steps.boundary(mask, 2 * draw.whole(0, 9) + 1);
  },
  loss: (draw) => {
    const logits = draw.values(draw.largeMap(draw.whole(1, 2)), 4);
    const mask = draw.between(logits.shape, 0, 1);
    return steps.loss(logits, mask, draw.coin() || logits.data.length > 8192);
  },
  "loss of weighted terms": (draw) => {
    const logits = draw.values(draw.largeMap(draw.whole(1, 2)), 4);
    const mask = draw.between(logits.shape, 0, 1);
    const first = draw.whole(0, ALL_TERMS.length - 1);
    const terms = [...ALL_TERMS.slice(first), ...ALL_TERMS.slice(0, first)]
      .filter(() => draw.coin()).slice(0, 4)
      .map((term) => ({ ...term, weight: draw.whole(1, 12) / 4 }));
    const some = terms.length > 0 ? terms : [ALL_TERMS[0]];
    const initial = draw.coin() ? draw.values([1 + some.length]) : undefined;
    return steps.loss(logits, mask, true, some, { share: draw.whole(1, 8) / 8, initial });
  },
  overlap: (draw) => {
    // The values include 0 and 0.5; neither counts as inside.
    const logits = tensorOf(draw.map(draw.whole(1, 2)), () => draw.whole(-8, 8) / 4);
    const mask = tensorOf(logits.shape, () => draw.whole(0, 8) / 8);
    return steps.overlap(logits, mask);
  },
  ...Object.fromEntries(
    (Object.keys(OPTIMIZERS) as OptimizerName[]).map((rule) => [
      `update by ${rule}`,
      (draw: Draw) => drawUpdate(draw, rule),
    ]),
  ),
  accumulate: (draw) => {
    const batches = draw.whole(2, 9);
    const added = draw.coin() ? 0 : draw.whole(1, batches - 1);
    const gradients = drawLayouts(draw).map((layout) => ({
      ...layout,
      g: draw.values(layout.shape),
      // What an earlier step left must not matter to the first batch of this one.
      accumulated: added === 0 ? tensorOf(layout.shape, () => NaN) : draw.values(layout.shape),
    }));
    return steps.accumulate(gradients, { batches, added });
  },
  average: (draw) => {
    const averaged = drawLayouts(draw).map((layout) => ({
      ...layout,
      value: draw.values(layout.shape),
      average: draw.values(layout.shape),
    }));
    return steps.average(averaged, { decay: 0.99, t: draw.whole(1, draw.coin() ? 6 : 2000) });
  },
};

/** A parameter of each layout. */
function drawLayouts(draw: Draw): { kind: TensorKind; shape: number[]; split?: number[] }[] {
  const [a, b, c] = [draw.channels(), draw.channels(), draw.channels()];
  return [
    { kind: "vector", shape: [a] },
    { kind: "conv3x3", shape: [a, b, 3, 3], split: [b] },
    { kind: "conv3x3", shape: [a, b + c, 3, 3], split: [b, c] },
    { kind: "convtranspose2", shape: [a, b, 2, 2] },
    { kind: "conv1x1", shape: [1, b, 1, 1] },
  ];
}

function drawUpdate(draw: Draw, rule: OptimizerName): Program {
  const layouts = drawLayouts(draw);
  const { slots } = OPTIMIZERS[rule];
  const parameters = layouts.map(({ kind, shape, split }) => {
    // With gradients this small, Adam's epsilon of 1e-8 matters.
    const size = draw.coin() ? 1 : 1e-7;
    // Starting at 0, the result is the step itself.
    const p = draw.values(shape, draw.coin() ? 1 : 0);
    const g = draw.values(shape, size);
    const values = slots.map((slot) => [
      slot,
      slot.endsWith("_sq")
        ? draw.between(shape, 0, 0.1 * size ** 2)
        : draw.values(shape, 0.1 * size),
    ]);
    return { kind, split, p, g, slots: Object.fromEntries(values), decays: shape.length > 1 };
  });
  return steps.update(parameters, {
    rule,
    rate: 1e-3,
    t: draw.whole(1, draw.coin() ? 6 : 1000),
    ...(rule === "sgd" && { hyper: { weightDecay: 0.1 } }),
    ...(rule !== "adam" && { clipNorm: draw.whole(1, 40) / 8 }),
  });
}
