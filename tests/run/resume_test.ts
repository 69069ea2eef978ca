import { assert, assertEquals } from "@std/assert";
import { POLICIES } from "../../lib/dataset/augment/ingredients.ts";
import type { SampleSet } from "../../lib/dataset/samples.ts";
import {
  batchSource,
  createCpuEngine,
  decodeRun,
  DEFAULT_CONFIG,
  encodeRun,
  FRESH_PROGRESS,
  initialWeights,
  planRun,
  runTraining,
  type SavedRun,
  type TrainingConfig,
} from "../../lib/mod.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { networkOfConfig } from "../../lib/train/config.ts";
import { scheduleOf } from "../../lib/train/recipe_fields.ts";
import { rateAt } from "../../lib/train/schedule.ts";
import { assertSameBytes } from "../support/compare.ts";
import { phantomSamples } from "../support/phantom_samples.ts";

const SIZE = 32;

/** Phantoms at 32x32 px, in memory. */
function dataset(from: number, to: number): SampleSet {
  const { samples, ...size } = phantomSamples(to, { width: SIZE, height: SIZE });
  return { ...size, samples: samples.slice(from) };
}

const TRAIN = dataset(0, 7);
const TEST = dataset(7, 10);
const BASE = {
  ...DEFAULT_CONFIG,
  width: SIZE,
  height: SIZE,
  baseChannels: 3,
  batch: 3,
  learningRate: 0.004,
};

/**
 * Trains on the CPU engine to `config.epochs`, or to batch `stopAt`; every state goes through
 * bytes.
 */
async function train(
  config: TrainingConfig,
  { from, threads = 2, stopAt = Infinity }: {
    readonly from?: Uint8Array;
    readonly threads?: number;
    readonly stopAt?: number;
  } = {},
): Promise<Uint8Array> {
  const before = from === undefined ? undefined : await decodeRun(from, "last.safetensors");
  const network = networkOfConfig(config);
  const state = before?.state ??
    { weights: initialWeights(graphOf(network), config.seed), step: 0, batchesTracked: 0 };
  const engine = await createCpuEngine({ threads });
  using batches = batchSource(TRAIN, TEST, config, { threads });
  const controller = new AbortController();
  let last: SavedRun | undefined;
  let done = state.batchesTracked;
  try {
    const schedule = scheduleOf(config, batches.trainBatches);
    const { plans } = planRun(config, batches.trainImages, batches.valImages);
    await runTraining({
      trainer: await engine.trainer(plans, state),
      batches,
      epochs: config.epochs,
      accumulate: config.accumulate,
      learningRate: (step) => rateAt(schedule, step),
      start: before?.progress ?? FRESH_PROGRESS,
      signal: controller.signal,
      callbacks: {
        batchDone({ phase }) {
          if (phase === "train" && ++done === stopAt) controller.abort();
        },
        save(checkpoint) {
          last = { ...checkpoint, config, dataHash: "" };
          return Promise.resolve();
        },
      },
    });
  } finally {
    engine.close();
  }
  return await encodeRun(last!);
}

/** A recipe in which all that a step depends on differs from the tutorial's. */
const OTHER: Partial<TrainingConfig> = {
  // One of the seven images is lesion-free: six, and this one twice.
  lesionFreeShare: 0.2,
  loss: "boundary+dice:image+0.5*focal",
  optimizer: "adamw",
  schedule: "cosine",
  scheduleEpochs: 3,
  warmupEpochs: 1,
  clipNorm: 0.5,
  augment: `${POLICIES.strong}+mixup+cutmix`,
};

const RUNS: Readonly<Record<string, Partial<TrainingConfig>>> = {
  transposed: {},
  bilinear: { bilinear: true },
  "another recipe": OTHER,
  "averaged weights": { ...OTHER, ema: 0.9 },
  // Seven images by three: an epoch has a step of two batches and one of the last batch alone.
  "steps of two batches": { ...OTHER, accumulate: 2, ema: 0.9, dropout: 0.2 },
  "sgd, one-cycle": { ...OTHER, optimizer: "sgd", momentum: 0.8, schedule: "one-cycle" },
};

for (const [name, settings] of Object.entries(RUNS)) {
  Deno.test(`a resumed run is an uninterrupted one, bit for bit (${name})`, async () => {
    const config = { ...BASE, ...settings, epochs: 4 };
    const whole = await train(config);
    // Seven or eight images by three: batches 3, 6, 9 and 12 end an epoch and are smaller.
    for (const stopAt of [1, 3, 4, 11]) {
      const part = await train(config, { stopAt });
      assert(part.length > 0);
      assertSameBytes(`stopped at batch ${stopAt}`, await train(config, { from: part }), whole);
    }
  });
}

Deno.test("more epochs asked for later, and other threads, change no bit", async () => {
  const whole = await train({ ...BASE, epochs: 4 }, { threads: 1 });
  const half = await train({ ...BASE, epochs: 2 }, { threads: 3 });
  assertSameBytes("the rest", await train({ ...BASE, epochs: 4 }, { from: half }), whole);
});

Deno.test("batches made ahead on a thread change no bit", async () => {
  const config = { ...BASE, epochs: 2, augment: POLICIES.strong };
  const [ahead, inTurn] = [
    await train(config, { threads: 2 }),
    await train(config, { threads: 1 }),
  ];
  assertSameBytes("ahead", ahead, inTurn);
});

Deno.test("averaged weights have the same bits on any number of threads, and train as without", async () => {
  const config = { ...BASE, epochs: 2, ema: 0.9 };
  const averaged = await train(config, { threads: 1 });
  assertSameBytes("three threads", await train(config, { threads: 3 }), averaged);
  const { state, progress } = await decodeRun(averaged, "averaged");
  const plain = await decodeRun(await train({ ...config, ema: null }), "plain");
  assertEquals(state.weights, plain.state.weights);
  assertEquals(progress.history.map(({ valLoss }) => valLoss), [
    ...plain.progress.history.map(({ valLoss }) => valLoss),
  ]);
  assert(progress.history[1].emaLoss !== progress.history[1].valLoss);
});

Deno.test("another seed makes another run", async () => {
  const one = await decodeRun(await train({ ...BASE, epochs: 1 }), "a");
  const other = await decodeRun(await train({ ...BASE, epochs: 1, seed: 1 }), "b");
  assert(one.progress.history[0].trainLoss !== other.progress.history[0].trainLoss);
});
