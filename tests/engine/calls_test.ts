/**
 * Calls on trainers, predictors and engines that overlap, that come after the end or are under way
 * at the end.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Batch } from "../../lib/core/batch.ts";
import { InputError } from "../../lib/core/errors.ts";
import { BackendEngine } from "../../lib/engine/backend_engine.ts";
import type { Engine, Trainer } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planEvaluation, planPrediction, planTraining } from "../../lib/plan/planners.ts";
import { engines } from "../support/engines.ts";
import * as steps from "../support/one_step.ts";
import { Draw } from "../support/random_programs.ts";
import { run } from "../support/step_program.ts";

const NETWORK = { inChannels: 1, classes: 1, base: 2, bilinear: false };
const SHAPE = { n: 2, height: 16, width: 32, mean: 0.485, std: 0.229 };
const WEIGHTS = initialWeights(graphOf(NETWORK), 3);
const PREDICTION = planPrediction(graphOf(NETWORK), SHAPE);
const RATE = { learningRate: 1e-2 };

function batchOf(seed: number): Batch {
  const { n, height, width } = SHAPE;
  const images = Uint8Array.from({ length: n * height * width }, (_, i) => {
    return Math.imul(i + seed, 2654435761) >>> 24;
  });
  return { n, height, width, images, masks: Float32Array.from(images, (byte) => byte >> 7) };
}

function trainerOf(engine: Engine): Promise<Trainer> {
  const plans = {
    train: [planTraining(graphOf(NETWORK), SHAPE)],
    evaluate: [planEvaluation(graphOf(NETWORK), SHAPE)],
  };
  return engine.trainer(plans, { weights: WEIGHTS, step: 0, batchesTracked: 0 });
}

/** Every call of a trainer, some of them twice. */
const CALLS: readonly ((trainer: Trainer) => Promise<unknown>)[] = [
  (trainer) => trainer.step(batchOf(1), RATE),
  (trainer) => trainer.evaluate(batchOf(2)),
  (trainer) => trainer.step(batchOf(3), RATE),
  (trainer) => trainer.logits(batchOf(4)),
  (trainer) => trainer.losses(),
  (trainer) => trainer.state(),
  (trainer) => trainer.load({ weights: WEIGHTS, step: 7, batchesTracked: 7 }),
  (trainer) => trainer.step(batchOf(5), RATE),
  (trainer) => trainer.evaluate(batchOf(6)),
  (trainer) => trainer.state(),
];

for (const { label, engine, makeBackend } of engines) {
  Deno.test(`runs of one predictor that overlap give what they give one after the other (${label})`, async () => {
    const predictor = await engine.predictor(PREDICTION, WEIGHTS);
    const images = [1, 2, 3].map((seed) => batchOf(seed).images);
    const expected: Float32Array[] = [];
    for (const each of images) expected.push(await predictor.run(each, SHAPE.n));
    assert(expected[0].some((logit, i) => logit !== expected[1][i]));
    const wrong = assertRejects(() => predictor.run(images[0], 1), InputError, "takes up to 2");
    assertEquals(await Promise.all(images.map((each) => predictor.run(each, SHAPE.n))), expected);
    await wrong;
    predictor.close();
  });

  Deno.test(`calls of one trainer that overlap give what they give one after the other (${label})`, async () => {
    const [first, second] = [await trainerOf(engine), await trainerOf(engine)];
    const expected: unknown[] = [];
    for (const call of CALLS) expected.push(await call(first));
    assertEquals(await Promise.all(CALLS.map((call) => call(second))), expected);
    first.close();
    second.close();
  });

  Deno.test(`two trainers of one engine do not meet (${label})`, async () => {
    const trainers = [await trainerOf(engine), await trainerOf(engine)];
    const all = await Promise.all(trainers.map(async (trainer) => {
      for (const seed of [1, 2]) await trainer.step(batchOf(seed), RATE);
      return [await trainer.losses(), await trainer.state()];
    }));
    assertEquals(all[0], all[1]);
    for (const trainer of trainers) trainer.close();
  });

  Deno.test(`steps that one engine runs at the same time do not meet (${label})`, async () => {
    const draw = new Draw(1);
    const programs = [[1, 8, 9, 11], [2, 3, 20, 16]].map((shape) => {
      return steps.conv3x3([draw.input(shape)], draw.values([4, shape[1], 3, 3]));
    });
    const expected = [await run(engine, programs[0]), await run(engine, programs[1])];
    assertEquals(await Promise.all(programs.map((program) => run(engine, program))), expected);
  });

  Deno.test(`close() lets a call end that is under way, and refuses all others (${label})`, async () => {
    const predictor = await engine.predictor(PREDICTION, WEIGHTS);
    const { images } = batchOf(1);
    const expected = await predictor.run(images, SHAPE.n);
    const running = predictor.run(images, SHAPE.n);
    const waiting = predictor.run(images, SHAPE.n);
    predictor.close();
    predictor.close();
    const refusal = "the predictor is closed";
    await assertRejects(() => waiting, Error, refusal);
    await assertRejects(() => predictor.run(images, SHAPE.n), Error, refusal);
    assertEquals(await running, expected);

    const trainer = await trainerOf(engine);
    const step = trainer.step(batchOf(1), RATE);
    trainer.close();
    await step;
    for (const call of CALLS) {
      await assertRejects(() => call(trainer), Error, "the trainer is closed");
    }
  });

  Deno.test(`an engine that is closed ends with what it computes, and refuses the rest (${label})`, async () => {
    const own = new BackendEngine(await makeBackend());
    const predictor = await own.predictor(PREDICTION, WEIGHTS);
    const trainer = await trainerOf(own);
    const { images } = batchOf(1);
    const expected = await predictor.run(images, SHAPE.n);
    const running = [predictor.run(images, SHAPE.n), trainer.step(batchOf(1), RATE)];
    own.close();
    own.close();
    await assertRejects(() => predictor.run(images, SHAPE.n), Error, "the predictor is closed");
    await assertRejects(() => trainer.losses(), Error, "the trainer is closed");
    const refusal = "the engine is closed";
    await assertRejects(() => own.predictor(PREDICTION, WEIGHTS), Error, refusal);
    await assertRejects(() => trainerOf(own), Error, refusal);
    await assertRejects(() => own.runSteps(PREDICTION, WEIGHTS, ["logits"]), Error, refusal);
    await assertRejects(() => own.profile(PREDICTION, WEIGHTS, { runs: 1 }), Error, refusal);
    assertEquals((await Promise.all(running))[0], expected);
  });
}
