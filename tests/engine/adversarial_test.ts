/**
 * The sums of transposed and 1x1 convolutions and of batch norm, on inputs made to break them,
 * against float64; 3x3 convolutions have their own page, winograd_test.ts, which says what the
 * yardstick is.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../../lib/core/random.ts";
import type { Tensor } from "../../lib/core/tensor.ts";
import { absolute, FILLS, ROUNDING, worstError, zeroSumWeights } from "../support/adversarial.ts";
import { fastEngines, referenceEngine } from "../support/engines.ts";
import { usesWinograd } from "../support/kernels_of.ts";
import * as steps from "../support/one_step.ts";
import { type Program, run, tensorOf } from "../support/step_program.ts";

/** Transposed and 1x1 convolutions of `[n, channels, h, w]` to `out` channels. */
const [N, CHANNELS, OUT, HEIGHT, WIDTH] = [2, 40, 24, 37, 43];

interface Layer {
  /** Shapes of input, weight, bias and output. */
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly b: readonly number[];
  readonly y: readonly number[];
  /** Its results from tensors of those shapes. */
  programs(x: Tensor, w: Tensor, b: Tensor, dy: Tensor): Program[];
  /**
   * The largest errors allowed, in roundings of the mass: twice the worst as measured (in
   * brackets).
   */
  readonly bounds: Readonly<Record<string, number>>;
}

const LAYERS: Readonly<Record<string, Layer>> = {
  "a transposed convolution": {
    x: [N, CHANNELS, HEIGHT, WIDTH],
    w: [CHANNELS, OUT, 2, 2],
    b: [OUT],
    y: [N, OUT, 2 * HEIGHT, 2 * WIDTH],
    programs: (tensor, w, b, dy) => [
      steps.convTranspose2({ tensor }, w, b),
      steps.convTranspose2InputGradient(dy, w),
      steps.convTranspose2WeightGradient({ tensor }, dy),
    ],
    bounds: { y: 17, /* 8.2 */ dx: 18, /* 8.8 */ dw: 23, /* 11.3 */ db: 28 /* 13.7 */ },
  },
  "a 1x1 convolution": {
    x: [N, CHANNELS, HEIGHT, WIDTH],
    w: [3, CHANNELS, 1, 1],
    b: [3],
    y: [N, 3, HEIGHT, WIDTH],
    programs: (tensor, w, b, dy) => [
      steps.conv1x1({ tensor }, w, b),
      steps.conv1x1Gradient({ tensor }, w, dy),
    ],
    bounds: { y: 9, /* 4.5 */ dx: 6, /* 2.6 */ dw: 43, /* 21.2 */ db: 4 /* 1.7 */ },
  },
};

for (const [name, layer] of Object.entries(LAYERS)) {
  for (const { label, engine } of fastEngines) {
    Deno.test(`${name} on ${label} bounds its errors, forward and backward`, async (test) => {
      for (const [fill, draw] of Object.entries(FILLS)) {
        await test.step(fill, async () => {
          const random = new RandomStream(1, fill);
          const given = [
            draw(layer.x, random),
            zeroSumWeights(layer.w, random),
            tensorOf(layer.b, () => 2 * random.uniform() - 1),
            draw(layer.y, random),
          ] as const;
          const programs = layer.programs(...given);
          const [x, w, b, dy] = given.map(absolute);
          const masses = layer.programs(x, w, b, dy);
          for (const [index, program] of programs.entries()) {
            const got = await run(engine, program);
            const expected = await run(referenceEngine, program);
            const mass = await run(referenceEngine, masses[index]);
            for (const result of program.wanted) {
              const worst = worstError(got[result], expected[result], mass[result]);
              assert(
                worst <= layer.bounds[result],
                `${result} is off by ${worst} roundings of its mass`,
              );
            }
          }
        });
      }
    });
  }
}

/**
 * Batch norm's statistics, of what the convolution before it made: windows of Winograd's algorithm
 * and strips of the direct one.
 */
const NORMS = [
  { shape: [2, 32, 61, 53], out: 40, algorithm: "winograd" },
  { shape: [3, 7, 45, 39], out: 7, algorithm: "direct" },
] as const;

/**
 * Roundings of the mean |value|, and of 1 / standard deviation: twice the worst as measured (in
 * brackets).
 */
const MEAN_BOUND = 8; /* 3.8 */
const RSTD_BOUNDS = { winograd: 118, /* 58.8 */ direct: 55 /* 27.1 */ };
const EPSILON = 1e-5;

for (const { shape, out, algorithm } of NORMS) {
  for (const { label, engine } of fastEngines) {
    Deno.test(`batch norm on ${label} finds mean and deviation (${algorithm})`, async (test) => {
      for (const [fill, draw] of Object.entries(FILLS)) {
        await test.step(fill, async () => {
          const random = new RandomStream(2, fill);
          const constant = (value: number) => tensorOf([out], () => value);
          // The direct algorithm copies: large means stay.
          const weight = algorithm === "direct"
            ? steps.copyingWeight(out)
            : tensorOf([out, shape[1], 3, 3], () => random.uniform());
          const program = steps.batchNorm([{ tensor: draw(shape, random) }], weight, {
            gamma: constant(1),
            beta: constant(0),
            runningMean: constant(0),
            runningVar: constant(1),
          });
          assertEquals(usesWinograd(program.plan), algorithm === "winograd");
          const { y, norm } = await run(engine, program);
          for (let channel = 0; channel < out; channel++) {
            const { mean, size, rstd } = statisticsOf(y, channel);
            const off = Math.abs(Number(norm.data[channel]) - mean) / (ROUNDING * size);
            const gotRstd = Number(norm.data[out + channel]);
            const rstdOff = Math.abs(gotRstd / rstd - 1) / ROUNDING;
            assert(off <= MEAN_BOUND, `the mean of channel ${channel} is off by ${off} roundings`);
            assert(
              rstdOff <= RSTD_BOUNDS[algorithm],
              `1 / deviation of channel ${channel} is off by ${rstdOff} roundings`,
            );
          }
        });
      }
    });
  }
}

/** Groups of five channels; a group's variance is taken over channels of any scale. */
const GROUPED = { shape: [2, 15, 45, 39], groups: 3 };

for (const { label, engine } of fastEngines) {
  Deno.test(`group norm on ${label} finds mean and deviation`, async (test) => {
    const { shape, groups } = GROUPED;
    const [n, channels] = shape;
    const inGroup = channels / groups;
    for (const [fill, draw] of Object.entries(FILLS)) {
      await test.step(fill, async () => {
        const x = draw(shape, new RandomStream(3, fill));
        const [gamma, beta] = [1, 0].map((value) => tensorOf([channels], () => value));
        const { norm } = await run(engine, steps.groupNorm(x, { groups, gamma, beta }));
        // A group of an image as one channel of one image.
        const regrouped = { shape: [1, n * groups, inGroup * shape[2], shape[3]], data: x.data };
        for (let index = 0; index < n * groups; index++) {
          const { mean, size, rstd } = statisticsOf(regrouped, index);
          const at = 4 * channels * Math.floor(index / groups) + inGroup * (index % groups);
          const off = Math.abs(Number(norm.data[at]) - mean) / (ROUNDING * size);
          const rstdOff = Math.abs(Number(norm.data[at + channels]) / rstd - 1) / ROUNDING;
          assert(off <= MEAN_BOUND, `the mean of group ${index} is off by ${off} roundings`);
          assert(
            rstdOff <= RSTD_BOUNDS.direct,
            `1 / deviation of group ${index} is off by ${rstdOff} roundings`,
          );
        }
      });
    }
  });
}

/** Mean, mean |value| and 1 / standard deviation of a channel of `[n, c, h, w]`, in float64. */
function statisticsOf({ shape: [n, channels, height, width], data }: Tensor, channel: number) {
  const size = height * width;
  const values = Array.from(
    { length: n },
    (_, image) => [
      ...(data as Float32Array).subarray(
        (image * channels + channel) * size,
        (image * channels + channel + 1) * size,
      ),
    ],
  ).flat();
  const average = (of: (value: number) => number) =>
    values.reduce((sum, value) => sum + of(value), 0) / values.length;
  const mean = average((value) => value);
  const variance = average((value) => (value - mean) ** 2);
  return { mean, size: average(Math.abs), rstd: 1 / Math.sqrt(variance + EPSILON) };
}
