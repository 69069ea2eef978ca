import { assertAlmostEquals, assertEquals } from "@std/assert";
import { connectedComponents } from "../../lib/image/components.ts";
import { fillRings } from "../../lib/image/contours.ts";
import { axesOf } from "../../lib/predict/feret.ts";
import { type Lesion, measureLesions } from "../../lib/predict/lesions.ts";
import { maskOf } from "../support/masks.ts";

/** Lesions of a drawn mask, with logits of 2 inside and -2 outside, or those given. */
function lesionsOf(
  lines: readonly string[],
  logitAt: (x: number, y: number, inside: boolean) => number = (_x, _y, inside) => inside ? 2 : -2,
): Lesion[] {
  const mask = maskOf(...lines);
  const { width, height } = mask;
  const logits = Float32Array.from(
    mask.pixels,
    (value, index) => logitAt(index % width, Math.floor(index / width), value === 1),
  );
  return measureLesions(connectedComponents(mask), { width, height, logits });
}

Deno.test("measureLesions() of a rectangle gives what a ruler gives", () => {
  const [lesion, ...others] = lesionsOf(["......", ".####.", ".####.", ".####.", "......"]);
  assertEquals(others, []);
  assertEquals(lesion.area, 12);
  assertEquals(lesion.centre, [3, 2.5]);
  assertEquals(lesion.box, { x: 1, y: 1, width: 4, height: 3 });
  assertEquals(lesion.touchesBorder, false);
  // The diagonal, and the distances of the two other corners from it.
  assertAlmostEquals(lesion.longAxis, 5, 1e-12);
  assertAlmostEquals(lesion.shortAxis, (2 * 12) / 5, 1e-12);
  assertAlmostEquals(lesion.meanProbability, 1 / (1 + Math.exp(-2)), 1e-12);
});

Deno.test("measureLesions() of one pixel", () => {
  const [lesion] = lesionsOf(["...", ".#.", "..."]);
  assertEquals([lesion.area, lesion.centre], [1, [1.5, 1.5]]);
  assertAlmostEquals(lesion.longAxis, Math.SQRT2, 1e-12);
  assertAlmostEquals(lesion.shortAxis, Math.SQRT2, 1e-12);
});

Deno.test("measureLesions() counts pixels that touch at a corner as one lesion", () => {
  const lesions = lesionsOf(["#....", ".#...", "...##", ".....", "#...."]);
  assertEquals(lesions.map(({ area }) => area), [2, 2, 1]);
  assertAlmostEquals(lesions[0].longAxis, 2 * Math.SQRT2, 1e-12);
  assertAlmostEquals(lesions[0].shortAxis, Math.SQRT2, 1e-12);
  assertEquals(lesions.map(({ rings }) => rings.length), [2, 1, 1]);
});

Deno.test("measureLesions() sees each border of the image", () => {
  const touching = (...lines: string[]) => lesionsOf(lines)[0].touchesBorder;
  assertEquals(touching("....", ".##.", "...."), false);
  assertEquals(touching(".##.", ".##.", "...."), true);
  assertEquals(touching("....", ".##.", ".##."), true);
  assertEquals(touching("....", "##..", "...."), true);
  assertEquals(touching("....", "..##", "...."), true);
});

Deno.test("axesOf() of a circle and of a slanted rectangle", () => {
  const circle = lesionsOf(disc(41, 15))[0];
  // Pixels stick out of the circle by up to their diagonal.
  assertAlmostEquals(circle.longAxis, 30, 1.5);
  assertAlmostEquals(circle.shortAxis, 30, 1.5);
  assertAlmostEquals(circle.area, Math.PI * 15 ** 2, 15);
  const slanted = axesOf([[0, 0], [8, 6], [6.5, 8], [-1.5, 2]]);
  const [long, wide] = [10, 2.5];
  const diagonal = Math.hypot(long, wide);
  assertAlmostEquals(slanted.long, diagonal, 1e-12);
  assertAlmostEquals(slanted.short, (2 * long * wide) / diagonal, 1e-12);
  assertEquals(axesOf([[3, 3]]), { long: 0, short: 0 });
});

Deno.test("boundary uncertainty is the width of the band from 0.25 to 0.75", () => {
  // A logit that rises by 0.4 a pixel across the outline: from -ln 3 to ln 3 it takes so many
  // pixels.
  const band = (2 * Math.log(3)) / 0.4;
  const ramp = lesionsOf(Array(9).fill("....####"), (x) => 0.4 * (x - 3.5))[0];
  assertAlmostEquals(ramp.boundaryUncertainty!, band, 1e-5);
  const slanted = lesionsOf(
    Array.from(
      { length: 30 },
      (_, y) => Array.from({ length: 30 }, (_, x) => x + y > 29 ? "#" : ".").join(""),
    ),
    (x, y) => (0.4 / Math.SQRT2) * (x + y - 29.5),
  )[0];
  assertAlmostEquals(slanted.boundaryUncertainty!, band, 1e-5);
  const round = lesionsOf(disc(61, 20), (x, y) => 0.4 * (20 - Math.hypot(x - 30, y - 30)))[0];
  assertAlmostEquals(round.boundaryUncertainty!, band, 0.02);
});

Deno.test("a lesion that fills the image has no boundary to be uncertain of", () => {
  const [lesion] = lesionsOf(["##", "##"]);
  assertEquals([lesion.boundaryUncertainty, lesion.touchesBorder], [null, true]);
});

Deno.test("measureLesions() gives each lesion its own rings, and averages the flips' deviation", () => {
  const mask = maskOf("###..", "#.#.#", "###.#");
  const { width, height } = mask;
  const deviation = Float32Array.from(mask.pixels, (_, index) => index % width < 3 ? 0.25 : 0.125);
  const lesions = measureLesions(connectedComponents(mask), {
    width,
    height,
    logits: Float32Array.from(mask.pixels, (value) => value === 1 ? 3 : -3),
    deviation,
  });
  assertEquals(lesions.map(({ area, deviation }) => [area, deviation]), [[8, 0.25], [
    2,
    0.125,
  ]]);
  assertEquals(lesions.map(({ rings }) => rings.length), [2, 1]);
  const whole = { x: 0, y: 0, width, height };
  assertEquals(fillRings(lesions.flatMap(({ rings }) => rings), whole), mask.pixels);
});

/** A disc in the middle of a square, drawn by the centres of its pixels. */
function disc(side: number, radius: number): string[] {
  const middle = (side - 1) / 2;
  return Array.from(
    { length: side },
    (_, y) =>
      Array.from(
        { length: side },
        (_, x) => Math.hypot(x - middle, y - middle) < radius ? "#" : ".",
      ).join(""),
  );
}
