import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { RandomStream } from "../../../lib/core/random.ts";
import {
  smoothCurve,
  smoothField,
  smoothStep,
} from "../../../lib/dataset/phantoms/smooth_field.ts";

Deno.test("smoothField() has zero mean and unit variance", () => {
  const field = smoothField(new RandomStream(1, "field test"), 600, 500, 6, 3);
  const mean = field.reduce((a, b) => a + b) / field.length;
  const variance = field.reduce((sum, value) => sum + (value - mean) ** 2, 0) / field.length;
  assertAlmostEquals(mean, 0, 0.05);
  assertAlmostEquals(variance, 1, 0.06);
});

Deno.test("smoothField() changes slowly along a long cell and fast along a short one", () => {
  const width = 200;
  const field = smoothField(new RandomStream(2, "field test"), width, 200, 40, 4);
  const roughness = (step: number) => {
    let sum = 0;
    for (let y = 0; y < 199; y++) {
      for (let i = y * width; i < y * width + 199; i++) sum += (field[i + step] - field[i]) ** 2;
    }
    return sum;
  };
  assert(roughness(width) > 20 * roughness(1));
});

Deno.test("smoothCurve() has the length asked for, also when shorter than a cell", () => {
  for (const length of [1, 2, 7, 40]) {
    const curve = smoothCurve(new RandomStream(3, "curve test"), length, 10);
    assertEquals(curve.length, length);
    assert(curve.every(Number.isFinite));
  }
});

Deno.test("smoothStep() goes from 0 to 1 between its bounds", () => {
  assertEquals([-1, 2, 3, 4, 9].map((value) => smoothStep(2, 4, value)), [0, 0, 0.5, 1, 1]);
});
