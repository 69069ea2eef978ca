import { assert, assertEquals } from "@std/assert";
import { POLICIES } from "../../lib/dataset/augment/ingredients.ts";
import { phantomSet } from "../../lib/dataset/phantoms/phantoms.ts";
import { resizeGrey } from "../../lib/image/resize.ts";
import {
  batchSource,
  createCpuEngine,
  type Dataset,
  decodeRun,
  DEFAULT_CONFIG,
  encodeRun,
  FRESH_PROGRESS,
  initialWeights,
  planRun,
  runTraining,
  type Sample,
  type SavedRun,
  type TrainingConfig,
} from "../../lib/mod.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { networkOfConfig } from "../../lib/train/config.ts";
import { scheduleOf } from "../../lib/train/recipe_fields.ts";
import { rateAt } from "../../lib/train/schedule.ts";

const SIZE = 32;

/** Phantoms at 32x32 px, in memory. */
function dataset(from: number, to: number): Dataset {
  const samples = [...phantomSet(to, 3)].slice(from).map(({ name, image, masks }): Sample => ({
    path: `${name}.png`,
    masks: masks.map((mask) => `${mask.name}.png`),
    originalWidth: image.width,
    originalHeight: image.height,
    width: SIZE,
    height: SIZE,
    image: resizeGrey(image, SIZE, SIZE).pixels,
    maskLayers: masks.map((mask) => resizeGrey(mask.image, SIZE, SIZE).pixels),
    lesion: masks.some((mask) => mask.image.pixels.includes(255)),
  }));
  const none = {
    withSeveralMasks: 0,
    lesionFree: 0,
    softEdged: 0,
    full: 0,
    colour: 0,
    rescaled: [],
  };
  const counts = { ...none, images: samples.length, masks: samples.length };
  return { width: SIZE, height: SIZE, samples, hashes: new Map(), counts };
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
 * Trains on the CPU engine to `config.epochs`, or to step `stopAt`; every state goes through bytes.
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
  let step = state.step;
  try {
    const schedule = scheduleOf(config, batches.trainBatches);
    const { plans } = planRun(config, batches.trainImages, batches.valImages);
    await runTraining({
      trainer: await engine.trainer(plans, state),
      batches,
      epochs: config.epochs,
      learningRate: (step) => rateAt(schedule, step),
      start: before?.progress ?? FRESH_PROGRESS,
      signal: controller.signal,
      callbacks: {
        batchDone({ phase }) {
          if (phase === "train" && ++step === stopAt) controller.abort();
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
  "sgd, one-cycle": { ...OTHER, optimizer: "sgd", momentum: 0.8, schedule: "one-cycle" },
};

for (const [name, settings] of Object.entries(RUNS)) {
  Deno.test(`a resumed run is an uninterrupted one, bit for bit (${name})`, async () => {
    const config = { ...BASE, ...settings, epochs: 4 };
    const whole = await train(config);
    // Seven or eight images by three: steps 3, 6, 9 and 12 end an epoch with a smaller batch.
    for (const stopAt of [1, 3, 5, 11]) {
      const part = await train(config, { stopAt });
      assert(part.length > 0);
      assertEquals(await train(config, { from: part }), whole, `stopped at step ${stopAt}`);
    }
  });
}

Deno.test("more epochs asked for later, and other threads, change no bit", async () => {
  const whole = await train({ ...BASE, epochs: 4 }, { threads: 1 });
  const half = await train({ ...BASE, epochs: 2 }, { threads: 3 });
  assertEquals(await train({ ...BASE, epochs: 4 }, { from: half }), whole);
});

Deno.test("batches made ahead on a thread change no bit", async () => {
  const config = { ...BASE, epochs: 2, augment: POLICIES.strong };
  assertEquals(await train(config, { threads: 2 }), await train(config, { threads: 1 }));
});

Deno.test("averaged weights have the same bits on any number of threads, and train as without", async () => {
  const config = { ...BASE, epochs: 2, ema: 0.9 };
  const averaged = await train(config, { threads: 1 });
  assertEquals(await train(config, { threads: 3 }), averaged);
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
