import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { phantomSet } from "../../lib/dataset/phantoms/phantoms.ts";
import type { Predictor } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planPrediction } from "../../lib/plan/planners.ts";
import { averageAnswers, flipped, FLIPS } from "../../lib/predict/flips.ts";
import { preprocess, runBatch } from "../../lib/predict/logits.ts";
import { predictImage } from "../../lib/predict/predict_image.ts";
import { fastEngines } from "../support/engines.ts";

Deno.test("flipped() mirrors rows and columns, and is undone by itself", () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  assertEquals(FLIPS.map((flip) => [...flipped(values, 3, 2, flip)].join("")), [
    "123456",
    "321654",
    "456123",
    "654321",
  ]);
  for (const flip of FLIPS) {
    assertEquals(flipped(flipped(values, 3, 2, flip), 3, 2, flip), values);
  }
});

Deno.test("averageAnswers() averages probabilities and keeps the digits of sure ones", () => {
  const { logits, deviation } = averageAnswers([
    Float32Array.of(-2, 60, -60, 1),
    Float32Array.of(2, 60, -60, 3),
  ]);
  assertAlmostEquals(logits[0], 0, 1e-7);
  assertAlmostEquals(deviation[0], 1 / (1 + Math.exp(-2)) - 0.5, 1e-7);
  assertEquals([logits[1], logits[2], deviation[1], deviation[2]], [60, -60, 0, 0]);
  const [p, q] = [1, 3].map((logit) => 1 / (1 + Math.exp(-logit)));
  assertAlmostEquals(1 / (1 + Math.exp(-logits[3])), (p + q) / 2, 1e-7);
  assertAlmostEquals(deviation[3], (q - p) / 2, 1e-7);
});

Deno.test("predictImage() with flips turns the answers back before it averages them", async () => {
  // A network that sees what is bright: mirrored images must give mirrored answers.
  const predictor: Predictor = {
    run: (images) => Promise.resolve(Float32Array.from(images, (value) => (value - 100) / 10)),
    close() {},
  };
  const image = {
    width: 5,
    height: 4,
    pixels: Uint8Array.from({ length: 20 }, (_, index) => (index * 37) % 211),
  };
  const once = await predictImage(predictor, image, image, 0.5);
  const flips = await predictImage(predictor, image, image, 0.5, { tta: "flips" });
  assertEquals(flips.mask, once.mask);
  assertEquals([...flips.uncertainty!], new Array(20).fill(0));
  assertEquals(flips.probability, once.probability);
  assertEquals(once.uncertainty, undefined);
});

for (const { label, slow, engine } of fastEngines) {
  Deno.test(`the bits of an image do not depend on its batch (${label})`, async () => {
    // Large enough for the kernels of large maps, where that takes no time.
    const size = slow ? { width: 48, height: 32 } : { width: 96, height: 80 };
    const network = { inChannels: 1, classes: 1, base: slow ? 2 : 16, bilinear: false };
    const weights = initialWeights(graphOf(network), 3);
    const inputs = [...phantomSet(3, 1)].flatMap(({ image }) => preprocess(image, size, "flips"));
    const answers = async (batch: number) => {
      const plan = planPrediction(graphOf(network), { n: batch, ...size, mean: 0.485, std: 0.229 });
      const predictor = await engine.predictor(plan, weights);
      const result = await runBatch(inputs, predictor, size, batch);
      predictor.close();
      return result;
    };
    const alone = await answers(1);
    assert(new Set(alone.map(String)).size === inputs.length, "the answers should differ");
    for (const batch of [2, 5, 16]) assertEquals(await answers(batch), alone, `batch ${batch}`);
  });
}
