/**
 * Runs a training session from its resolved configuration: makes the run folder, runs the loop,
 * writes each checkpoint and then the pictures.
 *
 * @module
 */
import { splitToJson } from "../dataset/split_file.ts";
import type { Trainer } from "../engine/engine.ts";
import { readModel } from "../model/model_file.ts";
import { runTraining } from "../train/loop.ts";
import { openTrainer } from "../train/open_trainer.ts";
import { hasEnded, type Progress } from "../train/progress.ts";
import { scheduleOf } from "../train/recipe_fields.ts";
import { rateAt } from "../train/schedule.ts";
import { augmentedSheet } from "./augmented_sheet.ts";
import { CheckpointWriter } from "./checkpoint_writer.ts";
import { writeEvents } from "./event_file.ts";
import { forInformation } from "./for_information.ts";
import { measureTestPart } from "./test_part.ts";
import { batchesOfRun } from "./images_of_run.ts";
import { hashOfRun } from "./inputs.ts";
import { datasetToJson, readManifest, thisSession } from "./manifest.ts";
import { FILES, keptFile } from "./run_folder.ts";
import { runConfigToJson } from "./run_settings.ts";
import { redrawSamples, writeSnapshotTruth } from "./session_pictures.ts";
import type { SessionRequest, SessionResult } from "./session_request.ts";
import { readTimings, Timings } from "./timings.ts";

/**
 * Trains until the last epoch, or until the signal is aborted, and returns the position of the run.
 * The last checkpoint stays if an error is thrown.
 *
 * @throws {InputError} if training diverges or a file cannot be written.
 * @throws {DeviceError} if the device fails.
 */
export async function runSession(request: SessionRequest): Promise<SessionResult> {
  const { output, run, config, engine, preparation, state, test } = request;
  const trainer = await openTrainer(engine, preparation, state);
  try {
    const timings = await prepareFolder(request);
    const progress = await trainEpochs(request, trainer, timings);
    if (test === undefined || !hasEnded(progress, config)) return { progress };
    const kept = await readModel(output, run.file(keptFile(config)));
    const result = await measureTestPart(run, trainer, kept, test, config.batch);
    return { progress, test: result };
  } finally {
    trainer.close();
  }
}

/** Writes the files that a run folder holds before the first step. Returns the timings so far. */
async function prepareFolder(request: SessionRequest): Promise<Timings> {
  const { run, config, settings, engine, split, hashes, start, inspection, weights, display } =
    request;
  const warn = (text: string) => display.warn?.(text);
  const { sessions = [], weights: begunWith = weights } =
    await forInformation(() => readManifest(run), warn) ?? {};
  const timings = await forInformation(() => readTimings(run, start.epoch), warn) ?? new Timings();
  await run.writeJson(FILES.config, runConfigToJson(config, settings));
  await run.write(FILES.split, splitToJson(split));
  if (inspection) await run.writeJson(FILES.inspection, inspection);
  await run.writeJson(FILES.manifest, {
    ...(begunWith && { weights: begunWith }),
    sessions: [...sessions, thisSession(engine, start.epoch)],
    dataset: datasetToJson(request.counts),
    inputs: hashes,
  });
  // If the run was killed after its commit point, its history file is older than the checkpoint.
  await run.writeHistory(start.history);
  if (settings.tensorboard) await writeEvents({ run, history: start.history, timings, warn });
  return timings;
}

/** Runs the loop. Each checkpoint is saved, then the files that are made from it. */
async function trainEpochs(
  request: SessionRequest,
  trainer: Trainer,
  timings: Timings,
): Promise<Progress> {
  const { run, config, settings, split, hashes, start, display, signal } = request;
  using batches = batchesOfRun(request, request, request.engine);
  const sheet = await augmentedSheet(request.train, config);
  if (sheet) await run.write(FILES.augmented, sheet);
  if (settings.snapshotEvery !== 0) await writeSnapshotTruth(run, batches);
  if (start.epoch > 0) await redrawSamples(request, batches, trainer);
  const dataHash = request.saved?.dataHash ?? await hashOfRun(split, hashes);
  const writer = new CheckpointWriter(request, trainer, batches, timings, dataHash);
  const schedule = scheduleOf(config, batches.trainBatches);
  display.begin?.();
  return await runTraining({
    trainer,
    batches,
    epochs: config.epochs,
    patience: config.patience,
    accumulate: config.accumulate,
    learningRate: (step) => rateAt(schedule, step),
    start,
    signal,
    saveEveryMs: settings.saveEvery > 0 ? settings.saveEvery * 60_000 : undefined,
    callbacks: {
      batchDone(event) {
        writer.clock.batchDone(event.phase, event.images);
        display.batchDone?.(event);
      },
      save: (checkpoint, best) => writer.save(checkpoint, best),
      epochDone: (row, best) => display.epochDone?.(row, best),
    },
  });
}
