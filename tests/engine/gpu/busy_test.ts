/**
 * Whole trainings on a simulated GPU: whatever the loop, the trainer and the runner wait for, the
 * queue is never empty within an epoch. Time is simulated, so a busy machine changes nothing.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { oneAhead } from "../../../lib/core/one_ahead.ts";
import { BackendEngine } from "../../../lib/engine/backend_engine.ts";
import { Gpu } from "../../../lib/engine/gpu/adapter.ts";
import { GpuBackend } from "../../../lib/engine/gpu/backend.ts";
import { graphOf } from "../../../lib/network/architectures.ts";
import { initialWeights } from "../../../lib/network/weights.ts";
import { planEvaluation, planPrediction, planTraining } from "../../../lib/plan/planners.ts";
import { beginBatch } from "../../../lib/predict/logits.ts";
import { type BatchSource, type LoopEvent, runTraining } from "../../../lib/train/loop.ts";
import { FRESH_PROGRESS } from "../../../lib/train/progress.ts";
import { SimulatedGpu } from "../../support/simulated_gpu.ts";
import { slowAdapter } from "../../support/slow_adapter.ts";

const NETWORK = { inChannels: 1, classes: 1, base: 2, bilinear: false };
const SHAPE = { n: 2, height: 16, width: 16, mean: 0.485, std: 0.229 };

/** Milliseconds of the host, to record a dispatch and to write or read a MiB. */
const HOST = { record: 0.01, transfer: 1 };

/** FLOP of a dispatch. All are so small that they cost the same. */
const DISPATCH_COST = 2e5;

/** Milliseconds of the host for a batch of validation images and for a checkpoint. */
const [VAL_BATCH_MS, SAVE_MS] = [8, 500];

/** Batches that are predicted, and milliseconds of the host to measure one. */
const [PREDICTED, MEASURE_MS] = [40, 25];

const [TRAIN_BATCHES, VAL_BATCHES, EPOCHS] = [60, 12, 3];

/** The state of the simulation after a batch. */
interface Seen {
  readonly event: LoopEvent;
  readonly at: number;
  readonly idle: number;
}

interface Simulation {
  /** Milliseconds of the GPU for a dispatch; a step has about 250. */
  readonly dispatch: number;
  /** Milliseconds of the host for a batch to train on. */
  readonly batch: number;
  readonly signal?: AbortSignal;
}

async function simulate(simulated: SimulatedGpu, { dispatch, batch, signal }: Simulation) {
  const gpu = await Gpu.open(slowAdapter(simulated, { ...HOST, dispatch }));
  gpu.learnRate(DISPATCH_COST / dispatch);
  const engine = new BackendEngine(new GpuBackend(gpu, Infinity, undefined, simulated));
  const graph = graphOf(NETWORK);
  const trainer = await engine.trainer({
    train: [planTraining(graph, SHAPE)],
    evaluate: [planEvaluation(graph, SHAPE)],
  }, { weights: initialWeights(graph, 1), step: 0, batchesTracked: 0 });
  const seen: Seen[] = [];
  /** Steps done and the time, when a checkpoint is saved. */
  const saves: { steps: number; at: number }[] = [];
  const progress = await runTraining({
    trainer,
    batches: batchesOn(simulated, batch),
    epochs: EPOCHS,
    learningRate: () => 1e-3,
    start: FRESH_PROGRESS,
    callbacks: {
      batchDone: (event) => void seen.push({ event, at: simulated.now(), idle: simulated.idle }),
      async save({ state: { step } }) {
        saves.push({ steps: step, at: simulated.now() });
        await Promise.resolve();
        return () => simulated.sleep(SAVE_MS);
      },
    },
    ...(signal && { signal }),
  });
  engine.close();
  return { seen, saves, progress };
}

/** Batches; those of a training take the host so many milliseconds. */
function batchesOn(simulated: SimulatedGpu, ms: number): BatchSource {
  const { n, height, width } = SHAPE;
  const pixels = n * height * width;
  const make = (ms: number) => {
    simulated.work(ms);
    return { n, height, width, images: new Uint8Array(pixels), masks: new Uint8Array(pixels) };
  };
  return {
    trainImages: n * TRAIN_BATCHES,
    trainBatches: TRAIN_BATCHES,
    valImages: n * VAL_BATCHES,
    valBatches: VAL_BATCHES,
    trainBatch: () => Promise.resolve(make(ms)),
    valBatch: () => make(VAL_BATCH_MS),
  };
}

for (const blocks of [true, false]) {
  const host = blocks ? "Deno" : "a browser";

  for (const { dispatch, batch } of [{ dispatch: 0.4, batch: 8 }, { dispatch: 0.55, batch: 40 }]) {
    Deno.test(`in ${host} a training keeps a GPU busy, ${dispatch} ms a dispatch, ${batch} a batch`, async () => {
      const simulated = new SimulatedGpu({ blocks });
      const { seen, saves, progress } = await simulate(simulated, { dispatch, batch });
      assertEquals(progress.history.length, EPOCHS);
      for (let epoch = 1; epoch <= EPOCHS; epoch++) {
        const own = seen.filter(({ event }) => event.epoch === epoch);
        assertEquals(own.length, TRAIN_BATCHES + VAL_BATCHES);
        const waited = own.find(({ idle }) => idle > own[0].idle);
        assertEquals(waited?.event, undefined, "the GPU had waited for this batch");
        // A loss is read 2 s later at most, and some steps then pass until it is there.
        for (const { event, at } of own) {
          if (event.phase === "train" && at - own[0].at > 3000) assertEquals(event.loss, 0);
        }
      }
      const between = simulated.idle - seen[0].idle;
      assert(
        between < (EPOCHS - 1) * (batch + 40),
        `the GPU waited for ${between} ms between epochs`,
      );
      assert(simulated.longest < 500, `${simulated.longest} ms were queued`);
      // Two questions at the end of an epoch, for the state and for what is left of the results.
      const seconds = simulated.now() / 1000;
      assert(simulated.questions < seconds + 2 * EPOCHS, `${simulated.questions} questions`);
      assert(simulated.turns > 5 * seconds, `${simulated.turns} turns of the event loop`);
      assertEquals(saves.map(({ steps }) => steps), [60, 120, 180]);
    });
  }

  Deno.test(`in ${host} a prediction keeps a GPU busy while the thread measures`, async () => {
    const simulated = new SimulatedGpu({ blocks });
    const gpu = await Gpu.open(slowAdapter(simulated, { ...HOST, dispatch: 4 }));
    gpu.learnRate(DISPATCH_COST / 4);
    const engine = new BackendEngine(new GpuBackend(gpu, Infinity, undefined, simulated));
    const graph = graphOf(NETWORK);
    const predictor = await engine.predictor(
      planPrediction(graph, SHAPE),
      initialWeights(graph, 1),
    );
    const inputs = Array.from(
      { length: SHAPE.n },
      () => new Uint8Array(SHAPE.height * SHAPE.width),
    );
    const begun = async function* () {
      for (let batch = 0; batch < PREDICTED; batch++) {
        yield await beginBatch(inputs, predictor, SHAPE, SHAPE.n);
      }
    };
    const idle: number[] = [];
    for await (const answers of oneAhead(begun())) {
      assertEquals(answers.length, SHAPE.n);
      idle.push(simulated.idle);
      simulated.work(MEASURE_MS);
    }
    engine.close();
    assertEquals(idle.length, PREDICTED);
    assertEquals(idle.at(-1), idle[0], "the GPU had waited");
  });

  Deno.test(`in ${host} a training that keeps a GPU busy stops within two steps`, async () => {
    for (const stopAt of [1500, 3000, 6100]) {
      const simulated = new SimulatedGpu({ blocks });
      const controller = new AbortController();
      simulated.sleep(stopAt).then(() => controller.abort());
      const { seen, saves, progress } = await simulate(simulated, {
        dispatch: 0.55,
        batch: 8,
        signal: controller.signal,
      });
      const late = seen.filter(({ at }) => at > stopAt + 2);
      assert(late.length <= 2, `${late.length} batches were done after the request`);
      assertEquals(progress.epoch, 0);
      assertEquals(saves.length, 1);
      assertEquals(progress.losses.length, saves[0].steps);
      assert(saves[0].at < stopAt + 400, `saved ${saves[0].at - stopAt} ms after the request`);
    }
  });
}
