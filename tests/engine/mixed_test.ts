/**
 * Mixed precision: loss scaling against its specification, and trainings with it.
 *
 * @module
 */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import type { Batch } from "../../lib/core/batch.ts";
import { InputError } from "../../lib/core/errors.ts";
import type { Engine, TrainingState } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { FIRST_SCALE, type LossScale, SCALE_BOUNDS } from "../../lib/plan/loss_scaling.ts";
import { OPTIMIZERS } from "../../lib/plan/optimizers.ts";
import { planEvaluation, planTraining, type TrainingOptions } from "../../lib/plan/planners.ts";
import { assertClose, assertSameBits } from "../support/compare.ts";
import { engines, fastEngines, referenceEngine } from "../support/engines.ts";
import * as steps from "../support/one_step.ts";
import { assertSameState } from "../support/states.ts";
import { run, tensorOf } from "../support/step_program.ts";

/** The engine that trains in float32. */
const [{ engine: quick }] = fastEngines;

const mixing = engines.filter(({ engine }) => engine.storesHalves);

const SCALES: Readonly<Record<string, LossScale & { readonly norm: number }>> = {
  "a good step": { scale: 1024, steps: 3, skipped: 2, norm: 700 },
  "the step that doubles the scale": { scale: 1024, steps: 9, skipped: 0, norm: 2000 },
  "at the upper bound": { scale: SCALE_BOUNDS.most, steps: 9, skipped: 1, norm: 1e9 },
  "an infinite norm": { scale: 1024, steps: 9, skipped: 4, norm: Infinity },
  "a norm of NaN": { scale: 2 ** 40, steps: 0, skipped: 0, norm: NaN },
  "at the lower bound": { scale: SCALE_BOUNDS.least, steps: 5, skipped: 0, norm: Infinity },
  "a norm of zero": { scale: 2, steps: 5, skipped: 0, norm: 0 },
};

for (const { label, engine } of mixing.filter(({ engine }) => engine !== referenceEngine)) {
  Deno.test(`loss scaling on ${label} agrees with float64`, async (test) => {
    for (const [name, scale] of Object.entries(SCALES)) {
      for (const limit of [undefined, 0.5]) {
        await test.step(limit === undefined ? name : `${name}, with a limit`, async () => {
          const program = steps.lossScaling(scale, {
            interval: 10,
            t: 17,
            ...(limit !== undefined && { limit }),
          });
          const [got, expected] = [await run(engine, program), await run(referenceEngine, program)];
          for (const name of ["scaling", "rate"]) {
            assertClose(name, got[name], expected[name], 1e-9);
          }
          const largest = Math.max(1, scale.norm) / scale.scale;
          assertClose("clip", got.clip, expected.clip, isFinite(largest) ? 1e-6 * largest : 0);
        });
      }
    }
  });
}

for (const { label, engine } of engines) {
  Deno.test(`an optimiser's step on ${label} changes nothing for a factor of -1`, async () => {
    for (const rule of ["adam", "adamw", "sgd"] as const) {
      const shape = [6, 5, 3, 3];
      const values = (seed: number) => tensorOf(shape, (i) => Math.sin(i + seed));
      const { slots } = OPTIMIZERS[rule];
      const p = values(1);
      const given = Object.fromEntries(slots.map((slot, i) => [slot, values(2 + i)]));
      const parameter = { kind: "conv3x3", split: [5], p, slots: given, decays: true } as const;
      const g = tensorOf(shape, () => NaN);
      const program = steps.update([{ ...parameter, g }], { rule, rate: 0.1, t: 3, factor: -1 });
      const after = await run(engine, program);
      const expected = { p0: p, ...Object.fromEntries(slots.map((s) => [`${s}.p0`, given[s]])) };
      for (const [name, tensor] of Object.entries(expected)) {
        const data = Float32Array.from(after[name].data as ArrayLike<number>);
        assertSameBits(`${rule} ${name}`, { shape, data }, tensor);
      }
    }
  });
}

const NETWORK = { inChannels: 1, classes: 1, base: 4, bilinear: false, levels: 3 };
const SHAPE = { n: 2, height: 24, width: 16, mean: 0.485, std: 0.229 };
const FRESH: TrainingState = {
  weights: initialWeights(graphOf(NETWORK), 3),
  step: 0,
  batchesTracked: 0,
};
const MIXED = { precision: "mixed" as const };

const STEPS = 60;

/** Bright discs of random places and sizes in noise; their masks. */
function batchOf(seed: number): Batch {
  const { n, height, width } = SHAPE;
  const random = (i: number) => (Math.imul(i + 977 * seed, 2654435761) >>> 8) / 2 ** 24;
  const pixels = Array.from({ length: n * height * width }, (_, i) => {
    const image = Math.floor(i / (height * width));
    const [x, y] = [i % width, Math.floor(i / width) % height];
    const [cx, cy] = [random(image) * width, random(image + 50) * height];
    const inside = Math.hypot(x - cx, y - cy) < 3 + 4 * random(image + 99);
    return { inside, grey: (inside ? 110 : 40) + 100 * random(i + 1000) };
  });
  return {
    n,
    height,
    width,
    images: Uint8Array.from(pixels, ({ grey }) => grey),
    masks: Float32Array.from(pixels, ({ inside }) => Number(inside)),
  };
}

function trainerOf(engine: Engine, options: TrainingOptions, state = FRESH) {
  const plans = {
    train: [planTraining(graphOf(NETWORK), SHAPE, options)],
    evaluate: [planEvaluation(graphOf(NETWORK), SHAPE)],
  };
  return engine.trainer(plans, state);
}

for (const { label, engine } of mixing) {
  Deno.test(`a mixed training on ${label} ends with the loss of float32`, async () => {
    const ends = [];
    for (const [each, options] of [[quick, {}], [engine, MIXED]] as const) {
      const trainer = await trainerOf(each, options);
      for (let step = 0; step < STEPS; step++) {
        await trainer.step(batchOf(step % 6), { learningRate: 3e-3 });
      }
      const losses = (await trainer.losses()).map(({ loss }) => loss);
      const { loss } = await trainer.evaluate(batchOf(0));
      const { lossScale } = await trainer.state();
      ends.push({ first: losses[0], last: mean(losses.slice(-6)), loss, lossScale });
      trainer.close();
    }
    const [float32, mixed] = ends;
    assert(float32.last < 0.75 * float32.first, `${float32.last} after ${float32.first}`);
    assert(Math.abs(mixed.last / float32.last - 1) < 0.01, `${mixed.last}, ${float32.last}`);
    assert(Math.abs(mixed.loss / float32.loss - 1) < 0.01, `${mixed.loss}, ${float32.loss}`);
    assertNotEquals(mixed.last, float32.last);
    assertEquals(float32.lossScale, undefined);
    assertEquals(mixed.lossScale, { ...FIRST_SCALE, steps: STEPS });
  });

  for (
    const [name, options] of [
      ["Adam", MIXED],
      ["a limit and averages", { ...MIXED, clipNorm: 0.1, ema: 0.9 }],
    ] as const
  ) {
    Deno.test(`steps that overflow are skipped on ${label}: ${name}`, async () => {
      // So large a scale overflows in the first gradients.
      const lossScale = { scale: 2 ** 40, steps: 3, skipped: 0 };
      const trainer = await trainerOf(engine, options, { ...FRESH, lossScale });
      const before = await trainer.state();
      const rate = { learningRate: 1e-3 };
      for (const skipped of [1, 2]) {
        await trainer.step(batchOf(skipped), rate);
        const after = await trainer.state();
        assertEquals(after.lossScale, { scale: 2 ** (40 - skipped), steps: 0, skipped });
        for (const name of Object.keys(before.weights)) {
          if (/running/.test(name)) continue;
          assertSameBits(name, after.weights[name], before.weights[name]);
          for (const slot of Object.values(after.slots!)) {
            if (slot[name]) assert(slot[name].data.every((value) => value === 0), name);
          }
        }
      }
      // The scale falls until steps are made again. Adam's t counts those alone.
      const isSkipping = async () => (await trainer.state()).lossScale!.steps === 0;
      let made = 2;
      while (await isSkipping()) {
        assert(made++ < 40, "no step is ever made");
        await trainer.step(batchOf(3), rate);
      }
      const { lossScale: found } = await trainer.state();
      assertEquals(found, { scale: 2 ** (41 - made), steps: 1, skipped: made - 1 });
      await trainer.losses();
      // Now from a state that never overflowed.
      const scaled = { ...FRESH, lossScale: { ...found!, steps: 0, skipped: 0 } };
      const other = await trainerOf(engine, options, scaled);
      await other.step(batchOf(3), rate);
      const [a, b] = [await trainer.state(), await other.state()];
      for (const name of Object.keys(a.weights)) {
        if (!/running/.test(name)) assertSameBits(name, a.weights[name], b.weights[name]);
      }
      trainer.close();
      other.close();
    });
  }

  Deno.test(`a mixed training goes on from its state with equal bits on ${label}`, async () => {
    const options = { ...MIXED, accumulate: 2 };
    const lossScale = { scale: 2 ** 32, steps: 0, skipped: 0 };
    const whole = await trainerOf(engine, options, { ...FRESH, lossScale });
    const train = async (trainer: typeof whole, from: number, to: number) => {
      for (let batch = from; batch < to; batch++) {
        await trainer.step(batchOf(batch), { learningRate: 1e-3, updates: batch % 2 === 1 });
      }
    };
    // Some steps are skipped before, some after.
    await train(whole, 0, 7);
    const half = await whole.state();
    assert(half.lossScale!.skipped > 0 && half.accumulated !== undefined);
    await whole.load(half);
    const resumed = await trainerOf(engine, options, half);
    for (const trainer of [whole, resumed]) await train(trainer, 7, 60);
    const [a, b] = [await whole.state(), await resumed.state()];
    assertSameState(a, b);
    assertEquals(a.lossScale, b.lossScale);
    assert(a.lossScale!.skipped > half.lossScale!.skipped && a.lossScale!.steps > 0);
    whole.close();
    resumed.close();
  });
}

for (const { label, engine } of fastEngines.filter(({ engine }) => !engine.storesHalves)) {
  Deno.test(`a mixed training is refused by ${label}`, async () => {
    await assertRejects(() => trainerOf(engine, MIXED), InputError, "stores no 16-bit floats");
    const program = steps.lossScaling(SCALES["a good step"], { interval: 10, t: 1 });
    await assertRejects(() => run(engine, program), Error, "the CPU engine scales no loss");
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
