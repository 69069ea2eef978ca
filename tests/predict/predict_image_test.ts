import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Predictor } from "../../lib/engine/engine.ts";
import { InputError } from "../../lib/errors.ts";
import { checkThreshold, measure, predictImage } from "../../lib/predict/predict_image.ts";

Deno.test("measure() thresholds, counts parts and averages the probability inside", () => {
  const logits = Float32Array.of(0, 2, -1, 1e-30, -20, -20, -20, -20, 30, -20, -20, -20);
  const { mask, probability, lesions, area, meanProbability } = measure(logits, 4, 3, 0.5);
  assertEquals([...mask.pixels], [0, 255, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0]);
  assertEquals([lesions, area], [3, 3]);
  assertEquals([probability[0], probability[8], probability[4]], [32768, 65535, 0]);
  assertAlmostEquals(meanProbability!, (1 / (1 + Math.exp(-2)) + 0.5 + 1) / 3, 1e-12);
});

Deno.test("measure() of an empty mask has no mean probability", () => {
  const { lesions, area, meanProbability } = measure(new Float32Array(6).fill(-3), 3, 2, 0.5);
  assertEquals([lesions, area, meanProbability], [0, 0, null]);
});

Deno.test("measure() obeys the threshold", () => {
  const logits = Float32Array.of(-1.5, -1.3, 1.3, 1.5);
  assertEquals([...measure(logits, 4, 1, 0.2).mask.pixels], [0, 255, 255, 255]);
  assertEquals([...measure(logits, 4, 1, 0.8).mask.pixels], [0, 0, 0, 255]);
});

Deno.test("measure() refuses logits that are no numbers", () => {
  assertThrows(() => measure(Float32Array.of(0, NaN), 2, 1, 0.5), InputError, "no numbers");
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
  assertEquals([area, lesions], [25 * 21, 1]);
});

Deno.test("checkThreshold() wants a number between 0 and 1", () => {
  checkThreshold(0.5);
  for (const bad of [0, 1, -0.1, 2, NaN]) assertThrows(() => checkThreshold(bad), InputError);
});
