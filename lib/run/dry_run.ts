/**
 * Plans a run without beginning it: finds, reads, inspects and splits the images, computes the
 * cost, and times a few steps. Nothing is written.
 *
 * @module
 */
import { findImages } from "../dataset/selection.ts";
import { namedFiles } from "../store/named_files.ts";
import { openTrainer } from "../train/open_trainer.ts";
import { batchesOfRun, readyImages } from "./images_of_run.ts";
import { openEngine } from "./open_engine.ts";
import { RunFolder } from "./run_folder.ts";
import { newRun, type StartRequest } from "./start.ts";
import type { PreparedRun, TrainDisplay, TrainRequest } from "./train_run.ts";

/**
 * The first batches of a run: some compile and warm up, the next ones tell how long it will take.
 */
export const FIRST_STEPS = { warmUp: 2, timed: 3 } as const;

/** The settings of the run that is not begun. */
export interface DryRunRequest
  extends Omit<StartRequest, "resume" | "fromPrevious" | "freeName">, Pick<TrainRequest, "signal"> {
}

/** What is known of a run that has no folder. */
export type PlannedRun = Omit<PreparedRun, "run" | "hold">;

/** Progress callbacks of planning, in the order of the calls. */
export interface DryRunDisplay extends Pick<TrainDisplay, "reading" | "readingEnded"> {
  /** Called before the first step. */
  planned?(run: PlannedRun): void;
}

/** The cost of a training step. */
export interface StepTime {
  /** The time per training image, in ms; the mean over the timed steps. */
  readonly perImage: number;
  readonly trainImages: number;
  readonly valImages: number;
}

/**
 * Plans a run and times its first steps. Returns `undefined` if the signal stopped it. A GPU
 * computes with its usual kernels, since measured ones would be written to a file.
 *
 * @throws {InputError} if the request cannot be fulfilled.
 * @throws {DeviceError} if the device is missing or fails.
 */
export async function dryRun(
  request: DryRunRequest,
  display: DryRunDisplay = {},
): Promise<StepTime | undefined> {
  const { data, output = data, name, signal } = request;
  if (name !== undefined) await RunFolder.fresh(output, name);
  const start = await newRun(request);
  const found = await findImages(data, start.config, namedFiles(data, output));
  const begin = { ...start, config: { ...start.config, ...found.found.layout } };
  const chosen = await openEngine(begin.settings);
  const { engine } = chosen;
  try {
    const readied = await readyImages(request, begin, engine, found, undefined, display);
    const { dataset, duplicates, inspection, divided, parts, preparation } = readied;
    const images = { ...found, ...divided, duplicates };
    display.planned?.({ ...begin, preparation, images, dataset, inspection, chosen });
    const trainer = await openTrainer(engine, preparation, begin.state());
    using batches = batchesOfRun(parts, begin, engine);
    const { warmUp, timed } = FIRST_STEPS;
    let [timedImages, from] = [0, 0];
    for (let step = 0; step < warmUp + timed; step++) {
      if (signal?.aborted) return undefined;
      if (step === warmUp) from = performance.now();
      const { trainBatches } = batches;
      const batch = await batches.trainBatch(Math.floor(step / trainBatches), step % trainBatches);
      const { learningRate, accumulate } = begin.config;
      const updates = (step + 1) % accumulate === 0;
      await trainer.step(batch, { learningRate, updates });
      // The engine may still be at work until its loss is read.
      await trainer.losses();
      if (step >= warmUp) timedImages += batch.n;
    }
    const perImage = (performance.now() - from) / timedImages;
    const [trainImages, valImages] = preparation.images;
    return { perImage, trainImages, valImages };
  } finally {
    engine.close();
  }
}
