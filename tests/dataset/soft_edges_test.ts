/**
 * Which masks have soft edges: properties of both kinds, on masks of random shapes.
 */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { countLevels, whyNotSoft } from "../../lib/dataset/soft_edges.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { RandomStream } from "../../lib/core/random.ts";
import { blurred, paint, scaled, throughJpeg } from "../support/soft_masks.ts";

const RUNS = { numRuns: 12, seed: 1 };

const problemOf = (mask: GreyImage) => whyNotSoft(mask, countLevels(mask.pixels));

/** A lesion of random outline: its radius varies with the direction. */
interface Blob {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly waves: readonly number[];
}

/** Blobs of a radius from `least` to `most`, as shares of the shorter side. */
function blob(least: number, most: number): fc.Arbitrary<Blob> {
  return fc.record({
    x: fc.double({ min: 0.25, max: 0.75, noNaN: true }),
    y: fc.double({ min: 0.25, max: 0.75, noNaN: true }),
    radius: fc.double({ min: least, max: most, noNaN: true }),
    waves: fc.array(fc.double({ min: -0.12, max: 0.12, noNaN: true }), {
      minLength: 4,
      maxLength: 4,
    }),
  });
}

const isInside = ({ x, y, radius, waves }: Blob, u: number, v: number, side: number) => {
  const [dx, dy] = [u + 0.5 - x * side, v + 0.5 - y * side];
  const angle = Math.atan2(dy, dx);
  const factor = waves.reduce((sum, wave, k) => sum + wave * Math.cos((k + 2) * angle), 1);
  return Math.hypot(dx, dy) < radius * side * factor;
};

const maskOf = (blobs: readonly Blob[], side: number) =>
  paint(side, side, (x, y) => blobs.some((blob) => isInside(blob, x, y, side)) ? 255 : 0);

const KINDS: readonly (readonly [string, number, (mask: GreyImage) => GreyImage])[] = [
  ["made smaller", 256, (mask) => scaled(mask, 0.31)],
  ["enlarged twice", 64, (mask) => scaled(mask, 2)],
  ["enlarged eight times", 32, (mask) => scaled(mask, 8)],
  ["enlarged sixteen times", 24, (mask) => scaled(mask, 16)],
  ["blurred by 2 px", 160, (mask) => blurred(mask, 1)],
  ["blurred by 5 px", 160, (mask) => blurred(mask, 4)],
  ["blurred by 10 px", 256, (mask) => blurred(mask, 9)],
  ["through JPEG", 128, (mask) => throughJpeg(mask, 24)],
  ["through coarse JPEG", 128, (mask) => throughJpeg(mask, 60)],
  ["through JPEG, then smaller", 192, (mask) => scaled(throughJpeg(mask, 16), 0.4)],
  [
    "through JPEG, smaller, JPEG",
    192,
    (mask) => throughJpeg(scaled(throughJpeg(mask, 10), 0.59), 10),
  ],
  ["through JPEG, larger, JPEG", 96, (mask) => throughJpeg(scaled(throughJpeg(mask, 16), 1.4), 10)],
];

for (const [kind, side, change] of KINDS) {
  Deno.test(`an outline ${kind} has soft edges`, () => {
    fc.assert(
      fc.property(blob(0.14, 0.24), (blob) => {
        assertEquals(problemOf(change(maskOf([blob], side))), undefined);
      }),
      RUNS,
    );
  });
}

/** A label map: areas of levels, later ones over earlier ones. */
const labelMap = (areas: readonly (readonly [Blob, number])[], side: number) =>
  paint(side, side, (x, y) => areas.findLast(([blob]) => isInside(blob, x, y, side))?.[1] ?? 0);

for (const [low, high] of [[1, 2], [128, 255], [85, 170], [1, 255], [254, 255]]) {
  for (
    const [kind, change] of [
      ["", (map: GreyImage) => map],
      [" made smaller", (map: GreyImage) => scaled(map, 0.7)],
      [" enlarged", (map: GreyImage) => scaled(map, 2)],
    ] as const
  ) {
    // 254 and 255 become one level where they are mixed with others.
    if (low === 254 && kind !== "") continue;
    Deno.test(`a label map {0, ${low}, ${high}}${kind} has none`, () => {
      fc.assert(
        fc.property(blob(0.14, 0.24), blob(0.14, 0.24), (one, other) => {
          const areas = [[{ ...one, x: 0.3 }, low], [{ ...other, x: 0.72 }, high]] as const;
          assertEquals(typeof problemOf(change(labelMap(areas, 128))), "string");
        }),
        RUNS,
      );
    });
  }
}

for (const [rim, factors] of [[5, [0.8, 1.3, 2]], [8, [0.6, 0.8, 1.3]]] as const) {
  Deno.test(`a lesion with a rim of its own label, ${rim} px wide and resized, has none`, () => {
    fc.assert(
      fc.property(
        blob(0.2, 0.24),
        fc.constantFrom(85, 128, 170),
        fc.constantFrom(...factors),
        (one, level, factor) => {
          const inner = { ...one, radius: one.radius - rim / 128 };
          const map = labelMap([[one, level], [inner, 255]], 128);
          assertEquals(typeof problemOf(scaled(map, factor)), "string");
        },
      ),
      RUNS,
    );
  });
}

Deno.test("a label map {0, 128, 255} through JPEG has none", () => {
  fc.assert(
    fc.property(blob(0.14, 0.24), blob(0.14, 0.24), fc.integer({ min: 2, max: 16 }), (a, b, q) => {
      const map = labelMap([[{ ...a, x: 0.3 }, 128], [{ ...b, x: 0.72 }, 255]], 128);
      assertEquals(typeof problemOf(throughJpeg(map, q)), "string");
    }),
    RUNS,
  );
});

/** Random numbers of mean 0 and deviation 1, blurred: structures of about `radius` px. */
function field(seed: number, side: number, radius: number): Float64Array {
  const random = new RandomStream(seed, "soft edges");
  const noise = paint(side, side, () => 256 * random.uniform());
  const { pixels } = radius === 0 ? noise : blurred(noise, radius);
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  const squares = pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / pixels.length);
  return Float64Array.from(pixels, (value) => (value - mean) / deviation);
}

const FIELDS: readonly (readonly [string, (value: number) => number])[] = [
  ["a grey photograph", (value) => 128 + 50 * value],
  ["a photograph of strong contrast", (value) => 128 + 100 * value],
  ["a dark photograph with bright places", (value) => 90 * value - 20],
  ["a probability map of a photograph", (value) => 255 / (1 + Math.exp(-2 * value))],
];

for (const [kind, level] of FIELDS) {
  Deno.test(`${kind} has no soft edges`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), fc.constantFrom(0, 1, 3, 6), (seed, radius) => {
        const values = field(seed, 96, radius);
        const image = paint(96, 96, (x, y) => level(values[y * 96 + x]));
        assertEquals(typeof problemOf(image), "string");
      }),
      RUNS,
    );
  });
}
