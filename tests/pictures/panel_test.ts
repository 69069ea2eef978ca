import { assert, assertEquals } from "@std/assert";
import { decode, type DecodedPng } from "fast-png";
import type { GreyImage } from "../../lib/image/image.ts";
import { contactSheet } from "../../lib/pictures/contact_sheet.ts";
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

Deno.test("samplePanel() shows the three images in equal frames, whatever their own sizes", async () => {
  const png = decode(
    await samplePanel({
      image: even(100, 80, 77),
      predicted: even(64, 64, 133),
      truth: even(200, 160, 201),
      title: "benign (1).png",
      dice: 0.5,
    }),
  );
  const counts = [77, 133, 201].map((grey) => countColour(png, [grey, grey, grey]));
  // 320x256 in the drawing, 480x384 in the picture; letters may add a few pixels.
  for (const count of counts) assert(Math.abs(count - 480 * 384) < 100, `${counts}`);
});

Deno.test("samplePanel() puts original, prediction and truth from left to right", async () => {
  const { data, width, height, channels } = decode(
    await samplePanel({
      image: even(50, 50, 60),
      predicted: even(50, 50, 120),
      truth: even(50, 50, 180),
      title: "a",
    }),
  );
  const row = Math.floor(height * 0.7);
  const greys = [1, 3, 5].map((sixth) =>
    data[(row * width + Math.floor(width * sixth / 6)) * channels]
  );
  assertEquals(greys, [60, 120, 180]);
});

Deno.test("samplePanel() copes with extreme proportions, odd names and no Dice", async () => {
  const sizes = [[1, 1], [900, 3], [3, 900]] as const;
  for (const [width, height] of sizes) {
    const image = even(width, height, 50);
    const title = `<\u0000&"${"long ".repeat(80)}\ud800.png`;
    const png = decode(
      await samplePanel({ image, predicted: image, truth: image, title, dice: NaN }),
    );
    assert(png.width > 700 && png.height > 50);
  }
});

Deno.test("samplePanel() changes nothing but the words when the Dice changes", async () => {
  const image = even(40, 40, 90);
  const sample = { image, predicted: image, truth: image, title: "a" };
  const without = decode(await samplePanel(sample));
  const withDice = decode(await samplePanel({ ...sample, dice: 0.9 }));
  const differing = Array.from<number>(without.data)
    .findLastIndex((value, i) => value !== withDice.data[i]);
  assert(differing > 0 && differing < 3 * without.width * 82, "only the first lines differ");
});

Deno.test("contactSheet() tiles every image with its outlines", async () => {
  const image = even(110, 110, 30);
  const mask = (from: number, to: number): GreyImage => ({
    ...image,
    pixels: image.pixels.map((_, i) => {
      const x = i % 110;
      const y = Math.floor(i / 110);
      return x >= from && x < to && y >= from && y < to ? 255 : 0;
    }),
  });
  const items = Array.from({ length: 7 }, (_, k) => ({
    image,
    predicted: mask(30, 60),
    truth: mask(20, 80),
    name: `image ${k}`,
    dice: k / 7,
  }));
  const all = decode(await contactSheet(items));
  const one = decode(await contactSheet(items.slice(0, 1)));
  assertEquals(all.width, 2 * (4 * 236 + 16));
  const grey = [30, 30, 30];
  assert(countColour(one, grey) > 100_000);
  assert(Math.abs(countColour(all, grey) / countColour(one, grey) - 7) < 0.01);
  const outlined = countColour(all, [255, 214, 10]) > 0 && countColour(all, [0, 190, 255]) > 0;
  assert(outlined);
});

Deno.test("contactSheet() makes a picture of no image at all", async () => {
  assert(decode(await contactSheet([])).width > 0);
});
