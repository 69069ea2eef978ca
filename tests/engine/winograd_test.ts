/**
 * 3x3 convolutions of the CPU engine, by Winograd's algorithm and directly, on inputs made to break
 * them, against float64.
 *
 * The yardstick of an output's error is its *mass*: the sum of |weight| |input| over its products.
 * One rounding of one product moves the output by up to 2^-24 of it, however much cancels. (The
 * reference's tolerances are 4e-6 times the largest result, 67 such units; where results do not
 * cancel, mass and result are alike.) Winograd's algorithm mixes the 6x6 inputs of a tile, so its
 * yardstick is the largest mass within reach of the tile, and the bound is larger.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../../lib/core/random.ts";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import {
  absolute,
  FILLS,
  largestNear,
  worstError,
  zeroSumWeights,
} from "../support/adversarial.ts";
import { fastEngines, referenceEngine } from "../support/engines.ts";
import { usesWinograd } from "../support/kernels_of.ts";
import * as steps from "../support/one_step.ts";
import { type Program, run } from "../support/step_program.ts";

/**
 * The largest errors allowed, in roundings of the mass: twice the worst of all cases below as
 * measured (in brackets). Only long sums of one sign, in the weight gradient of large means, pass
 * the reference's 67; PyTorch's own float32 sums do so too.
 */
const BOUNDS = {
  winograd: {
    forward: 45, /* 22.3 */
    "input gradient": 45, /* 22.5 */
    "weight gradient": 111, /* 55.5, on the smallest map */
  },
  direct: {
    forward: 17, /* 8.1 */
    "input gradient": 17, /* 8.3 */
    "weight gradient": 75, /* 36.9 */
  },
} as const;

/** How far apart two pixels of a tile's 6x6 inputs and 4x4 outputs can be. */
const REACH = 4;

type Algorithm = keyof typeof BOUNDS;

interface Shape {
  readonly n: number;
  /** Channels of the sources; the second one is smaller and lies inside the frame. */
  readonly sources: readonly number[];
  readonly out: number;
  readonly height: number;
  readonly width: number;
  readonly algorithm: Algorithm;
  /** If the gradients have another. */
  readonly ofGradients?: Algorithm;
}

const SHAPES: readonly Shape[] = [
  { n: 1, sources: [32], out: 40, height: 61, width: 53, algorithm: "winograd" },
  { n: 2, sources: [24], out: 33, height: 61, width: 53, algorithm: "winograd" },
  { n: 3, sources: [24, 17], out: 24, height: 45, width: 39, algorithm: "winograd" },
  { n: 1, sources: [8], out: 8, height: 231, width: 239, algorithm: "winograd" },
  { n: 1, sources: [96, 32], out: 130, height: 29, width: 30, algorithm: "winograd" },
  {
    n: 2,
    sources: [24],
    out: 40,
    height: 21,
    width: 19,
    algorithm: "direct",
    ofGradients: "winograd",
  },
  { n: 2, sources: [24], out: 40, height: 11, width: 10, algorithm: "direct" },
  { n: 3, sources: [7, 9], out: 5, height: 33, width: 26, algorithm: "direct" },
  { n: 1, sources: [1], out: 16, height: 61, width: 53, algorithm: "direct" },
];

const DIRECTIONS = ["forward", "input gradient", "weight gradient"] as const;
type Direction = typeof DIRECTIONS[number];

/**
 * A second source leaves so many rows and columns free at the top and left, and one at the bottom
 * and right.
 */
const [TOP, LEFT] = [2, 1];

function windowsOf({ n, sources, height, width }: Shape) {
  return sources.map((channels, index) =>
    index === 0
      ? { shape: [n, channels, height, width] }
      : { shape: [n, channels, height - TOP - 1, width - LEFT - 1], top: TOP, left: LEFT }
  );
}

/** The tensors of a case by their role. */
interface Case {
  readonly x: readonly Tensor[];
  readonly w: Tensor;
  readonly dy: Tensor;
}

function draw(shape: Shape, fill: string): Case {
  const random = new RandomStream(SHAPES.indexOf(shape), fill);
  const { n, sources, out, height, width } = shape;
  const channels = sources.reduce((a, b) => a + b);
  return {
    x: windowsOf(shape).map((window) => FILLS[fill](window.shape, random)),
    w: zeroSumWeights([out, channels, 3, 3], random),
    dy: FILLS[fill]([n, out, height, width], random),
  };
}

function programOf(direction: Direction, shape: Shape, { x, w, dy }: Case): Program {
  const windows = windowsOf(shape);
  const inputs = x.map((tensor, index) => ({ ...windows[index], tensor }));
  switch (direction) {
    case "forward":
      return steps.conv3x3(inputs, w);
    case "input gradient":
      return steps.conv3x3InputGradient(dy, w, windows);
    case "weight gradient":
      return steps.conv3x3WeightGradient(inputs, dy);
  }
}

function algorithmOf({ algorithm, ofGradients }: Shape, direction: Direction): Algorithm {
  return direction === "forward" ? algorithm : ofGradients ?? algorithm;
}

for (const direction of DIRECTIONS) {
  for (const shape of SHAPES) {
    const { n, sources, out, height, width } = shape;
    const algorithm = algorithmOf(shape, direction);
    const title = `${direction}, ${n} x ${sources.join(" + ")} to ${out}, ${height}x${width}`;
    Deno.test(`${title} bounds its errors (${algorithm})`, async (test) => {
      for (const fill of Object.keys(FILLS)) {
        const given = draw(shape, fill);
        const program = programOf(direction, shape, given);
        assertEquals(usesWinograd(program.plan), algorithm === "winograd");
        const expected = await run(referenceEngine, program);
        const masses = await massesOf(direction, shape, given);
        for (const { label, engine } of fastEngines) {
          await test.step(`${fill} on ${label}`, async () => {
            const got = await run(engine, program);
            for (const name of program.wanted) {
              const worst = worstError(got[name], expected[name], masses[name]);
              assert(
                worst <= BOUNDS[algorithm][direction],
                `${name} is off by ${worst} roundings of its mass`,
              );
            }
          });
        }
      }
    });
  }
}

/**
 * Winograd's algorithm hands what one pixel holds to a whole tile: no further, and nothing to other
 * images or channels.
 */
const SPIKED: Shape = SHAPES[2];
const SPIKE = { image: 1, channel: 3, row: 22, column: 17 };

for (const { label, engine } of fastEngines) {
  for (const spike of [1e30, NaN]) {
    for (const direction of ["forward", "input gradient"] as const) {
      Deno.test(`a pixel of ${spike} reaches one tile of the ${direction} on ${label}`, async () => {
        const given = draw(SPIKED, "values around zero");
        const program = programOf(direction, SPIKED, given);
        assert(usesWinograd(program.plan));
        const before = await run(engine, program);
        const { data, shape: [, channels, height, width] } = direction === "forward"
          ? given.x[0]
          : given.dy;
        const { image, channel, row, column } = SPIKE;
        data[((image * channels + channel) * height + row) * width + column] = spike;
        const after = await run(engine, program);
        // Where the second target's window begins in the frame; forward there is none.
        const offsets = direction === "forward" ? [[0, 0]] : [[0, 0], [TOP, LEFT]];
        for (const [index, name] of program.wanted.entries()) {
          const [top, left] = offsets[index];
          const strays = countPixels(after[name], (value, at, n, y, x) => {
            const isNear = n === image && Math.abs(y + top - row) <= REACH &&
              Math.abs(x + left - column) <= REACH;
            return !isNear && value !== before[name].data[at];
          });
          assertEquals(strays, 0, `${name} changes far from the pixel`);
          const changed = countPixels(after[name], (value, at) => value !== before[name].data[at]);
          assert(changed > 0);
        }
      });
    }
    Deno.test(`a pixel of ${spike} stays in its channel's weight gradient on ${label}`, async () => {
      const given = draw(SPIKED, "values around zero");
      const program = programOf("weight gradient", SPIKED, given);
      assert(usesWinograd(program.plan));
      const before = (await run(engine, program)).dw.data;
      const { image, channel, row, column } = SPIKE;
      const { data, shape: [, channels, height, width] } = given.x[0];
      data[((image * channels + channel) * height + row) * width + column] = spike;
      const { dw } = await run(engine, program);
      const strays = (dw.data as Float32Array).findIndex((value, index) =>
        Math.floor(index / 9) % dw.shape[1] !== channel && value !== before[index]
      );
      assertEquals(strays, -1, "another channel's weights change");
    });
  }
}

/** Counts the pixels of `[n, c, h, w]` of which `isOne` holds. */
function countPixels(
  { shape: [, channels, height, width], data }: Tensor,
  isOne: (value: number, index: number, n: number, y: number, x: number) => boolean,
): number {
  let count = 0;
  for (let index = 0; index < data.length; index++) {
    const y = Math.floor(index / width) % height;
    const n = Math.floor(index / (channels * height * width));
    if (isOne(Number(data[index]), index, n, y, index % width)) count++;
  }
  return count;
}

/** The same sums over absolute values; for Winograd's algorithm the largest within reach. */
async function massesOf(direction: Direction, shape: Shape, { x, w, dy }: Case): Promise<Tensors> {
  const given = { x: x.map(absolute), w: absolute(w), dy: absolute(dy) };
  const masses = await run(referenceEngine, programOf(direction, shape, given));
  if (shape.algorithm === "direct") return masses;
  return Object.fromEntries(
    Object.entries(masses).map(([name, mass]) => [name, largestNear(mass, REACH)]),
  );
}
