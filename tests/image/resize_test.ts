import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { GreyImage } from "../../lib/image/image.ts";
import { resizeGrey } from "../../lib/image/resize.ts";
import { resizeFloat } from "../../lib/image/resize_float.ts";
import { assertCloseValues } from "../support/compare.ts";
import { referenceCases } from "../support/reference.ts";

for (const reference of referenceCases("resize/resize")) {
  const [width, height] = reference.params.input_wh;
  const [newWidth, newHeight] = reference.params.output_wh;

  Deno.test(`resizeGrey() gives Pillow's bytes, ${reference.title}`, () => {
    const { input_u8, pil_u8 } = reference.tensors();
    const image = { width, height, pixels: input_u8.data as Uint8Array };
    const resized = resizeGrey(image, newWidth, newHeight);
    assertEquals([resized.width, resized.height], [newWidth, newHeight]);
    assertCloseValues(
      "resized",
      resized.pixels,
      pil_u8.data as Uint8Array,
      reference.expected.pil_u8.atol,
    );
  });

  if (!reference.expected.tensor_aa) continue;
  Deno.test(`resizeFloat() gives torchvision's values, ${reference.title}`, () => {
    const { input_u8, tensor_aa } = reference.tensors();
    const values = Float32Array.from(input_u8.data as Uint8Array);
    const resized = resizeFloat(values, width, height, newWidth, newHeight);
    assertCloseValues(
      "resized",
      resized,
      tensor_aa.data as Float32Array,
      reference.expected.tensor_aa.atol,
    );
  });
}

const side = fc.integer({ min: 1, max: 70 });

const image: fc.Arbitrary<GreyImage> = fc.tuple(side, side).chain(([width, height]) =>
  fc.uint8Array({ minLength: width * height, maxLength: width * height })
    .map((pixels) => ({ width, height, pixels }))
);

Deno.test("resizeGrey() does what the recipe says on random sizes", () => {
  fc.assert(fc.property(image, side, side, (image, width, height) => {
    assertEquals(resizeGrey(image, width, height), recipe(image, width, height));
  }));
});

Deno.test("resizeGrey() gives the same bytes before and after larger images and many calls", () => {
  const small = noise(31, 17);
  const first = resizeGrey(small, 23, 40);
  resizeGrey(noise(3000, 2500), 64, 64);
  for (let i = 0; i < 100; i++) assertEquals(resizeGrey(small, 23, 40), first);
});

Deno.test("resizeGrey() copies an image of the right size", () => {
  const image = noise(5, 3);
  const same = resizeGrey(image, 5, 3);
  assertEquals(same, image);
  assert(same.pixels !== image.pixels);
});

Deno.test("resizeGrey() keeps white white through wide filters", () => {
  const white = { width: 4001, height: 7, pixels: new Uint8Array(4001 * 7).fill(255) };
  assertEquals(resizeGrey(white, 3, 5).pixels, new Uint8Array(15).fill(255));
});

Deno.test("resizeFloat() keeps constants, NaN where it was, and copies an equal size", () => {
  const constant = new Float32Array(35).fill(-3.5);
  assertCloseValues(
    "constant",
    resizeFloat(constant, 7, 5, 16, 9),
    new Float32Array(144).fill(-3.5),
    1e-6,
  );
  const values = Float32Array.of(1, NaN, 3, 4);
  const same = resizeFloat(values, 2, 2, 2, 2);
  assertEquals(same, values);
  assert(same !== values);
});

Deno.test("resizeFloat() agrees with the recipe in float64 on random sizes", () => {
  fc.assert(fc.property(image, side, side, (image, width, height) => {
    const { pixels } = image;
    const values = Float32Array.from(pixels);
    const resized = resizeFloat(values, image.width, image.height, width, height);
    const exact = separable(Array.from(pixels), image, width, height, (row, weights) => {
      let sum = 0;
      row.forEach((value, i) => sum += value * weights[i]);
      return sum;
    });
    assertCloseValues("resized", resized, exact, 1e-3);
  }));
});

/** Any image, the same every time. */
function noise(width: number, height: number): GreyImage {
  const pixels = Uint8Array.from(
    { length: width * height },
    (_, i) => Math.imul(i, 2654435761) >>> 24,
  );
  return { width, height, pixels };
}

/** Pillow's fixed-point recipe, spelled out. */
function recipe(image: GreyImage, width: number, height: number): GreyImage {
  const pixels = separable(Array.from(image.pixels), image, width, height, (row, weights) => {
    let sum = 2 ** 21;
    row.forEach((value, i) => sum += value * Math.trunc(weights[i] * 2 ** 22 + 0.5));
    return Math.min(255, Math.max(0, Math.floor(sum / 2 ** 22)));
  });
  return { width, height, pixels: Uint8Array.from(pixels) };
}

/** Horizontal, then vertical; an axis that keeps its size is left alone. */
function separable(
  values: number[],
  size: { width: number; height: number },
  width: number,
  height: number,
  combine: (values: number[], weights: number[]) => number,
): number[] {
  const across = (rows: number[][], to: number) =>
    rows[0].length === to ? rows : rows.map((row) =>
      Array.from({ length: to }, (_, i) => {
        const [first, weights] = triangle(row.length, to, i);
        return combine(row.slice(first, first + weights.length), weights);
      })
    );
  const turn = (rows: number[][]) => rows[0].map((_, x) => rows.map((row) => row[x]));
  const rows = Array.from(
    { length: size.height },
    (_, y) => values.slice(y * size.width, (y + 1) * size.width),
  );
  return turn(across(turn(across(rows, width)), height)).flat();
}

/** First source position and normalised weights of target position `i`. */
function triangle(from: number, to: number, i: number): [number, number[]] {
  const scale = from / to;
  const support = Math.max(1, scale);
  const centre = (i + 0.5) * scale;
  const first = Math.max(0, Math.trunc(centre - support + 0.5));
  const end = Math.min(from, Math.trunc(centre + support + 0.5));
  const weights = [];
  for (let at = first; at < end; at++) {
    weights.push(Math.max(0, 1 - Math.abs((at - centre + 0.5) * (1 / support))));
  }
  const sum = weights.reduce((a, b) => a + b);
  return [first, weights.map((weight) => weight / sum)];
}
