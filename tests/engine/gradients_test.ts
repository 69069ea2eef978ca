/**
 * Every backward step of the float64 engine against finite differences of its forward step: the
 * derivative of sum(y * dy) by each input, (f(x + h) - f(x - h)) / 2h.
 *
 * @module
 */
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import type { LossTerm } from "../../lib/plan/losses.ts";
import { runReference } from "../reference/backend.ts";
import { assertCloseNumber, scaleOf } from "../support/compare.ts";
import * as steps from "../support/one_step.ts";
import { Draw } from "../support/random_programs.ts";
import type { Program } from "../support/step_program.ts";

const TRIALS = 8;
const LIMITS = { channels: 3, side: 5, n: 2 };
/** Differences are taken at so many places of each input. */
const PLACES = 12;

/** A forward step as a function of its inputs, and what the backward steps say. */
interface Check {
  readonly inputs: Tensors;
  /** The number whose derivatives are checked. */
  readonly forward: (inputs: Tensors) => number;
  /** By input. */
  readonly gradients: Tensors;
}

const go = ({ plan, tensors, wanted }: Program) => runReference(plan, tensors, wanted);

function weighted(y: Tensor, dy: Tensor): number {
  return (y.data as Float64Array).reduce((sum, value, i) => sum + value * Number(dy.data[i]), 0);
}

/** A convolution of two sources, of which the first has the result's size. */
function checkOfConvolution(
  draw: Draw,
  [first, second]: readonly { shape: number[]; top?: number; left?: number }[],
  side: 1 | 3,
): Check {
  const [n, , height, width] = first.shape;
  const out = draw.channels();
  const inputs = {
    x0: draw.values(first.shape),
    x1: draw.values(second.shape),
    w: draw.values([out, first.shape[1] + second.shape[1], side, side]),
  };
  const dy = draw.values([n, out, height, width]);
  const sources = ({ x0, x1 }: Tensors) => [
    { ...first, tensor: x0 },
    { ...second, tensor: x1 },
  ];
  const { dx0, dx1 } = go(steps.conv3x3InputGradient(dy, inputs.w, [first, second]));
  const { dw } = go(steps.conv3x3WeightGradient(sources(inputs), dy, side));
  return {
    inputs,
    forward: (given) => weighted(go(steps.conv3x3(sources(given), given.w)).y, dy),
    gradients: { x0: dx0, x1: dx1, w: dw },
  };
}

const CHECKS: Record<string, (draw: Draw) => Check> = {
  conv3x3: (draw) => {
    const shape = draw.map(undefined, 2);
    const [n, , height, width] = shape;
    const windows = [{ shape }, {
      shape: [n, draw.channels(), height - 1, width - 1],
      top: draw.whole(0, 1),
      left: draw.whole(0, 1),
    }];
    return checkOfConvolution(draw, windows, 3);
  },
  "conv3x3 that normalises what it reads": (draw) => {
    const source = draw.input(draw.map(), true);
    const [n, channels, height, width] = source.tensor.shape;
    const inputs = { w: draw.values([draw.channels(), channels, 3, 3]) };
    const dy = draw.values([n, inputs.w.shape[0], height, width]);
    return {
      inputs,
      forward: ({ w }) => weighted(go(steps.conv3x3([source], w)).y, dy),
      gradients: { w: go(steps.conv3x3WeightGradient([source], dy)).dw },
    };
  },
  convtranspose2: (draw) => {
    const shape = draw.map();
    const [n, channels, height, width] = shape;
    const out = draw.channels();
    const inputs = {
      x: draw.values(shape),
      w: draw.values([channels, out, 2, 2]),
      b: draw.values([out]),
    };
    const dy = draw.values([n, out, 2 * height, 2 * width]);
    const { dx } = go(steps.convTranspose2InputGradient(dy, inputs.w));
    const { dw, db } = go(steps.convTranspose2WeightGradient({ tensor: inputs.x }, dy));
    return {
      inputs,
      forward: ({ x, w, b }) => weighted(go(steps.convTranspose2({ tensor: x }, w, b)).y, dy),
      gradients: { x: dx, w: dw, b: db },
    };
  },
  pointwise: (draw) => {
    const shape = draw.map(undefined, 2);
    const [n, , height, width] = shape;
    const windows = [{ shape }, { shape: [n, draw.channels(), height - 1, width - 1], top: 1 }];
    return checkOfConvolution(draw, windows, 1);
  },
  "ReLU behind a sum": (draw) => {
    const shape = draw.map();
    const inputs = { x: draw.grid(shape) };
    const dy = draw.values(shape);
    const source = (tensor: Tensor) => ({ tensor, relu: true });
    return {
      inputs,
      forward: ({ x }) => weighted(go(steps.sum(shape, [source(x)])).y, dy),
      gradients: { x: go(steps.reluGradient(source(inputs.x), dy)).dx },
    };
  },
  gate: (draw) => {
    const shape = draw.map();
    const [n, , height, width] = shape;
    const inputs = { x: draw.values(shape), g: draw.values([n, 1, height, width], 3) };
    const dy = draw.values(shape);
    const { dx, dg } = go(steps.gateGradient({ tensor: inputs.x }, { tensor: inputs.g }, dy));
    return {
      inputs,
      forward: ({ x, g }) => weighted(go(steps.gate({ tensor: x }, { tensor: g })).y, dy),
      gradients: { x: dx, g: dg },
    };
  },
  conv1x1: (draw) => {
    const shape = draw.map();
    const [n, channels, height, width] = shape;
    const out = draw.whole(1, 2);
    const inputs = {
      x: draw.values(shape),
      w: draw.values([out, channels, 1, 1]),
      b: draw.values([out]),
    };
    const dy = draw.values([n, out, height, width]);
    const { dx, dw, db } = go(steps.conv1x1Gradient({ tensor: inputs.x }, inputs.w, dy));
    return {
      inputs,
      forward: ({ x, w, b }) => weighted(go(steps.conv1x1({ tensor: x }, w, b)).y, dy),
      gradients: { x: dx, w: dw, b: db },
    };
  },
  upsample2: (draw) => {
    const inputs = { x: draw.values(draw.map()) };
    const [n, channels, height, width] = inputs.x.shape;
    const dy = draw.values([n, channels, 2 * height, 2 * width]);
    return {
      inputs,
      forward: ({ x }) => weighted(go(steps.upsample2({ tensor: x })).y, dy),
      gradients: { x: go(steps.upsample2Gradient(dy)).dx },
    };
  },
  maxpool2: (draw) => {
    const inputs = { x: draw.values(draw.map(undefined, 2)) };
    const [n, channels, height, width] = inputs.x.shape;
    const dy = draw.values([n, channels, height >> 1, width >> 1]);
    return {
      inputs,
      forward: ({ x }) => weighted(go(steps.maxPool2({ tensor: x })).y, dy),
      gradients: { x: go(steps.maxPool2Gradient({ tensor: inputs.x }, dy)).dx },
    };
  },
  "batch norm in training mode": (draw) => batchNorm(draw, false),
  "batch norm with frozen statistics": (draw) => batchNorm(draw, true),
  "group norm": (draw) => {
    const x = draw.values(draw.map(draw.whole(1, 6), 2));
    const channels = x.shape[1];
    const [gamma, beta] = [draw.values([channels]), draw.values([channels])];
    const known = { groups: draw.groups(channels), relu: draw.coin() };
    const dy = draw.values(x.shape);
    const at = ({ x, gamma, beta }: Tensors) => go(steps.groupNorm(x, { gamma, beta, ...known }));
    const inputs = { x, gamma, beta };
    const { norm } = at(inputs);
    const { dx, dgamma, dbeta } = go(steps.groupNormGradient({ x, norm, dy, ...known }));
    return {
      inputs,
      forward: (given) => weighted(at(given).y, dy),
      gradients: { x: dx, gamma: dgamma, beta: dbeta },
    };
  },
  dropout: (draw) => {
    const inputs = { x: draw.values(draw.map()) };
    const dy = draw.values(inputs.x.shape);
    const factors = draw.values(dy.shape.slice(0, 2));
    return {
      inputs,
      forward: ({ x }) => weighted(go(steps.dropout({ tensor: x }, factors)).y, dy),
      gradients: { x: go(steps.dropout({ tensor: dy }, factors)).y },
    };
  },
  element_dropout: (draw) => {
    const inputs = { x: draw.values(draw.map()) };
    const dy = draw.values(inputs.x.shape);
    const words = { shape: [8], data: Float32Array.of(1, 2, 3, 4, 5, 0, 7, 8) };
    return {
      inputs,
      forward: ({ x }) => weighted(go(steps.elementDropout({ tensor: x }, words, 0.4)).y, dy),
      gradients: { x: go(steps.elementDropout({ tensor: dy }, words, 0.4)).y },
    };
  },
  loss: (draw) => {
    const logits = draw.values(draw.map(1), 3);
    const mask = draw.between(logits.shape, 0, 1);
    return {
      inputs: { logits },
      forward: (given) => go(steps.loss(given.logits, mask)).result.data[0],
      gradients: { logits: go(steps.loss(logits, mask)).gradient },
    };
  },
  "loss of weighted terms": (draw) => {
    const logits = draw.values(draw.map(1), 3);
    const mask = draw.between(logits.shape, 0, 1);
    return lossCheck(logits, mask, WEIGHTED);
  },
  "loss of outlines": (draw) => {
    const logits = draw.values(draw.map(1), 3);
    return lossCheck(logits, draw.between(logits.shape, 0, 1), OUTLINES);
  },
};

const WEIGHTED = [{ kind: "dice", weight: 2.5 }, { kind: "bce", weight: 0.5 }] as const;

const OUTLINES = [
  { kind: "boundary", weight: 1, per: "image", parameters: { lambda: 3, side: 5 } },
] as const;

function lossCheck(logits: Tensor, mask: Tensor, terms: readonly LossTerm[]): Check {
  const program = (given: Tensor) => steps.loss(given, mask, true, terms);
  return {
    inputs: { logits },
    forward: (given) => go(program(given.logits)).result.data[0],
    gradients: { logits: go(program(logits)).gradient },
  };
}

/** Batch norm and ReLU, seen through a convolution that copies. */
function batchNorm(draw: Draw, frozen: boolean): Check {
  const x = draw.values(draw.map(undefined, 2));
  const channels = x.shape[1];
  const { gamma, beta, ...running } = draw.normParameters(channels);
  const dy = draw.values(x.shape);
  const copy = steps.copyingWeight(channels);
  const relu = draw.coin();
  const normOf = (given: Tensors) => {
    const parameters = { gamma: given.gamma, beta: given.beta, ...running };
    const program = frozen
      ? steps.batchNormEval(parameters)
      : steps.batchNorm([{ tensor: given.x }], copy, parameters);
    return go(program).norm;
  };
  const inputs = { x, gamma, beta };
  const source = { tensor: x, norm: normOf(inputs), relu };
  const { gradient, dgamma, dbeta } = go(steps.batchNormGradient(source, dy, frozen));
  return {
    inputs,
    forward: (given) => {
      const source = { tensor: given.x, norm: normOf(given), relu };
      return weighted(go(steps.conv3x3([source], copy)).y, dy);
    },
    gradients: { x: gradient, gamma: dgamma, beta: dbeta },
  };
}

/**
 * Steps, and tolerances relative to the gradient's scale. The loss rounds to float32 inside: it
 * needs a long step.
 */
const STEP: Record<string, { h: number; tolerance: number }> = {
  loss: { h: 2e-2, tolerance: 2e-3 },
  "loss of weighted terms": { h: 2e-2, tolerance: 2e-3 },
  "loss of outlines": { h: 2e-2, tolerance: 2e-3 },
};
const ELSEWHERE = { h: 1e-6, tolerance: 1e-6 };

for (const [name, checkOf] of Object.entries(CHECKS)) {
  const { h, tolerance } = STEP[name] ?? ELSEWHERE;
  Deno.test(`the gradient of ${name} agrees with finite differences`, () => {
    for (let seed = 0; seed < TRIALS; seed++) {
      const draw = new Draw(seed, LIMITS);
      const { inputs, forward, gradients } = checkOf(draw);
      for (const [input, gradient] of Object.entries(gradients)) {
        const atol = tolerance * Math.max(scaleOf(gradient), 1e-3);
        for (const place of placesOf(gradient, draw)) {
          const at = (offset: number) =>
            forward({ ...inputs, [input]: moved(inputs[input], place, offset) });
          const slope = (at(h) - at(-h)) / (2 * h);
          const got = Number(gradient.data[place]);
          const what = `seed ${seed}, d${input}[${place}] of [${gradient.shape}]`;
          assertCloseNumber(what, got, slope, atol);
        }
      }
    }
  });
}

/** All places of a small tensor, some of a larger one. */
function placesOf({ data }: Tensor, draw: Draw): number[] {
  if (data.length <= PLACES) return [...data.keys()];
  return Array.from({ length: PLACES }, () => draw.whole(0, data.length - 1));
}

function moved({ shape, data }: Tensor, place: number, offset: number): Tensor {
  const copy = Float64Array.from(data as Float32Array);
  copy[place] += offset;
  return { shape, data: copy };
}
