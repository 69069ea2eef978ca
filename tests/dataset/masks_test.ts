import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { RandomStream } from "../../lib/core/random.ts";
import { hasColour, type JudgedMask, judgeMask } from "../../lib/dataset/masks.ts";
import type { DecodedImage, GreyImage } from "../../lib/image/image.ts";

type Paint = (x: number, y: number) => number;

function paint(width: number, height: number, level: Paint): GreyImage {
  const pixels = Uint8Array.from(
    { length: width * height },
    (_, i) => Math.round(Math.min(255, Math.max(0, level(i % width, Math.floor(i / width))))),
  );
  return { width, height, pixels };
}

/** A disc; `edge` is the width of its ramp in px. */
const disc = (centre: number, radius: number, edge = 0): Paint => (x, y) => {
  const depth = radius - Math.hypot(x - centre, y - centre);
  return edge === 0 ? (depth > 0 ? 255 : 0) : 255 * (0.5 + depth / edge);
};

const inRectangle = (x: number, y: number, left: number, top: number, size: number) =>
  x >= left && x < left + size && y >= top && y < top + size;

function judge(grey: GreyImage, more: Partial<DecodedImage> = {}): JudgedMask {
  const decoded: DecodedImage = { ...grey, channels: 1, bitDepth: 8, format: "png", ...more };
  return judgeMask(decoded, grey, "a_mask.png");
}

function refusal(grey: GreyImage, more: Partial<DecodedImage> = {}): string {
  const { message } = assertThrows(() => judge(grey, more), InputError);
  assertStringIncludes(message, "a_mask.png");
  return message;
}

/** What JPEG makes of an image: each 8x8 block through the cosine transform and coarse steps. */
function throughJpeg(image: GreyImage, coarseness: number): GreyImage {
  const { width, height } = image;
  const basis = Array.from({ length: 8 }, (_, frequency) =>
    Array.from(
      { length: 8 },
      (_, at) =>
        Math.cos((2 * at + 1) * frequency * Math.PI / 16) * (frequency ? 1 / 2 : Math.SQRT1_2 / 2),
    ));
  const pixels = new Uint8Array(image.pixels.length);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      const sum = (term: (i: number, j: number) => number) => {
        let total = 0;
        for (let j = 0; j < 8; j++) for (let i = 0; i < 8; i++) total += term(i, j);
        return total;
      };
      const coefficients = basis.map((_, v) =>
        basis.map((_, u) => {
          const step = coarseness * (1 + (u + v) / 2);
          const value = sum((x, y) =>
            (image.pixels[(top + y) * width + left + x] - 128) * basis[u][x] * basis[v][y]
          );
          return Math.round(value / step) * step;
        })
      );
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 8; x++) {
          const value = 128 + sum((u, v) => coefficients[v][u] * basis[u][x] * basis[v][y]);
          pixels[(top + y) * width + left + x] = Math.min(255, Math.max(0, Math.round(value)));
        }
      }
    }
  }
  return { width, height, pixels };
}

Deno.test("judgeMask() takes a sharp mask as it is, inverted or not", () => {
  const mask = paint(40, 30, disc(15, 8));
  assertEquals(judge(mask), { mask, softPixels: 0, lesion: true, full: false });
  const inverted = paint(40, 30, (x, y) => 255 - disc(15, 8)(x, y));
  assertEquals(judge(inverted).mask, inverted);
});

Deno.test("judgeMask() takes an empty mask as no lesion and marks a full one", () => {
  const empty = paint(9, 7, () => 0);
  assertEquals(judge(empty), { mask: empty, softPixels: 0, lesion: false, full: false });
  const full = paint(9, 7, () => 255);
  assertEquals(judge(full), { mask: full, softPixels: 0, lesion: true, full: true });
});

Deno.test("judgeMask() refuses one level that is neither black nor white", () => {
  for (const level of [1, 128, 254]) {
    assertStringIncludes(refusal(paint(9, 7, () => level)), `grey level ${level} everywhere`);
  }
});

Deno.test("judgeMask() scales two other levels to black and white and says which", () => {
  const pairs = [[0, 1], [0, 128], [1, 2], [3, 255], [100, 101]];
  for (const [low, high] of pairs) {
    const { mask, scaledFrom, softPixels, lesion } = judge(
      paint(40, 30, (x, y) => disc(15, 8)(x, y) > 0 ? high : low),
    );
    assertEquals(mask, paint(40, 30, disc(15, 8)));
    assertEquals(scaledFrom, [low, high]);
    assertEquals([softPixels, lesion], [0, true]);
  }
});

Deno.test("judgeMask() keeps soft edges unchanged and counts them", () => {
  for (const edge of [1.5, 3, 6, 12]) {
    const mask = paint(128, 128, disc(60, 30, edge));
    const verdict = judge(mask);
    assertEquals(verdict.mask, mask);
    assertEquals(verdict.softPixels, mask.pixels.filter((v) => v > 0 && v < 255).length);
    assert(verdict.softPixels > 0);
    assertEquals(verdict.scaledFrom, undefined);
  }
});

Deno.test("judgeMask() keeps the soft edges of tiny images and tiny lesions", () => {
  const tiny = paint(8, 8, disc(4, 2, 2));
  assertEquals(judge(tiny).mask, tiny);
  const lesion = paint(64, 64, disc(31, 3, 3));
  assertEquals(judge(lesion).mask, lesion);
});

Deno.test("judgeMask() keeps what JPEG makes of a mask, fine or coarse", () => {
  const sharp = paint(128, 96, (x, y) => Math.max(disc(50, 30)(x, y), disc(85, 6)(x, y)));
  for (const coarseness of [2, 10, 24, 40]) {
    const mask = throughJpeg(sharp, coarseness);
    const verdict = judge(mask, { format: "jpeg" });
    assertEquals(verdict.mask, mask);
    assert(verdict.softPixels > 0);
    // The same after it was saved as PNG.
    assertEquals(judge(mask).softPixels, verdict.softPixels);
  }
});

Deno.test("judgeMask() refuses label maps", () => {
  const areas = (...levels: number[]): Paint => (x, y) =>
    levels.find((_, i) => inRectangle(x, y, 4 + 30 * i, 10, 24)) ?? 0;
  const maps: Paint[] = [
    areas(1, 2),
    areas(50, 100, 150),
    areas(85, 170, 255),
    areas(128, 255),
    areas(1, 255),
    areas(254, 255),
    // A rim of its own label around the lesion.
    (x, y) => inRectangle(x, y, 40, 40, 30) ? 255 : inRectangle(x, y, 30, 30, 50) ? 128 : 0,
    (x, y) => 1 + areas(19, 254)(x, y),
  ];
  for (const map of maps) {
    assertStringIncludes(refusal(paint(128, 128, map)), "looks like a label map (grey levels");
  }
  assertStringIncludes(
    refusal(paint(128, 128, areas(50, 100, 150))),
    "grey levels 0, 50, 100, 150; the brightest is 150",
  );
  for (const coarseness of [2, 10]) {
    refusal(throughJpeg(paint(128, 128, areas(85, 170, 255)), coarseness), { format: "jpeg" });
  }
});

Deno.test("judgeMask() refuses a photograph", () => {
  const random = new RandomStream(1, "photograph");
  refusal(paint(64, 64, () => 256 * random.uniform() ** 1.5));
  refusal(paint(64, 64, (x) => 4 * x));
});

Deno.test("judgeMask() forgives a few stray pixels", () => {
  const mask = paint(128, 128, (x, y) => x < 4 && y < 2 ? 100 : disc(60, 30)(x, y));
  assertEquals(judge(mask).softPixels, 8);
});

Deno.test("judgeMask() refuses colours and forgives rounding between channels", () => {
  const rgb = (image: GreyImage, colour: (value: number) => number[]) => ({
    channels: 3 as const,
    pixels: Uint8Array.from([...image.pixels].flatMap(colour)),
  });
  const mask = paint(20, 20, disc(10, 5));
  assertStringIncludes(refusal(mask, rgb(mask, (value) => [value, 0, 0])), "colour map");
  assertEquals(judge(mask, rgb(mask, (value) => [value, value, value])).mask, mask);
  const near = rgb(mask, (value) => value ? [255, 250, 255] : [0, 3, 0]);
  assertEquals(judge(mask, near).mask, mask);
});

Deno.test("judgeMask() ignores alpha but refuses a shape that only alpha holds", () => {
  const shape = paint(20, 20, disc(10, 5));
  const empty = paint(20, 20, () => 0);
  const withAlpha = (grey: GreyImage) => ({
    channels: 2 as const,
    pixels: Uint8Array.from([...grey.pixels].flatMap((value, i) => [value, shape.pixels[i]])),
  });
  assertEquals(judge(shape, withAlpha(shape)).mask, shape);
  assertStringIncludes(refusal(empty, withAlpha(empty)), "transparency");
});

Deno.test("judgeMask() refuses 16-bit levels that 8 bits cannot show", () => {
  assertStringIncludes(refusal(paint(9, 9, () => 0), { bitDepth: 16 }), "16 bits");
});

Deno.test("hasColour() tells colour from grey in three channels", () => {
  const base = { width: 2, height: 1, bitDepth: 8, format: "png" } as const;
  const grey = Uint8Array.of(9, 9, 9, 200, 205, 200);
  assertEquals(hasColour({ ...base, channels: 3, pixels: grey }), false);
  const red = Uint8Array.of(9, 9, 9, 200, 20, 20);
  assertEquals(hasColour({ ...base, channels: 3, pixels: red }), true);
  assertEquals(hasColour({ ...base, channels: 1, pixels: Uint8Array.of(0, 255) }), false);
  // Alpha is no colour.
  const alpha = Uint8Array.of(9, 9, 9, 255, 7, 7, 7, 0);
  assertEquals(hasColour({ ...base, channels: 4, pixels: alpha }), false);
});
