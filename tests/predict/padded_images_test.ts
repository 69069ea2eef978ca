/** Predictions of images that are fitted into the network's input with black edges. */
import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../../lib/core/random.ts";
import type { Predictor } from "../../lib/engine/engine.ts";
import { frameOf } from "../../lib/image/fit.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { resizeGrey } from "../../lib/image/resize.ts";
import { resizeFloat } from "../../lib/image/resize_float.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planPrediction } from "../../lib/plan/planners.ts";
import { logitsOf } from "../../lib/predict/logits.ts";
import { predictImage } from "../../lib/predict/predict_image.ts";
import { fastEngines } from "../support/engines.ts";

/** A network that sees what is bright. */
const BRIGHT: Predictor = {
  run: (images) => Promise.resolve(Float32Array.from(images, (value) => (value - 127.5) / 10)),
  close() {},
};

const SIZES: readonly [number, number][] = [[1, 500], [500, 1], [17, 31], [96, 24], [32, 32]];

/** White right of `from`, black elsewhere. */
function halfWhite(width: number, height: number, from: number): GreyImage {
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => i % width < from ? 0 : 255);
  return { width, height, pixels };
}

Deno.test("masks and measures of a padded image are in the image's own pixels", async () => {
  const image = halfWhite(96, 24, 40);
  const input = { width: 48, height: 48, fit: "pad" } as const;
  for (const tta of ["none", "flips"] as const) {
    const { mask, lesions, area, probability } = await predictImage(BRIGHT, image, input, 0.5, {
      tta,
    });
    // Were the padding not cut off, the lesion would lose its upper and lower rows.
    assertEquals(mask, image);
    assertEquals([area, lesions.length, probability.length], [56 * 24, 1, 96 * 24]);
    const [{ box, centre, touchesBorder, rings }] = lesions;
    assertEquals(box, { x: 40, y: 0, width: 56, height: 24 });
    assertEquals([centre, touchesBorder], [[68, 12], true]);
    const [xs, ys] = [0, 1].map((axis) => rings.flat().map((point) => point[axis]));
    assertEquals([Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)], [
      40,
      96,
      0,
      24,
    ]);
  }
});

Deno.test("images of all shapes are predicted whole", async () => {
  for (const [width, height] of SIZES) {
    for (const level of [0, 255]) {
      const image = { width, height, pixels: new Uint8Array(width * height).fill(level) };
      const input = { width: 48, height: 32, fit: "pad" } as const;
      const { mask, area } = await predictImage(BRIGHT, image, input, 0.5, { tta: "flips" });
      assertEquals([mask, area], [image, level === 0 ? 0 : width * height]);
    }
  }
});

Deno.test("flips are undone before the padding is cut off", async () => {
  const random = new RandomStream(2, "image");
  const image = {
    width: 17,
    height: 31,
    pixels: Uint8Array.from({ length: 17 * 31 }, () => random.bits32() & 255),
  };
  // In 49 px the rest is odd, so that a flipped image lies one px elsewhere.
  for (const width of [48, 49]) {
    const input = { width, height: 32, fit: "pad" } as const;
    assertEquals(frameOf(image, input), { left: 15, top: 0, width: 18, height: 32 });
    const once = await predictImage(BRIGHT, image, input, 0.5);
    const flips = await predictImage(BRIGHT, image, input, 0.5, { tta: "flips" });
    assertEquals([flips.mask, flips.probability], [once.mask, once.probability]);
    assertEquals(flips.uncertainty!.some((value) => value > 0), false);
  }
});

for (const { label, engine } of fastEngines) {
  Deno.test(`the engine sees the padded image, and its answer is cut and resized (${label})`, async () => {
    const input = { width: 48, height: 32, fit: "pad" } as const;
    const network = { inChannels: 1, classes: 1, base: 2, bilinear: false };
    const { width, height } = input;
    const plan = planPrediction(graphOf(network), { n: 1, width, height, mean: 0.485, std: 0.229 });
    const predictor = await engine.predictor(plan, initialWeights(graphOf(network), 3));
    for (const [across, down] of SIZES) {
      const random = new RandomStream(across, "image");
      const pixels = Uint8Array.from({ length: across * down }, () => random.bits32() & 255);
      const image = { width: across, height: down, pixels };
      const frame = frameOf(image, input);
      const small = resizeGrey(image, frame.width, frame.height).pixels;
      const padded = new Uint8Array(width * height);
      small.forEach((value, i) => {
        const [x, y] = [i % frame.width, Math.floor(i / frame.width)];
        padded[(frame.top + y) * width + frame.left + x] = value;
      });
      const answer = await predictor.run(padded, 1);
      const inside = Float32Array.from(small, (_, i) => {
        const [x, y] = [i % frame.width, Math.floor(i / frame.width)];
        return answer[(frame.top + y) * width + frame.left + x];
      });
      const expected = resizeFloat(inside, frame.width, frame.height, across, down);
      assertEquals(await logitsOf(predictor, image, input, image), expected);
      const squashed = await logitsOf(predictor, image, { width, height }, image);
      assert(squashed.some((value, i) => value !== expected[i]), `${across}x${down}`);
    }
    predictor.close();
  });
}
