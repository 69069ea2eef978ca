/**
 * Training as a whole: images are found, read, examined and divided, the cost is known, the network
 * is trained, the report is written.
 *
 * @module
 */
import type { DuplicatePair } from "../dataset/duplicates.ts";
import { type Dataset, loadSamples, samplesOf } from "../dataset/samples.ts";
import { findImages, type FoundImages, savedSplit, splitImages } from "../dataset/selection.ts";
import type { Split } from "../dataset/split.ts";
import type { ChosenEngine } from "../engine/choose.ts";
import { workersFor } from "../image/codecs/unpackers.ts";
import { Examiner } from "../inspect/examiner.ts";
import type { Inspection } from "../inspect/inspection.ts";
import { type Preparation, prepareRun } from "../train/preparation.ts";
import { finishReport } from "./finish_report.ts";
import { checkUnchanged, inputHashes } from "./inputs.ts";
import { openEngine } from "./open_engine.ts";
import type { RunFolder } from "./run_folder.ts";
import { runSession, type SessionRequest, type SessionResult } from "./session.ts";
import { startOf, type StartRequest, type TrainStart } from "./start.ts";

/** What to train. */
export interface TrainRequest extends StartRequest {
  /** Whether a GPU's kernels are measured at first use; by default they are. */
  readonly autotune?: boolean | undefined;
  /** Asks to stop after the step that runs; everything is saved then. */
  readonly signal?: AbortSignal | undefined;
}

/** What is known before the first step, when nothing is written yet. */
export interface PreparedRun extends TrainStart {
  /** The plans, and what they cost. */
  readonly preparation: Preparation;
  readonly images: FoundImages & {
    readonly split: Split;
    readonly duplicates: readonly DuplicatePair[];
  };
  readonly dataset: Dataset;
  /** What was found out about the images of a new run. */
  readonly inspection?: Inspection | undefined;
  readonly chosen: ChosenEngine;
}

/** How a training run ended. */
export interface TrainResult extends SessionResult {
  readonly run: RunFolder;
  readonly split: Split;
  /** Stopped by the signal before its last epoch. */
  readonly interrupted: boolean;
}

/** Is told how training goes on, in this order. */
export type TrainDisplay = SessionRequest["display"] & {
  /** A GPU's kernels are about to be measured. */
  tuning?(): void;
  /** So many images are read. */
  reading?(done: number, total: number): void;
  /** Reading has ended, well or not. */
  readingEnded?(): void;
  prepared?(run: PreparedRun): void;
  /** The last step of this session is done and saved; the report follows. */
  trained?(result: TrainResult): void;
  /** So many images are evaluated for the report. */
  evaluating?(done: number, total: number): void;
};

/**
 * Trains a new run, or goes on with one.
 *
 * @throws {InputError} before anything is written when something is wrong; later when training
 *   diverges or a file cannot be written.
 * @throws {DeviceError} when the device is missing or fails. The last checkpoint stays.
 */
export async function trainRun(
  request: TrainRequest,
  display: TrainDisplay = {},
): Promise<TrainResult> {
  const { data, autotune, signal = new AbortController().signal } = request;
  const begin = await startOf(request);
  const { run, config, settings, saved } = begin;
  const images = await findImages(data, config);
  const onTuning = () => display.tuning?.();
  const chosen = await openEngine(settings, { data, autotune, onTuning });
  const { engine } = chosen;
  try {
    const { dataset, duplicates, inspection } = await readImages(request, begin, images, display);
    const split = saved?.split === undefined
      ? await splitImages(data, config, images.pairs, duplicates)
      : savedSplit(config, images.pairs, saved.split);
    const { train, validation, test } = split;
    const counts = [train.length, validation.length, test?.length ?? 0] as const;
    const preparation = await prepareRun(engine, config, counts);
    const hashes = inputHashes(split, dataset.hashes);
    if (saved !== undefined) await checkUnchanged(split, hashes, saved.dataHash, saved.manifest);
    display.prepared?.({
      ...begin,
      preparation,
      images: { ...images, split, duplicates },
      dataset,
      inspection,
      chosen,
    });
    const session = await runSession({
      ...begin,
      data,
      engine,
      preparation,
      split,
      train: samplesOf(dataset, train),
      validation: samplesOf(dataset, validation),
      heldOut: test && samplesOf(dataset, test),
      counts: dataset.counts,
      inspection,
      hashes,
      state: begin.state(),
      display,
      signal,
    });
    const { progress } = session;
    const interrupted = progress.epoch < config.epochs;
    const result = { ...session, run, split, interrupted };
    display.trained?.(result);
    const haste = interrupted ? { inAHurry: true } : { signal };
    const onProgress = (done: number, total: number) => display.evaluating?.(done, total);
    await finishReport({ data, run, engine, config, progress, split, ...haste, onProgress });
    return result;
  } finally {
    engine.close();
  }
}

/** Reads the images; those of a new run are examined on the way. */
async function readImages(
  { data }: TrainRequest,
  { config, settings: { threads }, saved }: TrainStart,
  { found, pairs }: FoundImages,
  display: TrainDisplay,
): Promise<{ dataset: Dataset; duplicates: readonly DuplicatePair[]; inspection?: Inspection }> {
  const { width, height, maskPattern, missingMasks } = config;
  const examiner = saved?.split === undefined ? new Examiner() : undefined;
  try {
    const dataset = await loadSamples(data, pairs, {
      width,
      height,
      onProgress: (done, total) => display.reading?.(done, total),
      workers: threads === null ? undefined : workersFor(threads),
      onCase: examiner && ((loaded) => examiner.see(loaded)),
    });
    if (examiner === undefined) return { dataset, duplicates: [] };
    const folder = data.relative(config.images);
    return {
      dataset,
      duplicates: examiner.nearDuplicates(),
      inspection: examiner.inspection({ folder, maskPattern, pairing: found, missingMasks }),
    };
  } finally {
    display.readingEnded?.();
  }
}
