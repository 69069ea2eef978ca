import { assert, assertEquals } from "@std/assert";
import { decode, type DecodedPng } from "fast-png";
import type { Box } from "../../lib/image/contours.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { comparison, COMPARISON_COLOURS } from "../../lib/pictures/comparison.ts";
import { contactSheet } from "../../lib/pictures/contact_sheet.ts";
import {
  EDGE_COLOUR,
  MARK_COLOUR,
  PREDICTED_COLOUR,
  TRUTH_COLOUR,
} from "../../lib/pictures/overlay.ts";
import { samplePanel } from "../../lib/pictures/panel.ts";

function even(width: number, height: number, grey: number): GreyImage {
  return { width, height, pixels: new Uint8Array(width * height).fill(grey) };
}

/** How many pixels have exactly this colour. */
function countColour({ data, channels }: DecodedPng, colour: readonly number[]): number {
  let count = 0;
  for (let i = 0; i < data.length; i += channels) {
    if (colour.every((value, c) => data[i + c] === value)) count++;
  }
  return count;
}

Deno.test("samplePanel() shows the images in equal frames, whatever their own sizes", async () => {
  const png = decode(
    await samplePanel({
      image: even(100, 80, 77),
      predicted: even(64, 64, 103),
      truth: even(200, 160, 121),
      title: "benign (1).png",
      verdict: "Dice 0.500",
    }),
  );
  const counts = [77, 103, 121].map((grey) => countColour(png, [grey, grey, grey]));
  // 300x240 in the drawing, 450x360 in the picture; letters may add a few pixels. Where no mask
  // says lesion, the comparison is the image.
  for (const [k, count] of counts.entries()) {
    assert(Math.abs(count - (k === 0 ? 2 : 1) * 450 * 360) < 100, `${counts}`);
  }
});

Deno.test("samplePanel() puts image, truth, prediction and comparison from left to right", async () => {
  const { data, width, height, channels } = decode(
    await samplePanel({
      image: even(50, 50, 60),
      predicted: even(50, 50, 120),
      truth: even(50, 50, 110),
      title: "a",
      verdict: "",
    }),
  );
  const row = Math.floor(height * 0.6);
  const greys = [1, 3, 5, 7].map((eighth) =>
    data[(row * width + Math.floor(width * eighth / 8)) * channels]
  );
  assertEquals(greys, [60, 110, 120, 60]);
});

Deno.test("samplePanel() copes with extreme proportions and odd names", async () => {
  const sizes = [[1, 1], [900, 3], [3, 900]] as const;
  for (const [width, height] of sizes) {
    const image = even(width, height, 50);
    const title = `<\u0000&"${"long ".repeat(80)}\ud800.png`;
    const png = decode(
      await samplePanel({ image, predicted: image, truth: image, title, verdict: "Dice 1.000" }),
    );
    assert(png.width > 700 && png.height > 50);
  }
});

Deno.test("samplePanel() changes nothing but the words when the verdict changes", async () => {
  const image = even(40, 40, 90);
  const sample = { image, predicted: image, truth: image, title: "a" };
  const without = decode(await samplePanel({ ...sample, verdict: "" }));
  const withDice = decode(await samplePanel({ ...sample, verdict: "Dice 0.900" }));
  const differing = Array.from<number>(without.data)
    .findLastIndex((value, i) => value !== withDice.data[i]);
  assert(differing > 0 && differing < 3 * without.width * 82, "only the first lines differ");
});

Deno.test("comparison() colours hits, misses and false marks, and nothing else", () => {
  const of = (...pixels: number[]): GreyImage => ({
    width: 2,
    height: 2,
    pixels: Uint8Array.from(pixels),
  });
  const { hit, miss, false: wrong } = COMPARISON_COLOURS;
  const { pixels } = comparison(of(0, 0, 0, 90), of(255, 255, 0, 0), of(255, 0, 255, 100));
  const tinted = (colour: readonly number[], share: number) =>
    colour.map((value) => Math.round(share * value));
  // The miss is on a stripe; the false mark, at (0, 1), is between two.
  const expected = [tinted(hit, 0.6), tinted(miss, 0.95), tinted(wrong, 0.4), [90, 90, 90]];
  assertEquals([...pixels], expected.flat());
});

Deno.test("comparison() hatches misses one way and false marks the other", () => {
  const image = even(40, 40, 0);
  const [none, all] = [even(40, 40, 0), even(40, 40, 255)];
  const stripes = (truth: GreyImage, predicted: GreyImage) => {
    const { pixels } = comparison(image, truth, predicted);
    return Array.from({ length: 1600 }, (_, i) => pixels[3 * i + 1] > 120);
  };
  const differ = (own: boolean[], across: number) =>
    own.filter((on, i) => {
      const [x, y] = [i % 40 + across, Math.floor(i / 40) + 1];
      return x >= 0 && x < 40 && y < 40 && on !== own[y * 40 + x];
    }).length;
  const [misses, falseMarks] = [stripes(all, none), stripes(none, all)];
  assertEquals([differ(misses, -1), differ(falseMarks, 1)], [0, 0]);
  assert(differ(misses, 1) > 300 && differ(falseMarks, -1) > 300);
  assert(!stripes(all, all).includes(true), "hits are plain");
});

const BRIGHT = even(110, 110, 200);
const square = (from: number, to: number): GreyImage => ({
  ...BRIGHT,
  pixels: BRIGHT.pixels.map((_, i) => {
    const [x, y] = [i % 110, Math.floor(i / 110)];
    return x >= from && x < to && y >= from && y < to ? 255 : 0;
  }),
});

/** Where a row of a picture has a colour. */
function placesOf({ data, width, channels }: DecodedPng, row: number, colour: readonly number[]) {
  return Array.from({ length: width }, (_, x) => x)
    .filter((x) => colour.every((value, c) => data[(row * width + x) * channels + c] === value));
}

Deno.test("contactSheet() draws lines as wide as they are seen, with dark edges", async () => {
  // The picture of one image is 264 px high in the drawing, and 528 in the file, for any size.
  for (const side of [40, 528, 1500]) {
    const image = even(side, side, 200);
    const pixels = image.pixels.map((_, i) => {
      const [x, y] = [i % side / side, Math.floor(i / side) / side];
      return x >= 0.25 && x < 0.75 && y >= 0.25 && y < 0.75 ? 255 : 0;
    });
    const png = decode(await contactSheet([{ image, predicted: { ...image, pixels }, name: "a" }]));
    const row = 2 * 84 + 264;
    const yellow = placesOf(png, row, PREDICTED_COLOUR);
    assert(yellow.length >= 6 && yellow.length <= 8, `${side}: ${yellow}`);
    assert(placesOf(png, row, EDGE_COLOUR).length >= 2, `${side}`);
    for (const x of yellow) {
      const at = (x - 32) / 528;
      assert(Math.min(Math.abs(at - 0.25), Math.abs(at - 0.75)) < 0.01, `${side}: ${at}`);
    }
  }
});

Deno.test("contactSheet() dashes the truth, and shows the prediction in its gaps", async () => {
  const item = { image: BRIGHT, truth: square(20, 90), name: "a" };
  const alone = decode(await contactSheet([item]));
  const both = decode(await contactSheet([{ ...item, predicted: square(20, 90) }]));
  const top = 2 * 84 + Math.round(528 * 20 / 110);
  const blue = placesOf(alone, top, TRUTH_COLOUR).length;
  assert(blue > 0.4 * 336 && blue < 0.75 * 336, `${blue}`);
  assertEquals(placesOf(both, top, TRUTH_COLOUR).length, blue);
  assert(placesOf(both, top, PREDICTED_COLOUR).length > 0.2 * 336);
});

Deno.test("contactSheet() marks places: small ones by a circle, large ones by a box", async () => {
  const item = { image: BRIGHT, name: "a" };
  const mark = async (place: Box) =>
    countColour(decode(await contactSheet([{ ...item, places: [place] }])), MARK_COLOUR);
  const none = countColour(decode(await contactSheet([item])), MARK_COLOUR);
  assertEquals(none, 0);
  const speck = await mark({ x: 60, y: 60, width: 1, height: 1 });
  // A ring of radius 10 and width 2, at twice the size.
  assert(speck > 0.7 * 500 && speck < 1.3 * 500, `${speck}`);
  assert(await mark({ x: 0, y: 0, width: 1, height: 1 }) > 100, "at the corner");
  assert(await mark({ x: 0, y: 10, width: 110, height: 90 }) > 3 * speck);
});

Deno.test("contactSheet() keeps everything inside the picture's frame", async () => {
  const whole = decode(
    await contactSheet([{ image: BRIGHT, predicted: square(0, 110), name: "" }]),
  );
  const empty = decode(await contactSheet([{ image: BRIGHT, predicted: square(0, 0), name: "" }]));
  const isInside = (i: number) => {
    const [x, y] = [i % whole.width, Math.floor(i / whole.width)];
    return x >= 32 && x < 32 + 528 && y >= 168 && y < 168 + 528;
  };
  for (let i = 0; i < whole.width * whole.height; i++) {
    if (!isInside(i)) assertEquals(whole.data[3 * i], empty.data[3 * i]);
  }
});

Deno.test("contactSheet() tiles every image", async () => {
  const items = Array.from({ length: 7 }, (_, k) => ({
    image: even(110, 70 + 10 * k, 31 + k),
    name: `image ${k}`,
    dice: k / 7,
  }));
  const all = decode(await contactSheet(items));
  assertEquals(all.width, 2 * (4 * 236 - 12 + 2 * 16));
  const areas = items.map((_, k) => countColour(all, [31 + k, 31 + k, 31 + k]));
  assert(areas.every((area) => area > 80_000), `${areas}`);
  // Two rows of pictures, captions, gaps and the head: most of the sheet is pictures.
  assert(areas.reduce((a, b) => a + b) > 0.6 * all.width * all.height);
});

Deno.test("contactSheet() makes a picture of no image at all", async () => {
  assert(decode(await contactSheet([])).width > 0);
});
