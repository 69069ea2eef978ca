/** The pictures of samples, with a trainer that predicts what a test wants. */
import { assert, assertEquals } from "@std/assert";
import { decode } from "fast-png";
import type { Batch } from "../../lib/core/batch.ts";
import type { Sample } from "../../lib/dataset/samples.ts";
import type { Trainer } from "../../lib/engine/engine.ts";
import { fitInput } from "../../lib/image/fit.ts";
import { COMPARISON_COLOURS } from "../../lib/pictures/comparison.ts";
import { MOSAIC_FILE, samplePictures, verdictOf } from "../../lib/run/pictures.ts";
import type { BatchSource } from "../../lib/train/loop.ts";

const SIDE = 16;

/** An image of another shape than the input: white in its left half, which is its lesion, too. */
function sample(path: string, width: number, height: number): Sample {
  const pixels = Uint8Array.from(
    { length: width * height },
    (_, i) => i % width < width / 2 ? 80 : 0,
  );
  const image = fitInput({ width, height, pixels }, { width: SIDE, height: SIDE, fit: "pad" });
  return {
    path,
    masks: [],
    originalWidth: width,
    originalHeight: height,
    width: SIDE,
    height: SIDE,
    image,
    maskLayers: [],
    lesion: true,
  };
}

/** The pictures of samples whose masks are their white pixels, predicted as these, too. */
async function pictures(samples: readonly Sample[], count: number) {
  const area = SIDE * SIDE;
  const images = new Uint8Array(samples.length * area);
  samples.forEach(({ image }, k) => images.set(image, k * area));
  const masks = Float32Array.from(images, (value) => value > 40 ? 1 : 0);
  const batch: Batch = { n: samples.length, width: SIDE, height: SIDE, images, masks };
  const trainer = { logits: () => Promise.resolve(masks.map((value) => 8 * value - 4)) };
  const batches = { valBatches: 1, valBatch: () => batch };
  const found = await Array.fromAsync(samplePictures(
    trainer as unknown as Trainer,
    batches as unknown as BatchSource,
    { samples, fit: "pad", count, epoch: 3 },
  ));
  return found.map(({ file, png }) => ({ file, png: decode(png) }));
}

Deno.test("samplePictures() shows images in their own proportions, without the padding", async () => {
  const [{ png: { data, width, height, channels } }] = await pictures(
    [sample("a/b.png", 40, 20)],
    1,
  );
  // The row through the middle of the pictures; the first one has 450 px of the file.
  const row = 1.5 * 82 + 112;
  const at = (x: number) => [...data.subarray((row * width + x) * channels).subarray(0, 3)];
  assertEquals([at(30 + 50), at(30 + 400)], [[80, 80, 80], [0, 0, 0]]);
  assertEquals([at(500 + 50), at(500 + 400)], [[255, 255, 255], [0, 0, 0]]);
  const hit = COMPARISON_COLOURS.hit.map((value) => Math.round(0.6 * value + 0.4 * 80));
  const left = Math.round(1.5 * (20 + 3 * 320)) + 50;
  assertEquals(at(left), hit);
  assert(height < 1.5 * (82 + 150 + 50), "half as high as wide");
});

Deno.test("samplePictures() ends with a picture of all that were asked for", async () => {
  const samples = ["a/1.png", "a/2.png", "a/3.png"].map((path) => sample(path, 30, 20));
  const files = (await pictures(samples, 2)).map(({ file }) => file);
  assertEquals(files, ["01 1.png", "02 2.png", MOSAIC_FILE]);
  assertEquals(await pictures(samples, 0), []);
});

Deno.test("verdictOf() judges images with and without a lesion", () => {
  const verdict = (intersection: number, predicted: number, truth: number) =>
    verdictOf({ intersection, predicted, truth }, 1000);
  assertEquals(verdict(30, 50, 40), "Dice 0.667");
  assertEquals(verdict(0, 50, 40), "Dice 0.000");
  assertEquals(verdict(0, 0, 40), "nothing predicted");
  assertEquals(verdict(0, 0, 0), "lesion-free, no false alarm");
  assertEquals(verdict(0, 25, 0), "lesion-free, false alarm: 2.5 % of the image");
  assertEquals(
    verdictOf({ intersection: 0, predicted: 1, truth: 0 }, 1e5).includes("under 0.1 %"),
    true,
  );
});
