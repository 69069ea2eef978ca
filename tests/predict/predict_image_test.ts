import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import type { Predictor } from "../../lib/engine/engine.ts";
import { measure, predictImage, type PredictionOptions } from "../../lib/predict/predict_image.ts";
import { wishesOf } from "../../lib/predict/prediction_fields.ts";

const answer = (width: number, height: number, ...logits: number[]) => ({
  width,
  height,
  logits: Float32Array.from(logits),
});

Deno.test("measure() thresholds, counts parts and averages the probability inside", () => {
  const logits = [0, 2, -1, 1e-30, -20, -20, -20, -20, 30, -20, -20, -20];
  const { mask, probability, lesions, area, meanProbability } = measure(
    answer(4, 3, ...logits),
    0.5,
  );
  assertEquals([...mask.pixels], [0, 255, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0]);
  assertEquals([lesions.length, area], [3, 3]);
  assertEquals([probability[0], probability[8], probability[4]], [32768, 65535, 0]);
  assertAlmostEquals(meanProbability!, (1 / (1 + Math.exp(-2)) + 0.5 + 1) / 3, 1e-12);
});

Deno.test("measure() of an empty mask has no mean probability", () => {
  const { lesions, area, meanProbability } = measure(answer(3, 1, -3, -3, -3), 0.5);
  assertEquals([lesions, area, meanProbability], [[], 0, null]);
});

Deno.test("measure() obeys the threshold", () => {
  const maps = answer(4, 1, -1.5, -1.3, 1.3, 1.5);
  assertEquals([...measure(maps, 0.2).mask.pixels], [0, 255, 255, 255]);
  assertEquals([...measure(maps, 0.8).mask.pixels], [0, 0, 0, 255]);
});

Deno.test("measure() leaves small lesions out, and all but the largest", () => {
  const maps = answer(8, 1, 1, -1, 1, 1, -1, 1, 1, -1);
  const left = (options: PredictionOptions) => {
    const { mask, lesions, area } = measure(maps, 0.5, options);
    const inMask = [...mask.pixels].map((value) => value / 255);
    assertEquals(area, inMask.reduce((a, b) => a + b));
    assertEquals(area, lesions.reduce((sum, lesion) => sum + lesion.area, 0));
    return inMask.join("");
  };
  assertEquals(left({}), "10110110");
  assertEquals(left({ minArea: 2 }), "00110110");
  assertEquals(left({ minArea: 3 }), "00000000");
  assertEquals(left({ keepLargest: true }), "00110000");
  assertEquals(left({ keepLargest: true, minArea: 3 }), "00000000");
});

Deno.test("measure() refuses logits that are no numbers", () => {
  assertThrows(() => measure(answer(2, 1, 0, NaN), 0.5), InputError, "no numbers");
});

Deno.test("predictImage() goes to the network's size and back", async () => {
  let seen = 0;
  const predictor: Predictor = {
    run(images, n) {
      seen = images.length * n;
      // A lesion in the right half.
      return Promise.resolve(
        Float32Array.from({ length: 32 * 16 }, (_, index) => (index % 32 < 16 ? -5 : 5)),
      );
    },
    close() {},
  };
  const image = { width: 50, height: 21, pixels: new Uint8Array(50 * 21) };
  const { mask, area, lesions } = await predictImage(
    predictor,
    image,
    { width: 32, height: 16 },
    0.5,
  );
  assertEquals(seen, 32 * 16);
  assertEquals([mask.width, mask.height], [50, 21]);
  assertEquals([area, lesions.length], [25 * 21, 1]);
});

Deno.test("wishesOf() wants a threshold between 0 and 1", () => {
  wishesOf({ threshold: 0.5 });
  for (const threshold of [0, 1, -0.1, 2, NaN]) {
    assertThrows(() => wishesOf({ threshold }), InputError);
  }
});
