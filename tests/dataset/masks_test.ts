import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { RandomStream } from "../../lib/core/random.ts";
import { hasColour } from "../../lib/dataset/mask_levels.ts";
import { type JudgedMask, MaskJudge, type MaskRules, maskRules } from "../../lib/dataset/masks.ts";
import type { DecodedImage, GreyImage } from "../../lib/image/image.ts";
import { colourThroughJpeg, disc, type Paint, paint, throughJpeg } from "../support/soft_masks.ts";

const inRectangle = (x: number, y: number, left: number, top: number, size: number) =>
  x >= left && x < left + size && y >= top && y < top + size;

function judge(
  grey: GreyImage,
  more: Partial<DecodedImage> = {},
  rules: Partial<MaskRules> = {},
): JudgedMask {
  const decoded: DecodedImage = { ...grey, channels: 1, bitDepth: 8, format: "png", ...more };
  return new MaskJudge(maskRules(rules)).judge(decoded, "a_mask.png");
}

function refusal(...args: Parameters<typeof judge>): string {
  const { message } = assertThrows(() => judge(...args), InputError);
  assertStringIncludes(message, "a_mask.png");
  return message;
}

Deno.test("MaskJudge takes a sharp mask as it is, inverted or not", () => {
  const mask = paint(40, 30, disc(15, 8));
  assertEquals(judge(mask), { mask, softPixels: 0, lesion: true, full: false });
  const inverted = paint(40, 30, (x, y) => 255 - disc(15, 8)(x, y));
  assertEquals(judge(inverted).mask, inverted);
});

Deno.test("MaskJudge takes an empty mask as no lesion and marks a full one", () => {
  const empty = paint(9, 7, () => 0);
  assertEquals(judge(empty), { mask: empty, softPixels: 0, lesion: false, full: false });
  const full = paint(9, 7, () => 255);
  assertEquals(judge(full), { mask: full, softPixels: 0, lesion: true, full: true });
});

Deno.test("MaskJudge refuses one level that is neither black nor white", () => {
  for (const level of [1, 128, 254]) {
    assertStringIncludes(refusal(paint(9, 7, () => level)), `grey level ${level} everywhere`);
  }
});

Deno.test("MaskJudge scales two other levels to black and white and says which", () => {
  const pairs = [[0, 1], [0, 128], [1, 2], [3, 255], [100, 101]];
  for (const [low, high] of pairs) {
    const { mask, takenFrom, softPixels, lesion } = judge(
      paint(40, 30, (x, y) => disc(15, 8)(x, y) > 0 ? high : low),
    );
    assertEquals(mask, paint(40, 30, disc(15, 8)));
    assertEquals(takenFrom, `grey levels ${low} and ${high}`);
    assertEquals([softPixels, lesion], [0, true]);
  }
});

Deno.test("MaskJudge keeps soft edges unchanged and counts them", () => {
  for (const edge of [1.5, 3, 6, 12]) {
    const mask = paint(128, 128, disc(60, 30, edge));
    const verdict = judge(mask);
    assertEquals(verdict.mask, mask);
    assertEquals(verdict.softPixels, mask.pixels.filter((v) => v > 0 && v < 255).length);
    assert(verdict.softPixels > 0);
    assertEquals(verdict.takenFrom, undefined);
  }
});

Deno.test("MaskJudge keeps the soft edges of tiny images and tiny lesions", () => {
  const tiny = paint(8, 8, disc(4, 2, 2));
  assertEquals(judge(tiny).mask, tiny);
  const lesion = paint(64, 64, disc(31, 3, 3));
  assertEquals(judge(lesion).mask, lesion);
});

Deno.test("MaskJudge keeps what JPEG makes of a mask, fine or coarse", () => {
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

Deno.test("MaskJudge refuses label maps", () => {
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
    "grey levels 0 (89.5 %), 50 (3.5 %), 100 (3.5 %), 150 (3.5 %); the brightest is 150",
  );
  for (const coarseness of [2, 10]) {
    refusal(throughJpeg(paint(128, 128, areas(85, 170, 255)), coarseness), { format: "jpeg" });
  }
});

Deno.test("MaskJudge refuses a photograph", () => {
  const random = new RandomStream(1, "photograph");
  refusal(paint(64, 64, () => 256 * random.uniform() ** 1.5));
  refusal(paint(64, 64, (x) => 4 * x));
});

Deno.test("MaskJudge forgives a few stray pixels", () => {
  const mask = paint(128, 128, (x, y) => x < 4 && y < 2 ? 100 : disc(60, 30)(x, y));
  assertEquals(judge(mask).softPixels, 8);
});

type Rgb = readonly [number, number, number];

/** The channels of an image with a colour for each level, and an alpha if there is a fourth. */
function coloured(image: GreyImage, colour: (value: number, i: number) => readonly number[]) {
  const pixels = Uint8Array.from([...image.pixels].flatMap((value, i) => [...colour(value, i)]));
  return { channels: pixels.length / image.pixels.length as 3 | 4, pixels };
}

const COLOURS: readonly Rgb[] = [
  [255, 0, 0],
  [0, 255, 0],
  [128, 0, 0],
  [0, 0, 128],
  [255, 255, 0],
  [40, 200, 120],
];

Deno.test("MaskJudge takes one colour on black as white, sharp and with soft edges", () => {
  const sharp = paint(40, 30, disc(15, 8));
  const soft = paint(64, 64, disc(30, 16, 4));
  for (const colour of COLOURS) {
    const shade = (value: number) => colour.map((channel) => Math.round(channel * value / 255));
    const verdict = judge(sharp, coloured(sharp, shade));
    assertEquals(verdict.mask, sharp);
    assertEquals(verdict.takenFrom, `black and rgb(${colour.join(", ")})`);
    assertEquals(verdict.softPixels, 0);
    const softly = judge(soft, coloured(soft, shade));
    assert(softly.softPixels > 0);
    const errors = softly.mask.pixels.map((value, i) => Math.abs(value - soft.pixels[i]));
    // A dark colour has fewer shades than a grey.
    assert(Math.max(...errors) <= 2, `${Math.max(...errors)}`);
  }
  const black = paint(9, 9, () => 0);
  assertEquals(judge(black, coloured(black, () => [0, 0, 0])).lesion, false);
});

Deno.test("MaskJudge refuses several colours, names them and how to choose one", () => {
  const two = paint(40, 30, (x) => x < 10 ? 1 : x < 20 ? 2 : 0);
  const red: Rgb = [255, 0, 0];
  for (const [i, other] of COLOURS.entries()) {
    const colours = [[0, 0, 0], [90, 90, 220], other] as const;
    assertEquals(
      refusal(two, coloured(two, (value) => colours[value])).includes("looks like a colour map"),
      true,
      `${i}`,
    );
  }
  const message = refusal(
    two,
    coloured(two, (v) => v === 0 ? [0, 0, 0] : v === 1 ? red : [0, 0, 255]),
  );
  assertStringIncludes(message, "colours #000000 (50.0 %), #0000ff (25.0 %), #ff0000 (25.0 %)");
  assertStringIncludes(message, "maskClass #");
  // Two colours of which none is black.
  const onWhite = paint(40, 30, disc(15, 8));
  refusal(onWhite, coloured(onWhite, (value) => value ? red : [255, 255, 255]));
  // The colour of a palette by its index.
  const palette = Uint8Array.of(0, 0, 0, 128, 0, 0, 0, 128, 0);
  const indexed = coloured(two, (v) => palette.subarray(3 * v, 3 * v + 3) as unknown as Rgb);
  assertStringIncludes(
    refusal(two, { ...indexed, palette, indices: two.pixels }),
    "palette indices 0 (50.0 %), 1 (25.0 %), 2 (25.0 %)",
  );
});

Deno.test("MaskJudge does not count the colours of a photograph to the end", () => {
  const image = paint(128, 128, (x) => x);
  const photograph = coloured(image, (_, i) => [i >> 8, i & 255, 128]);
  const words = "more than 4096 colours";
  assertStringIncludes(refusal(image, photograph), `it has coloured pixels: ${words})`);
  assertStringIncludes(refusal(image, photograph, { maskClass: "1" }), "it has more than 4096");
});

Deno.test("MaskJudge forgives rounding between channels", () => {
  const mask = paint(20, 20, disc(10, 5));
  assertEquals(judge(mask, coloured(mask, (value) => [value, value, value])).mask, mask);
  const near = coloured(mask, (value) => value ? [255, 250, 255] : [0, 3, 0]);
  assertEquals(judge(mask, near).mask, mask);
});

Deno.test("MaskJudge ignores alpha but refuses a shape that only alpha holds", () => {
  const shape = paint(20, 20, disc(10, 5));
  const empty = paint(20, 20, () => 0);
  const withAlpha = (grey: GreyImage) => ({
    channels: 2 as const,
    pixels: Uint8Array.from([...grey.pixels].flatMap((value, i) => [value, shape.pixels[i]])),
  });
  assertEquals(judge(shape, withAlpha(shape)).mask, shape);
  assertStringIncludes(refusal(empty, withAlpha(empty)), "transparency");
});

Deno.test("MaskJudge refuses a mask that shows its black and hides its white", () => {
  const inverted = paint(20, 20, (x, y) => 255 - disc(10, 5)(x, y));
  const hidden = coloured(inverted, (value) => [value, value, value, 255 - value]);
  assertStringIncludes(refusal(inverted, hidden), "white where it is transparent");
  const shape = paint(20, 20, disc(10, 5));
  assertEquals(judge(shape, coloured(shape, (v) => [v, v, v, v])).mask, shape);
  // White everywhere with the shape in alpha.
  const white = paint(20, 20, () => 255);
  const inAlpha = coloured(white, (_, i) => [255, 255, 255, shape.pixels[i]]);
  assertStringIncludes(refusal(white, inAlpha), "keeps its shape in the transparency");
});

Deno.test("MaskJudge reads all 16 bits where the file has them", () => {
  const shape = paint(20, 20, disc(10, 5));
  const wideOf = (of: (value: number) => number, bitDepth = 16) => {
    const wide = Uint16Array.from(shape.pixels, of);
    return { wide, bitDepth, pixels: Uint8Array.from(wide, (value) => value >> 8) };
  };
  for (const high of [1, 255, 1000, 4095, 65535]) {
    const verdict = judge(shape, wideOf((value) => value ? high : 0));
    assertEquals(verdict.mask, shape, `${high}`);
  }
  const soft = paint(64, 64, disc(30, 16, 4));
  const twelveBits = Uint16Array.from(soft.pixels, (value) => 16 * value + 15 * Number(value > 0));
  assertEquals(judge(soft, { wide: twelveBits, bitDepth: 16 }).mask, soft);
  const empty = paint(9, 9, () => 0);
  assertEquals(judge(empty, { wide: new Uint16Array(81), bitDepth: 16 }).lesion, false);
  assertStringIncludes(
    refusal(empty, { wide: new Uint16Array(81).fill(1), bitDepth: 16 }),
    "grey level 1 everywhere",
  );
  const labels = Uint16Array.from({ length: 400 }, (_, i) => Math.floor(i / 100) * 300);
  const map = { wide: labels, bitDepth: 16, pixels: Uint8Array.from(labels, (v) => v >> 8) };
  const grey = { width: 20, height: 20, pixels: map.pixels };
  assertStringIncludes(refusal(grey, map), "grey levels 0 (25.0 %), 300 (25.0 %)");
  const chosen = judge(grey, map, { maskClass: "600" }).mask;
  assertEquals(chosen.pixels, Uint8Array.from(labels, (v) => v === 600 ? 255 : 0));
});

/** A file of 16-bit levels. */
function wideFile(levels: (i: number) => number): Partial<DecodedImage> {
  const wide = Uint16Array.from({ length: 400 }, (_, i) => levels(i));
  return { wide, bitDepth: 16, pixels: Uint8Array.from(wide, (value) => value >> 8) };
}

const SQUARE = paint(20, 20, () => 0);

Deno.test("MaskJudge never takes two 16-bit levels for one", () => {
  // Instances 256 and 257 would be one grey level, the label 1 beside 1000 would be black.
  for (const levels of [[0, 256, 257], [0, 1, 1000], [0, 2, 300], [1, 2, 3, 65535]]) {
    const map = wideFile((i) => levels[Math.floor(i * levels.length / 400)]);
    assertStringIncludes(
      refusal(SQUARE, map),
      `looks like a label map (grey levels ${levels[0]} (`,
    );
    refusal(SQUARE, map, { maskThreshold: 1 });
    for (const level of levels) {
      const { mask } = judge(SQUARE, map, { maskClass: `${level}` });
      assertEquals(mask.pixels, Uint8Array.from(map.wide!, (v) => v === level ? 255 : 0));
    }
  }
  for (const [low, high] of [[256, 257], [65534, 65535], [1, 300]]) {
    const sharp = wideFile((i) => i % 20 < 9 ? high : low);
    const { mask, takenFrom } = judge(SQUARE, sharp);
    assertEquals(mask, paint(20, 20, (x) => x < 9 ? 255 : 0));
    assertEquals(takenFrom, `grey levels ${low} and ${high}`);
  }
  assertStringIncludes(
    refusal(SQUARE, wideFile((i) => i % 20 < 9 ? 257 : 256), { maskThreshold: 128 }),
    "grey levels 256 and 257 alone, both on one side of maskThreshold 128",
  );
  assertStringIncludes(refusal(SQUARE, wideFile(() => 256)), "grey level 256 everywhere");
  assertStringIncludes(refusal(SQUARE, wideFile(() => 65534)), "grey level 65534 everywhere");
  assertEquals(judge(SQUARE, wideFile(() => 4095)).full, true);
});

Deno.test("MaskJudge tells colours apart that are equally dark", () => {
  const shape = paint(20, 20, disc(10, 5));
  // One class in the red or the blue channel alone is grey level 0.
  for (const colour of [[1, 0, 0], [0, 0, 3]] as const) {
    const dark = coloured(shape, (value) => value ? colour : [0, 0, 0]);
    assertEquals(judge(shape, dark).mask, shape);
    assertStringIncludes(judge(shape, dark).takenFrom!, "black and #0");
    assertStringIncludes(refusal(shape, dark, { maskThreshold: 128 }), "both on one side");
  }
  const numbers = paint(20, 20, (x) => Math.floor(x / 7));
  const inRed = coloured(numbers, (value) => [value, 0, 0]);
  assertStringIncludes(refusal(numbers, inRed), "colours #000000 (35.0 %), #010000 (35.0 %)");
  assertEquals(
    judge(numbers, inRed, { maskClass: "#010000" }).mask.pixels,
    numbers.pixels.map((value) => value === 1 ? 255 : 0),
  );
  const alike = coloured(shape, (value) => value ? [1, 0, 0] : [0, 0, 1]);
  assertStringIncludes(refusal(shape, alike), "looks like a colour map");
  assertStringIncludes(
    refusal(shape, coloured(shape, () => [1, 0, 0])),
    "the colour #010000 everywhere",
  );
});

Deno.test("maskClass tells palette indices of one colour apart", () => {
  const map = paint(40, 30, (x) => Math.floor(x / 14));
  const palette = Uint8Array.of(0, 0, 0, 255, 0, 0, 255, 0, 0);
  const indexed = (palette: Uint8Array) => ({
    ...coloured(map, (v) => [...palette.subarray(3 * v, 3 * v + 3)]),
    palette,
    indices: map.pixels,
  });
  for (const index of [0, 1, 2]) {
    assertEquals(
      judge(map, indexed(palette), { maskClass: `${index}` }).mask.pixels,
      map.pixels.map((value) => value === index ? 255 : 0),
    );
  }
  // Without a class the shape would be lost.
  assertStringIncludes(
    refusal(map, indexed(new Uint8Array(9))),
    "one colour everywhere and keeps its shape in the indices of its palette",
  );
});

Deno.test("MaskJudge takes a colour on black that has been through JPEG", () => {
  const shape = paint(128, 96, disc(50, 30));
  for (const colour of [...COLOURS, [255, 165, 0], [170, 255, 0], [200, 0, 200]] as const) {
    for (const coarseness of [2, 6, 10]) {
      const pixels = colourThroughJpeg(shape, colour, coarseness);
      for (const format of ["jpeg", "png"] as const) {
        const { mask } = judge(shape, { channels: 3, pixels, format });
        const wrong = mask.pixels.filter((v, i) => (v > 127) !== (shape.pixels[i] > 127)).length;
        assert(wrong < 80, `${colour} ${coarseness}: ${wrong} px`);
      }
    }
  }
  // Another colour is no smear, however small the lesion is.
  const [yellow, orange] = [[255, 255, 0], [255, 140, 0]] as const;
  const one = colourThroughJpeg(paint(128, 96, disc(40, 30)), yellow, 4);
  const other = colourThroughJpeg(paint(128, 96, disc(80, 6)), orange, 4);
  const pixels = one.map((value, i) => Math.max(value, other[i]));
  assertStringIncludes(refusal(shape, { channels: 3, pixels, format: "jpeg" }), "colour map");
});

Deno.test("MaskJudge advises no class where classes are refused", () => {
  const levels = paint(64, 64, (x) => x < 20 ? 2 : x < 40 ? 1 : 0);
  assertStringIncludes(refusal(levels, { format: "jpeg" }), "lesion with maskThreshold 1");
  const onWhite = coloured(levels, (value) => value ? [255, 0, 0] : [255, 255, 255]);
  assertStringIncludes(refusal(levels, { ...onWhite, format: "jpeg" }), "take the original mask");
  // The background is no example of a class.
  const lesion = paint(64, 64, (x) => x < 20 ? 1 : 0);
  assertStringIncludes(
    refusal(lesion, coloured(lesion, (v) => v ? [255, 0, 0] : [255, 255, 255])),
    "choose it with maskClass #ff0000",
  );
});

Deno.test("maskThreshold makes lesion of all levels from it on", () => {
  const soft = paint(64, 64, (x) => 4 * x);
  for (const maskThreshold of [1, 100, 128, 255]) {
    const { mask, softPixels, lesion } = judge(soft, {}, { maskThreshold });
    assertEquals(mask.pixels, soft.pixels.map((value) => value >= maskThreshold ? 255 : 0));
    assertEquals([softPixels, lesion], [0, maskThreshold < 255]);
  }
  const empty = paint(9, 9, () => 0);
  assertEquals(judge(empty, {}, { maskThreshold: 1 }).lesion, false);
  // A sharp mask of other levels would become empty or full in silence.
  const sharp = paint(40, 30, (x, y) => disc(15, 8)(x, y) > 0 ? 1 : 0);
  assertStringIncludes(
    refusal(sharp, {}, { maskThreshold: 128 }),
    "grey levels 0 and 1 alone, both on one side of maskThreshold 128",
  );
  // A colour counts by its own brightness: red is no dark grey.
  const disc64 = paint(64, 64, disc(30, 16, 4));
  const red = coloured(disc64, (value) => [value, 0, 0]);
  assertEquals(
    judge(disc64, red, { maskThreshold: 128 }).mask.pixels,
    disc64.pixels.map((value) => value >= 128 ? 255 : 0),
  );
});

Deno.test("maskClass picks a level, a palette index or a colour, or several", () => {
  const map = paint(40, 30, (x) => Math.floor(x / 10));
  const picked = (maskClass: string, more: Partial<DecodedImage> = {}) =>
    judge(map, more, { maskClass }).mask.pixels;
  const where = (...labels: number[]) => map.pixels.map((v) => labels.includes(v) ? 255 : 0);
  assertEquals(picked("1"), where(1));
  assertEquals(picked("3, 1"), where(1, 3));
  assertEquals(picked("9"), where());
  const palette = Uint8Array.of(0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0);
  const colours = coloured(map, (v) => [...palette.subarray(3 * v, 3 * v + 3)]);
  const indexed = { ...colours, palette, indices: map.pixels };
  assertEquals(picked("2", indexed), where(2));
  assertEquals(picked("#008000", colours), where(2));
  assertEquals(picked("#808000,#800000", colours), where(1, 3));
  assertStringIncludes(refusal(map, { format: "jpeg" }, { maskClass: "1" }), "no label map");
});

Deno.test("MaskJudge refuses a class that no mask of the set has, with the levels of all", () => {
  const maps = [paint(10, 10, (x) => x < 5 ? 1 : 0), paint(10, 10, (x) => x < 5 ? 2 : 0)];
  const judgeAll = (maskClass: string) => {
    const judge = new MaskJudge(maskRules({ maskClass }));
    for (const map of maps) {
      judge.judge({ ...map, channels: 1, bitDepth: 8, format: "png" }, "a_mask.png");
    }
    judge.checkClass();
  };
  judgeAll("1");
  judgeAll("2");
  const { message } = assertThrows(() => judgeAll("7"), InputError);
  assertStringIncludes(
    message,
    "maskClass 7 is in none of the masks; they have grey levels 0 (50.0 %), 1 (25.0 %), 2 (25.0 %)",
  );
  // Masks of no lesion have no class.
  maps.splice(0, 2, paint(9, 9, () => 0));
  judgeAll("7");
});

Deno.test("maskRules() refuses levels out of range, and two rules at once", () => {
  for (const maskThreshold of [0, 256, 1.5]) {
    const error = assertThrows(() => maskRules({ maskThreshold }), InputError) as InputError;
    assertEquals(error.field, "maskThreshold");
  }
  assertThrows(() => maskRules({ maskThreshold: 9, maskClass: "1" }), InputError, "give one");
});

Deno.test("MaskJudge names the way out: a class of a label map, a threshold of a blurred mask", () => {
  const map = paint(64, 64, (x) => x < 24 ? 2 : x < 40 ? 1 : 0);
  assertStringIncludes(refusal(map), "choose it with maskClass 2");
  const faint = paint(64, 64, (x, y) => Math.min(128, disc(30, 16, 8)(x, y)));
  assertStringIncludes(refusal(faint), "a pixel is lesion with maskThreshold 64");
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
