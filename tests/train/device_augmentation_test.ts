/** Training on images that the engine changes itself, against images that the host has changed. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { CompactBatch, RawBatch } from "../../lib/core/batch.ts";
import { InputError } from "../../lib/core/errors.ts";
import type { Engine, Trainer, TrainingState } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { batchSource } from "../../lib/train/batch_source.ts";
import { DEFAULT_CONFIG, networkOfConfig } from "../../lib/train/config.ts";
import { planRun } from "../../lib/train/cost.ts";
import { deviceAugmentation } from "../../lib/train/device_augmentation.ts";
import { assertCloseValues } from "../support/compare.ts";
import { engines, fastEngines } from "../support/engines.ts";
import { phantomSamples } from "../support/phantom_samples.ts";
import { assertSameState } from "../support/states.ts";

const [width, height] = [24, 16];
const CONFIG = { ...DEFAULT_CONFIG, width, height, baseChannels: 2, batch: 3, augment: "strong" };

/** Five phantoms, hence batches of three and of two. */
const SAMPLES = phantomSamples(5, { width, height });
const WEIGHTS = initialWeights(graphOf(networkOfConfig(CONFIG)), 3);
const FRESH: TrainingState = { weights: WEIGHTS, step: 0, batchesTracked: 0 };

function trainerOf(engine: Engine, state = FRESH): Promise<Trainer> {
  const { plans } = planRun(CONFIG, 5, 5, 0, deviceAugmentation(engine, CONFIG));
  return engine.trainer(plans, state);
}

/** Two epochs have four batches. */
async function batchesFor(engine: Pick<Engine, "augments">): Promise<(CompactBatch | RawBatch)[]> {
  const isDeviceAugmenting = deviceAugmentation(engine, CONFIG) !== undefined;
  using source = batchSource(SAMPLES, SAMPLES, CONFIG, { isDeviceAugmenting });
  const batches: (CompactBatch | RawBatch)[] = [];
  for (const step of [0, 1, 2, 3]) {
    batches.push(await source.trainBatch(Math.floor(step / 2), step % 2));
  }
  return batches;
}

async function train(trainer: Trainer, batches: readonly (CompactBatch | RawBatch)[]) {
  for (const batch of batches) await trainer.step(batch, { learningRate: 1e-3 });
  return (await trainer.losses()).map(({ loss }) => loss);
}

Deno.test("every engine trains on the same images, whoever changes them", async () => {
  const losses = await Promise.all(fastEngines.map(async ({ engine }) => {
    const batches = await batchesFor(engine);
    assertEquals(batches.map((batch) => "changes" in batch), batches.map(() => engine.augments));
    const trainer = await trainerOf(engine);
    const found = await train(trainer, batches);
    trainer.close();
    return found;
  }));
  for (const found of losses.slice(1)) assertCloseValues("losses", found, losses[0], 5e-5);
  const plain = await fastEngines[0].engine.trainer(planRun(CONFIG, 5, 5).plans, FRESH);
  using source = batchSource(SAMPLES, SAMPLES, { ...CONFIG, augment: "none" });
  const [unchanged] = await train(plain, [await source.trainBatch(0, 0)]);
  plain.close();
  assert(
    Math.abs(unchanged - losses[0][0]) > 100 * 5e-5,
    "the changes matter more than the tolerance",
  );
});

for (const { label, engine } of fastEngines) {
  Deno.test(`a training with changed images goes on with equal bits (${label})`, async () => {
    const batches = await batchesFor(engine);
    const whole = await trainerOf(engine);
    const losses = await train(whole, batches);
    const half = await trainerOf(engine);
    await train(half, batches.slice(0, 2));
    const resumed = await trainerOf(engine, await half.state());
    assertEquals(await train(resumed, (await batchesFor(engine)).slice(2)), losses.slice(2));
    assertSameState(await resumed.state(), await whole.state());
    for (const trainer of [whole, half, resumed]) trainer.close();
  });
}

for (const { label, engine } of engines.filter(({ engine }) => engine.augments)) {
  Deno.test(`images without their changes are refused, and changes without a step (${label})`, async () => {
    const rate = { learningRate: 1e-3 };
    const [raw] = await batchesFor(engine);
    const [ready] = await batchesFor({ augments: false });
    const changing = await trainerOf(engine);
    await assertRejects(() => changing.step(ready, rate), InputError, "the plan changes images");
    const short = { ...raw, changes: new Int32Array(7) };
    await assertRejects(() => changing.step(short, rate), InputError, "words of changes");
    const plain = await engine.trainer(planRun(CONFIG, 5, 5).plans, FRESH);
    await assertRejects(() => plain.step(raw, rate), InputError, "the plan changes no images");
    await plain.step(ready, rate);
    changing.close();
    plain.close();
  });
}

Deno.test("the engine changes images where it can and one image is enough", () => {
  const where = (augment: string, augments = true) => deviceAugmentation({ augments }, { augment });
  assertEquals(where("strong"), { cells: 4 });
  assertEquals(where("light"), { cells: 0 });
  assertEquals(where("flip+elastic(cells=6.7)"), { cells: 7 });
  assertEquals(where("none"), undefined);
  assertEquals(where("flip+mixup"), undefined);
  assertEquals(where("flip+cutmix"), undefined);
  assertEquals(where("strong", false), undefined);
});
