/**
 * Winograd's convolutions of layers with many channels, which the CPU engine computes in batches of
 * windows: held against the same layer in two halves, each small enough to be computed window by
 * window (winograd_test.ts holds that against float64).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../../lib/core/random.ts";
import type { Tensor } from "../../lib/core/tensor.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import { batchesOf } from "../../lib/engine/cpu/window_batches.ts";
import { absolute, FILLS, worstError } from "../support/adversarial.ts";
import { kernelsOf } from "../support/kernels_of.ts";
import * as steps from "../support/one_step.ts";
import { type Program, run, tensorOf } from "../support/step_program.ts";

const engine = await createCpuEngine({ threads: 2 });
const fill = FILLS["values around zero"];

/**
 * Images of 11 x 11 tiles, which stick out on both sides: two batches, whose border lies within an
 * image.
 */
const MAP = { n: 7, height: 43, width: 42 } as const;
const WIDE = 160;

/** How often each kernel is called. */
function countsOf({ plan }: Program): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kernel of kernelsOf(plan)) counts[kernel] = (counts[kernel] ?? 0) + 1;
  return counts;
}

/** Entries `first` to `last` of an axis, 0 or 1. */
function part({ shape, data }: Tensor, axis: 0 | 1, first: number, last: number) {
  const row = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const extents = shape.with(axis, last - first);
  const size = (last - first) * row;
  return tensorOf(extents, (index) => {
    const outer = Math.floor(index / size);
    return Number(data[outer * shape[axis] * row + first * row + index % size]);
  });
}

Deno.test("conv3x3 in batches gives the bits of its halves in windows", async () => {
  const random = new RandomStream(1, "batches");
  const x = { tensor: fill([MAP.n, WIDE, MAP.height, MAP.width], random) };
  const w = fill([WIDE, WIDE, 3, 3], random);
  const whole = steps.conv3x3([x], w);
  assertEquals(countsOf(whole), {
    winogradWeights: 1,
    winogradInputs: 2,
    winogradProducts: 2,
    winogradOutputs: 2,
  });
  const { y } = await run(engine, whole);
  for (const [first, last] of [[0, WIDE / 2], [WIDE / 2, WIDE]]) {
    const half = steps.conv3x3([x], part(w, 0, first, last));
    assertEquals(countsOf(half), { winogradWeights: 1, conv3x3Winograd: 1 });
    assertEquals((await run(engine, half)).y, part(y, 1, first, last));
  }
});

Deno.test("conv3x3_input_gradient in batches gives the bits of its halves in windows", async () => {
  const random = new RandomStream(2, "batches");
  const dy = fill([MAP.n, WIDE, MAP.height, MAP.width], random);
  const w = fill([WIDE, WIDE, 3, 3], random);
  // The second target lies inside the frame, as a skip connection's smaller neighbour does.
  const windows = [
    { shape: [MAP.n, WIDE / 2, MAP.height, MAP.width] },
    { shape: [MAP.n, WIDE / 2, MAP.height - 2, MAP.width - 3], top: 1, left: 2 },
  ];
  const whole = steps.conv3x3InputGradient(dy, w, windows);
  assertEquals(countsOf(whole).winogradOutputs, 2);
  const got = await run(engine, whole);
  for (const [index, window] of windows.entries()) {
    const first = index * WIDE / 2;
    // A frame's size is that of its gradient: the window keeps its place in it.
    const half = steps.conv3x3InputGradient(dy, part(w, 1, first, first + WIDE / 2), [window]);
    assertEquals(countsOf(half).conv3x3Winograd, 1);
    assertEquals((await run(engine, half)).dx0, got[`dx${index}`]);
  }
});

Deno.test("conv3x3_weight_gradient in batches is that of its halves in shares", async () => {
  const random = new RandomStream(3, "batches");
  const [channels, out, images] = [128, 136, 5];
  const x = fill([images, channels, MAP.height, MAP.width], random);
  const dy = fill([images, out, MAP.height, MAP.width], random);
  const whole = steps.conv3x3WeightGradient([{ tensor: x }], dy);
  assertEquals(countsOf(whole), {
    winogradInputs: 2,
    winogradGradients: 2,
    winogradWeightProducts: 2,
    winogradWeightGradient: 1,
  });
  const { dw } = await run(engine, whole);
  const mass = (await run(
    engine,
    steps.conv3x3WeightGradient([{ tensor: absolute(x) }], absolute(dy)),
  )).dw;
  for (const [first, last] of [[0, 72], [72, out]]) {
    const half = steps.conv3x3WeightGradient([{ tensor: x }], part(dy, 1, first, last));
    assertEquals(countsOf(half), {
      conv3x3WinogradWeightGradient: 1,
      winogradWeightGradient: 1,
    });
    const expected = (await run(engine, half)).dw;
    const got = part(dw, 0, first, last);
    const masses = part(mass, 0, first, last);
    // Sums in another order: a few roundings of what is added.
    const worst = worstError(got, expected, masses);
    assert(worst > 0 && worst < 16, `off by ${worst} roundings of its mass`);
  }
});

Deno.test("batchesOf() takes every window once, in order, and no more slots than asked for", () => {
  for (
    const { images, ofImage, most, count } of [
      { images: 3, ofImage: [72, 72, 56], most: 400, count: 2 },
      { images: 1, ofImage: [72, 72, 56, 28], most: 100, count: 3 },
      // A window may be larger than what was asked for: it is a batch.
      { images: 2, ofImage: [72, 4], most: 50, count: 4 },
      { images: 5, ofImage: [16], most: 1000, count: 1 },
    ]
  ) {
    const slots = Array.from({ length: images }, () => ofImage).flat();
    const batches = batchesOf(images, ofImage, most);
    assertEquals(batches.length, count);
    let next = 0;
    for (const batch of batches) {
      assertEquals(batch.first, next);
      next += batch.windows;
      const sum = slots.slice(batch.first, next).reduce((a, b) => a + b);
      assertEquals(batch.slots, sum);
      assert(sum <= most || batch.windows === 1);
    }
    assertEquals(next, slots.length);
  }
});
