/**
 * The one trainer and the one predictor, on every backend.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type Batch, maskFloats } from "../../lib/core/batch.ts";
import { InputError } from "../../lib/core/errors.ts";
import type { Engine, LossParts, Trainer, TrainingState } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import {
  planEvaluation,
  planPrediction,
  planTraining,
  type TrainingOptions,
} from "../../lib/plan/planners.ts";
import { assertCloseValues, assertSameBits } from "../support/compare.ts";
import { engines } from "../support/engines.ts";
import { assertSameState } from "../support/states.ts";

const NETWORK = { inChannels: 1, classes: 1, base: 2, bilinear: false };
const SHAPE = { n: 2, height: 32, width: 16, mean: 0.485, std: 0.229 };
const FRESH: TrainingState = {
  weights: initialWeights(graphOf(NETWORK), 3),
  step: 0,
  batchesTracked: 0,
};
const RATE = { learningRate: 1e-3 };

function batchOf(seed: number, n = SHAPE.n): Batch {
  const { height, width } = SHAPE;
  const pixels = n * height * width;
  return {
    n,
    height,
    width,
    images: Uint8Array.from({ length: pixels }, (_, i) => Math.imul(i + seed, 2654435761) >>> 24),
    masks: Float32Array.from({ length: pixels }, (_, i) => i % width > 3 + seed ? 1 : 0),
  };
}

function trainerOf(engine: Engine, state = FRESH, options: TrainingOptions = {}) {
  const plans = {
    train: [planTraining(graphOf(NETWORK), SHAPE, options)],
    evaluate: [planEvaluation(graphOf(NETWORK), SHAPE)],
  };
  return engine.trainer(plans, state);
}

for (const { label, engine } of engines) {
  Deno.test(`training goes on from its state with equal bits (${label})`, async () => {
    const whole = await trainerOf(engine);
    for (const seed of [0, 1]) await whole.step(batchOf(seed), RATE);
    const half = await whole.state();
    assertEquals([half.step, half.batchesTracked], [2, 2]);
    // The float64 engine rounds its state for those outside.
    await whole.load(half);
    const resumed = await trainerOf(engine, half);
    for (const trainer of [whole, resumed]) {
      await trainer.step(batchOf(2), RATE);
      await trainer.step(batchOf(3), RATE);
    }
    assertSameState(await whole.state(), await resumed.state());
    const losses = await whole.losses();
    assertEquals(losses.length, 2);
    assertEquals(losses, await resumed.losses());
    assertEquals(await whole.losses(), []);
    whole.close();
    resumed.close();
  });

  Deno.test(`what is told later is what waiting tells (${label})`, async () => {
    const [patient, other] = [await trainerOf(engine), await trainerOf(engine)];
    const train = async (trainer: Trainer, seeds: readonly number[]) => {
      for (const seed of seeds) await trainer.step(batchOf(seed), RATE);
    };
    const losses: LossParts[] = [];
    for (const seeds of [[0, 1], [2]]) {
      await train(patient, seeds);
      await train(other, seeds);
      const known = other.knownLosses();
      await other.prefetchState();
      const found = [];
      for await (const each of other.evaluateAll([3, 4, 5].map((seed) => batchOf(seed)))) {
        losses.push(...other.knownLosses());
        found.push(...each);
      }
      losses.unshift(...known);
      const expected = [];
      for (const seed of [3, 4, 5]) expected.push(await patient.evaluate(batchOf(seed)));
      assertEquals(found, expected);
      losses.push(...await other.losses());
      assertEquals(losses, await patient.losses());
      losses.length = 0;
      assertSameState(await other.state(), await patient.state());
      // Steps change the state that is being read; who evaluates no further leaves no traces.
      await other.prefetchState();
      for await (const _ of other.evaluateAll([batchOf(6), batchOf(7)])) break;
      await other.prefetchState();
    }
    patient.close();
    other.close();
  });

  Deno.test(`other weights leave the rest of the state as it is (${label})`, async () => {
    const trainer = await trainerOf(engine, FRESH, { ema: 0.9 });
    for (const seed of [0, 1]) await trainer.step(batchOf(seed), RATE);
    // The float64 engine rounds its state for those outside.
    const before = await trainer.state();
    await trainer.load(before);
    const own = await trainer.evaluate(batchOf(2));
    await trainer.prefetchState();
    await trainer.loadWeights(before.average!);
    const other = await trainerOf(engine, { ...FRESH, weights: before.average! });
    assertEquals(await trainer.evaluate(batchOf(2)), await other.evaluate(batchOf(2)));
    assertNotEquals(await trainer.evaluate(batchOf(2)), own);
    await trainer.loadWeights(before.weights);
    assertSameState(await trainer.state(), before);
    await assertRejects(() => trainer.loadWeights({}), InputError, "the weights have no tensor");
    trainer.close();
    other.close();
  });

  Deno.test(`a prediction that begins before others end gives what it gives alone (${label})`, async () => {
    const plan = planPrediction(graphOf(NETWORK), SHAPE);
    const predictor = await engine.predictor(plan, FRESH.weights);
    const inputs = [0, 1, 2, 3].map((seed) => batchOf(seed).images);
    const alone: Float32Array[] = [];
    for (const images of inputs) alone.push(await predictor.run(images, SHAPE.n));
    const begun: (() => Promise<Float32Array>)[] = [];
    const found: Float32Array[] = [];
    for (const [k, images] of inputs.entries()) {
      begun.push(await predictor.begin!(images, SHAPE.n));
      if (k > 0) found.push(await begun[k - 1]());
    }
    found.push(await begun[3]());
    assertEquals(found, alone);
    predictor.close();
  });

  Deno.test(`masks of bytes are those of floats to the bit (${label})`, async () => {
    const found = [];
    for (const isBytes of [false, true]) {
      const trainer = await trainerOf(engine);
      const maskOf = (images: Uint8Array) => isBytes ? images : maskFloats(images);
      for (const seed of [1, 2]) {
        const batch = batchOf(seed);
        await trainer.step({ ...batch, masks: maskOf(batch.images) }, RATE);
      }
      const last = batchOf(3);
      const evaluation = await trainer.evaluate({ ...last, masks: maskOf(last.images) });
      found.push([await trainer.losses(), evaluation, await trainer.state()]);
      trainer.close();
    }
    assertEquals(found[1], found[0]);
  });

  Deno.test(`the average is of weights and statistics, changes neither, and goes on exactly (${label})`, async () => {
    const options = { ema: 0.3 };
    const whole = await trainerOf(engine, FRESH, options);
    const plain = await trainerOf(engine);
    for (const trainer of [whole, plain]) await trainer.step(batchOf(0), RATE);
    const { average, ...half } = await whole.state();
    assertSameState(half, await plain.state());
    // The step counts from 1, and the average begins with the initial weights.
    const d = Math.min(options.ema, 2 / 11);
    for (const name of ["inc.double_conv.0.weight", "inc.double_conv.1.running_var"]) {
      const [from, to] = [FRESH, half].map(({ weights }) => Array.from(weights[name].data));
      const expected = to.map((w, i) => d * from[i] + (1 - d) * w);
      assertCloseValues(name, Array.from(average![name].data), expected, 1e-6);
    }
    // The float64 engine rounds its state for those outside.
    await whole.load({ ...half, average: average! });
    const resumed = await trainerOf(engine, { ...half, average: average! }, options);
    for (const trainer of [whole, resumed]) await trainer.step(batchOf(1), RATE);
    const [ended, again] = [await whole.state(), await resumed.state()];
    assertSameState(again, ended);
    for (const [name, tensor] of Object.entries(ended.average!)) {
      assertSameBits(name, again.average![name], tensor);
    }
    for (const trainer of [whole, plain, resumed]) trainer.close();
  });

  Deno.test(`evaluation changes nothing, and load() goes back (${label})`, async () => {
    const trainer = await trainerOf(engine);
    const evaluation = await trainer.evaluate(batchOf(0));
    const logits = await trainer.logits(batchOf(0));
    assertEquals(logits.length, SHAPE.n * SHAPE.height * SHAPE.width);
    assertEquals(evaluation.images.length, SHAPE.n);
    const state = await trainer.state();
    for (const [name, tensor] of Object.entries(FRESH.weights)) {
      assertSameBits(name, state.weights[name], tensor);
    }
    await trainer.step(batchOf(0), RATE);
    assert((await trainer.evaluate(batchOf(0))).loss !== evaluation.loss);
    await trainer.load(FRESH);
    assertEquals(await trainer.losses(), []);
    assertEquals(await trainer.evaluate(batchOf(0)), evaluation);
    assertSameState(await trainer.state(), state);
    trainer.close();
  });

  Deno.test(`a trainer refuses batches without a plan and states that lack a weight (${label})`, async () => {
    const trainer = await trainerOf(engine);
    const refused = async (call: () => Promise<unknown>, words: string) =>
      await assertRejects(call, InputError, words);
    await refused(() => trainer.step(batchOf(0, 1), RATE), "no plan was made for batches of 1");
    await refused(() => trainer.evaluate(batchOf(0, 3)), "no plan was made for batches of 3");
    const short = { ...batchOf(0), masks: new Float32Array(5) };
    await refused(() => trainer.step(short, RATE), "has the wrong length");
    const { "outc.conv.bias": _, ...weights } = FRESH.weights;
    await refused(() => trainer.load({ ...FRESH, weights }), "no tensor outc.conv.bias");
    await refused(() => trainerOf(engine, { ...FRESH, weights }), "no tensor outc.conv.bias");
    assertEquals((await trainer.state()).step, 0);
    await trainer.step(batchOf(0), RATE);
    trainer.close();
  });

  Deno.test(`a predictor takes fewer images than its batch (${label})`, async () => {
    const predictor = await engine.predictor(
      planPrediction(graphOf(NETWORK), SHAPE),
      FRESH.weights,
    );
    const { images, height, width } = batchOf(0);
    const both = await predictor.run(images, 2);
    const one = await predictor.run(images.slice(0, height * width), 1);
    assertEquals(one, both.slice(0, height * width));
    await assertRejects(() => predictor.run(images, 1), InputError, "takes up to 2");
    predictor.close();
  });
}
