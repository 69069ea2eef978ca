/** Lesions measured in mm, with pixels that are wider than high. @module */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { resizeGrey } from "../../lib/image/resize.ts";
import { mmPerPxOf, resizedSpacing, spacingOf } from "../../lib/image/spacing.ts";
import { entryOf } from "../../lib/predict/entries.ts";
import { axesOf } from "../../lib/predict/feret.ts";
import { measurementsCsv } from "../../lib/predict/measurements.ts";
import { measure, predictImage, type Prediction } from "../../lib/predict/predict_image.ts";

const SPACINGS = [{ x: 0.2, y: 0.1 }, { x: 0.05, y: 0.4 }, { x: 0.3, y: 0.3 }];

/** What a drawing has inside: 4 there, -4 elsewhere, and a ramp between by `signed`. */
function predictionOf(
  size: { readonly width: number; readonly height: number },
  logitAt: (x: number, y: number) => number,
  spacing?: { readonly x: number; readonly y: number },
): Prediction {
  const { width, height } = size;
  const logits = Float32Array.from(
    { length: width * height },
    (_, i) => logitAt(i % width + 0.5, Math.floor(i / width) + 0.5),
  );
  return measure({ width, height, logits, ...(spacing && { spacing }) }, 0.5);
}

Deno.test("a rectangle has the area, the diagonal and the short axis of one in mm", () => {
  for (const spacing of SPACINGS) {
    const inside = (x: number, y: number) => x > 4 && x < 12 && y > 3 && y < 8;
    const { lesions: [lesion], mask } = predictionOf(
      { width: 20, height: 14 },
      (x, y) => inside(x, y) ? 4 : -4,
      spacing,
    );
    const [wide, high] = [8 * spacing.x, 5 * spacing.y];
    const { area, longAxis, shortAxis } = lesion.millimetres!;
    assertEquals(mask.spacing, spacing);
    assertAlmostEquals(area, wide * high, 1e-12);
    assertAlmostEquals(longAxis, Math.hypot(wide, high), 1e-12);
    assertAlmostEquals(shortAxis, 2 * wide * high / Math.hypot(wide, high), 1e-12);
    assertEquals([lesion.area, lesion.centre], [40, [8, 5.5]]);
  }
});

Deno.test("an ellipse in mm has its axes and its area, however wide the pixels are", () => {
  // Semi-axes and the angle of the long one, mm.
  for (const [long, short, angle] of [[6, 2.5, 0], [6, 2.5, Math.PI / 2], [5, 3, 0.6], [4, 4, 0]]) {
    for (const spacing of SPACINGS) {
      const side = 14;
      const size = { width: Math.ceil(side / spacing.x), height: Math.ceil(side / spacing.y) };
      const { lesions } = predictionOf(size, (column, row) => {
        const [x, y] = [column * spacing.x - side / 2, row * spacing.y - side / 2];
        const along = x * Math.cos(angle) + y * Math.sin(angle);
        const across = y * Math.cos(angle) - x * Math.sin(angle);
        return Math.hypot(along / long, across / short) < 1 ? 4 : -4;
      }, spacing);
      assertEquals(lesions.length, 1);
      const found = lesions[0].millimetres!;
      // The corners of pixels stick out by up to a pixel's diagonal, at both ends.
      const diagonal = Math.hypot(spacing.x, spacing.y);
      assertAlmostEquals(found.longAxis, 2 * long, 2 * diagonal);
      assertAlmostEquals(found.shortAxis, 2 * short, 2 * diagonal);
      const area = Math.PI * long * short;
      assertAlmostEquals(found.area, area, 0.02 * area);
    }
  }
});

Deno.test("the longest line in mm may be another one than in px", () => {
  // Taller than wide in px, wider than tall in mm.
  const spacing = { x: 0.4, y: 0.1 };
  const { lesions: [lesion] } = predictionOf(
    { width: 60, height: 60 },
    (x, y) => Math.hypot((x - 30) / 15, (y - 30) / 25) < 1 ? 4 : -4,
    spacing,
  );
  const { longAxis, shortAxis } = lesion.millimetres!;
  assertAlmostEquals(lesion.longAxis, 50, 1.5);
  assertAlmostEquals(longAxis, 12, 0.5);
  assertAlmostEquals(shortAxis, 5, 0.5);
});

Deno.test("axesOf() with a spacing is axesOf() of the points in mm", () => {
  const whole = fc.integer({ min: 0, max: 40 });
  const points = fc.array(fc.tuple(whole, whole), { minLength: 1, maxLength: 12 });
  const mm = fc.double({ min: 0.01, max: 3, noNaN: true });
  fc.assert(
    fc.property(points, mm, mm, (points, x, y) => {
      const found = axesOf(points, { x, y });
      const lengths = points.flatMap((a) =>
        points.map((b) => Math.hypot(x * (a[0] - b[0]), y * (a[1] - b[1])))
      );
      assertAlmostEquals(found.long, Math.max(...lengths), 1e-9);
      const scaled = axesOf(points.map(([u, v]) => [x * u, y * v]));
      assertAlmostEquals(found.long, scaled.long, 1e-9);
      assert(found.short >= scaled.short - 1e-9, `${found.short} ${scaled.short}`);
      assertEquals(axesOf(points, { x: 1, y: 1 }), axesOf(points));
    }),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("the band along the outline is measured across it, in mm", () => {
  const perPx = 0.4;
  const band = 2 * Math.log(3) / perPx;
  const spacing = { x: 0.3, y: 0.1 };
  const size = { width: 30, height: 30 };
  const upright = predictionOf(size, (x) => perPx * (x - 15), spacing).lesions[0];
  const level = predictionOf(size, (_, y) => perPx * (y - 15), spacing).lesions[0];
  assertAlmostEquals(upright.millimetres!.boundaryUncertainty!, 0.3 * band, 1e-5);
  assertAlmostEquals(level.millimetres!.boundaryUncertainty!, 0.1 * band, 1e-5);
  // A slanted outline: the logit rises by the same along both directions, in px.
  const slanted = predictionOf(size, (x, y) => perPx * (x + y - 30.5), spacing).lesions[0];
  const perMm = Math.hypot(perPx / 0.3, perPx / 0.1);
  assertAlmostEquals(slanted.millimetres!.boundaryUncertainty!, 2 * Math.log(3) / perMm, 1e-5);
  const filled = predictionOf({ width: 3, height: 2 }, () => 4, spacing).lesions[0];
  assertEquals(filled.millimetres!.boundaryUncertainty, null);
});

Deno.test("with square pixels measures in mm are those in px by one factor, to the bit", () => {
  const mm = 0.137;
  const { lesions: [lesion] } = predictionOf(
    { width: 40, height: 40 },
    (x, y) => 0.3 * (12 - Math.hypot(x - 19.3, 1.3 * (y - 20))),
    { x: mm, y: mm },
  );
  assertEquals(lesion.millimetres, {
    area: lesion.area * mm ** 2,
    longAxis: lesion.longAxis * mm,
    shortAxis: lesion.shortAxis * mm,
    boundaryUncertainty: lesion.boundaryUncertainty! * mm,
  });
});

Deno.test("each image has its own spacing; cells stay empty where it is not known", () => {
  const draw = (spacing?: { readonly x: number; readonly y: number }) =>
    predictionOf({ width: 9, height: 9 }, (x, y) => Math.max(x, y) < 4 ? 4 : -4, spacing);
  const entries = [draw({ x: 0.5, y: 0.25 }), draw(), draw({ x: 2, y: 2 })].map((found, k) =>
    entryOf(`${k}.png`, String(k), found)
  );
  assertEquals(entries.map(({ mm_per_px }) => mm_per_px), [[0.5, 0.25], undefined, 2]);
  assertEquals("area_mm2" in entries[1].lesions[0], false);
  const settings = { tta: "none", mm_per_px: null, members: undefined } as const;
  const areas = measurementsCsv(entries, settings).trim().split("\r\n").map((line) => {
    const cells = line.split(",");
    return [cells[2], cells[10]];
  });
  assertEquals(areas, [["area_px", "area_mm2"], ["16", "2"], ["16", ""], ["16", "64"]]);
  const [header] = measurementsCsv([entries[1]], settings).split("\r\n");
  assertEquals(header.includes("mm"), false);
});

for (const fit of ["squash", "pad"] as const) {
  Deno.test(`a spacing is that of the image's own pixels, whatever ${fit} makes of it`, async () => {
    const image = {
      width: 60,
      height: 30,
      pixels: Uint8Array.from(
        { length: 1800 },
        (_, i) => i % 60 >= 20 && i % 60 < 40 && i >= 600 && i < 1200 ? 255 : 0,
      ),
    };
    const predictor = {
      run: (input: Uint8Array) =>
        Promise.resolve(Float32Array.from(input, (value) => value > 127 ? 4 : -4)),
      close() {},
    };
    const input = { width: 16, height: 16, fit };
    const spacing = { x: 0.2, y: 0.3 };
    const found = await predictImage(predictor, { ...image, spacing }, input, 0.5);
    const { area, millimetres, rings } = found.lesions[0];
    assertEquals(found.mask.width, 60);
    assertAlmostEquals(millimetres!.area, area * 0.06, 1e-9);
    assertAlmostEquals(millimetres!.longAxis, axesOf(rings.flat(), spacing).long, 1e-12);
    assertEquals("spacing" in resizeGrey({ ...image, spacing }, 16, 16), false);
  });
}

Deno.test("an image that is resized has larger pixels; what is written is read again", () => {
  const [from, to] = [{ width: 300, height: 200 }, { width: 100, height: 100 }];
  assertEquals(resizedSpacing({ x: 0.1, y: 0.2 }, from, to), { x: 0.1 * 3, y: 0.2 * 2 });
  for (const written of [0.1, [0.1, 0.2]] as const) {
    assertEquals(mmPerPxOf(spacingOf(written)), written);
  }
  assertEquals(mmPerPxOf(spacingOf([0.1, 0.1])), 0.1);
});
