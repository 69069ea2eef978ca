/** Plans that read floats instead of grey bytes, in trainers and predictors. @module */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Batch, Pixels } from "../../lib/core/batch.ts";
import { InputError } from "../../lib/core/errors.ts";
import { RandomStream } from "../../lib/core/random.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import type { Network } from "../../lib/network/network.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planEvaluation, planPrediction, planTraining } from "../../lib/plan/planners.ts";
import { engines } from "../support/engines.ts";

const SHAPE = { n: 2, height: 16, width: 32, mean: 0.485, std: 0.229 };
const GREY: Network = { inChannels: 1, classes: 1, base: 2, bilinear: false };
const PIXELS = SHAPE.height * SHAPE.width;

const random = new RandomStream(5, "float input");
const bytes = Uint8Array.from({ length: SHAPE.n * PIXELS }, () => 256 * random.uniform());
const masks = Float32Array.from(bytes, (byte) => byte > 128 ? 1 : 0);

/** What the first step of a plan for bytes makes of them. */
const floats = Float32Array.from(bytes, (byte) => {
  const unit = Math.fround(byte * Math.fround(1 / 255));
  return Math.fround(Math.fround(unit - Math.fround(0.485)) / Math.fround(0.229));
});

function batchOf<Images extends Pixels>(images: Images): Batch<Images> {
  const { n, height, width } = SHAPE;
  return { n, height, width, images, masks };
}

function trainerOf(engine: Engine, network: Network, input: "image" | "plane") {
  const shape = { ...SHAPE, input };
  const plans = {
    train: [planTraining(graphOf(network), shape)],
    evaluate: [planEvaluation(graphOf(network), shape)],
  };
  const weights = initialWeights(graphOf(network), 3);
  return engine.trainer(plans, { weights, step: 0, batchesTracked: 0 });
}

/** A step, then all that a trainer tells. */
async function train(engine: Engine, network: Network, images: Pixels) {
  const input = images instanceof Uint8Array ? "image" : "plane";
  const trainer = await trainerOf(engine, network, input);
  const batch = batchOf(images);
  await trainer.step(batch, { learningRate: 1e-2 });
  const results = {
    losses: await trainer.losses(),
    evaluation: await trainer.evaluate(batch),
    logits: await trainer.logits(batch),
    state: await trainer.state(),
  };
  trainer.close();
  return results;
}

/** The logits of the first image, by a predictor of two. */
async function predict(engine: Engine, network: Network, images: Pixels) {
  const input = images instanceof Uint8Array ? "image" : "plane";
  const plan = planPrediction(graphOf(network), { ...SHAPE, input });
  const predictor = await engine.predictor(plan, initialWeights(graphOf(network), 3));
  await predictor.run(images, SHAPE.n);
  const logits = await predictor.run(images.subarray(0, images.length / SHAPE.n), 1);
  predictor.close();
  return logits;
}

for (const { label, engine } of engines) {
  Deno.test(`${label}: normalised floats give the bits that their bytes give`, async () => {
    assertEquals(await train(engine, GREY, floats), await train(engine, GREY, bytes));
    assertEquals(await predict(engine, GREY, floats), await predict(engine, GREY, bytes));
  });

  Deno.test(`${label}: a network of six channels learns from floats`, async () => {
    const network = { ...GREY, inChannels: 6 };
    const images = Float32Array.from({ length: 6 * floats.length }, () => random.uniform() - 0.5);
    const { losses, evaluation, logits } = await train(engine, network, images);
    assert([...losses, evaluation].every(({ loss }) => Number.isFinite(loss)));
    assertEquals(logits.length, SHAPE.n * PIXELS);
    assertEquals((await predict(engine, network, images)).length, PIXELS);
  });

  Deno.test(`${label}: bytes are refused where a plan reads floats, and floats for bytes`, async () => {
    for (const [input, images] of [["image", floats], ["plane", bytes]] as const) {
      const trainer = await trainerOf(engine, GREY, input);
      const words = "the plan reads images of";
      const step = async () => await trainer.step(batchOf(images), { learningRate: 1e-2 });
      await assertRejects(step, InputError, words);
      await assertRejects(async () => await trainer.evaluate(batchOf(images)), InputError, words);
      trainer.close();
      const plan = planPrediction(graphOf(GREY), { ...SHAPE, input });
      const predictor = await engine.predictor(plan, initialWeights(graphOf(GREY), 3));
      await assertRejects(async () => await predictor.run(images, SHAPE.n), InputError, words);
      predictor.close();
    }
  });
}
