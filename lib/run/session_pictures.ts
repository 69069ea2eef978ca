/** The pictures that a session draws of validation images: snapshots and samples. @module */
import { InputError } from "../core/errors.ts";
import type { Trainer } from "../engine/engine.ts";
import { readModel } from "../model/model_file.ts";
import type { BatchSource } from "../train/loop.ts";
import { samplePictures } from "./pictures.ts";
import { FILES, type RunFolder } from "./run_folder.ts";
import type { SessionRequest } from "./session_request.ts";
import {
  isSnapshotEpoch,
  SNAPSHOT_FILES,
  snapshotFile,
  snapshotPicture,
  snapshotTruth,
} from "./snapshots.ts";

/** Writes the images and masks that snapshots are compared with. */
export async function writeSnapshotTruth(run: RunFolder, batches: BatchSource): Promise<void> {
  const { images, truth } = snapshotTruth(batches);
  await run.write(`${FILES.snapshots}/${SNAPSHOT_FILES.images}`, images);
  await run.write(`${FILES.snapshots}/${SNAPSHOT_FILES.truth}`, truth);
}

/** Writes the snapshot of an epoch, if one is due. */
export async function writeSnapshot(
  { run, settings }: SessionRequest,
  batches: BatchSource,
  trainer: Trainer,
  epoch: number,
): Promise<void> {
  if (!isSnapshotEpoch(epoch, settings.snapshotEvery)) return;
  const path = `${FILES.snapshots}/${snapshotFile(epoch)}`;
  await run.write(path, await snapshotPicture(trainer, batches));
}

/** Draws validation images with the predictions of the trainer as it is after an epoch. */
export async function writeSamples(
  { run, config: { fit }, settings, validation: { samples } }: SessionRequest,
  batches: BatchSource,
  trainer: Trainer,
  epoch: number,
): Promise<void> {
  const request = { samples, fit, count: settings.sampleImages, epoch };
  for await (const { file, png } of samplePictures(trainer, batches, request)) {
    await run.write(`${FILES.samples}/${file}`, png);
  }
}

/**
 * Draws the samples of a resumed run again with its best model: a killed session may have left
 * those of an epoch that is repeated, and another device may repeat it otherwise. A run that was at
 * its end may have left those of its last model, which is the last one no longer.
 */
export async function redrawSamples(
  request: SessionRequest,
  batches: BatchSource,
  trainer: Trainer,
): Promise<void> {
  const { output, run, settings, state, display } = request;
  const path = run.file(FILES.best);
  if (settings.sampleImages === 0 || !await output.exists(path)) return;
  let epoch: number;
  try {
    const { weights, batchesTracked, info } = await readModel(output, path);
    if (info === undefined) throw new InputError(`${path} does not say its epoch`);
    epoch = info.epoch;
    await trainer.load({ weights, batchesTracked, step: 0 });
  } catch (error) {
    // A run goes on without its best model, so a damaged one only keeps its pictures.
    if (!(error instanceof InputError)) throw error;
    return display.warn?.(`${FILES.samples}/ is not drawn anew: ${error.message}`);
  }
  await writeSamples(request, batches, trainer, epoch);
  await trainer.load(state);
}
