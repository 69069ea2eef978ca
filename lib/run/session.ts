/**
 * Runs a training session from its resolved configuration: makes the run folder, runs the loop,
 * writes each checkpoint and then the pictures.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import type { DatasetCounts, SampleSet } from "../dataset/samples.ts";
import type { Split } from "../dataset/split.ts";
import { splitToJson } from "../dataset/split_file.ts";
import type { Engine, Trainer, TrainingState } from "../engine/engine.ts";
import type { BitsInUse } from "../image/depth.ts";
import type { Inspection } from "../inspect/inspection.ts";
import type { Choice } from "../model/choice.ts";
import { type PartCounts, partCounts } from "../model/model_card.ts";
import { readModel } from "../model/model_file.ts";
import { testVectorOf } from "../model/test_vector.ts";
import type { FileStore } from "../store/store.ts";
import { batchSource } from "../train/batch_source.ts";
import type { TrainingConfig } from "../train/config.ts";
import {
  type BatchSource,
  type Checkpoint,
  type LoopCallbacks,
  runTraining,
} from "../train/loop.ts";
import { deviceAugmentation } from "../train/device_augmentation.ts";
import { openTrainer } from "../train/open_trainer.ts";
import type { Preparation } from "../train/preparation.ts";
import { hasEnded, type Progress } from "../train/progress.ts";
import { scheduleOf } from "../train/recipe_fields.ts";
import { rateAt } from "../train/schedule.ts";
import { withAverage } from "../train/with_average.ts";
import { augmentedSheet } from "./augmented_sheet.ts";
import { chooseOnValidation } from "./choose_on_validation.ts";
import { type HeldOutResult, measureHeldOut } from "./held_out.ts";
import { forInformation } from "./for_information.ts";
import { hashOfRun, type InputHashes } from "./inputs.ts";
import { datasetToJson, type Manifest, readManifest, thisSession } from "./manifest.ts";
import { lossPicture, samplePictures } from "./pictures.ts";
import { ReportRefresh } from "./report_refresh.ts";
import { FILES, keptFile, type RunFolder } from "./run_folder.ts";
import { writeReport } from "./run_report.ts";
import { runConfigToJson, type RunSettings } from "./run_settings.ts";
import {
  isSnapshotEpoch,
  SNAPSHOT_FILES,
  snapshotFile,
  snapshotPicture,
  snapshotTruth,
} from "./snapshots.ts";
import { readTimings, Timings } from "./timings.ts";

/** Arguments of {@linkcode runSession}. */
export interface SessionRequest {
  /** The store of the run. */
  readonly output: FileStore;
  readonly run: RunFolder;
  readonly config: TrainingConfig;
  readonly settings: RunSettings;
  readonly engine: Engine;
  readonly preparation: Preparation;
  readonly split: Split;
  readonly train: SampleSet;
  /** The images that select the best epoch. */
  readonly validation: SampleSet;
  /** The inspection of the images of a new run. */
  readonly inspection?: Inspection | undefined;
  /** The test images. They are evaluated once, with the model that is kept. */
  readonly heldOut?: SampleSet | undefined;
  readonly counts: DatasetCounts;
  /** The bits by which 16-bit images became grey. */
  readonly bitsInUse?: BitsInUse | undefined;
  readonly hashes: InputHashes;
  /** The checkpoint of a resumed run. Its data hash stays the one that the run began with. */
  readonly saved?: { readonly dataHash: string } | undefined;
  /** The initial state and position. */
  readonly state: TrainingState;
  readonly start: Progress;
  /** The model file that the initial state comes from. */
  readonly weights?: Manifest["weights"];
  /**
   * Callbacks. `begin` is called right before the first step. `warn` is called when something fails
   * that training does not need.
   */
  readonly display: Pick<LoopCallbacks, "batchDone" | "epochDone"> & {
    begin?(): void;
    warn?(text: string): void;
  };
  readonly signal: AbortSignal;
}

/** How a session ended. */
export interface SessionResult {
  readonly progress: Progress;
  /** The figures on the test images, after the last epoch. */
  readonly heldOut?: HeldOutResult | undefined;
}

/**
 * Trains until the last epoch, or until the signal is aborted, and returns the position of the run.
 * The last checkpoint stays if an error is thrown.
 *
 * @throws {InputError} if training diverges or a file cannot be written.
 * @throws {DeviceError} if the device fails.
 */
export async function runSession(request: SessionRequest): Promise<SessionResult> {
  const { output, run, config, engine, preparation, state, heldOut } = request;
  const trainer = await openTrainer(engine, preparation, state);
  try {
    const timings = await prepareFolder(request);
    const progress = await trainEpochs(request, trainer, timings);
    if (heldOut === undefined || !hasEnded(progress, config)) return { progress };
    const kept = await readModel(output, run.file(keptFile(config)));
    const result = await measureHeldOut(run, trainer, kept, heldOut, config.batch);
    return { progress, heldOut: result };
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
  return timings;
}

/** Runs the loop. Each checkpoint is saved, then the files that are made from it. */
async function trainEpochs(
  request: SessionRequest,
  trainer: Trainer,
  timings: Timings,
): Promise<Progress> {
  const { run, engine, config, settings, split, hashes, start, display, signal } = request;
  const threads = settings.threads ?? (navigator.hardwareConcurrency || 1);
  using batches = batchSource(request.train, request.validation, config, {
    threads,
    isDeviceAugmenting: deviceAugmentation(engine, config) !== undefined,
  });
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

/** Saves checkpoints and the readable files that are made from them. */
class CheckpointWriter {
  readonly clock: EpochClock;
  readonly #refresh = new ReportRefresh();
  readonly #parts: Record<string, PartCounts>;
  /** The epochs in the curves that this session drew last: saves within an epoch add none. */
  #drawnEpochs = 0;

  constructor(
    readonly request: SessionRequest,
    readonly trainer: Trainer,
    readonly batches: BatchSource,
    readonly timings: Timings,
    readonly dataHash: string,
  ) {
    const { train, validation, heldOut, start } = request;
    this.#parts = {
      train: partCounts(train),
      validation: partCounts(validation),
      ...(heldOut && { test: partCounts(heldOut) }),
    };
    this.clock = new EpochClock(start);
  }

  async save(checkpoint: Checkpoint, best: boolean): Promise<void> {
    const { request, trainer, batches, timings, dataHash } = this;
    const { run, config, display } = request;
    const { state, progress } = checkpoint;
    // This is written before the commit point. A run that is killed in between repeats the epoch
    // and its pictures.
    if (progress.losses.length === 0) {
      await writeSnapshot(request, batches, trainer, progress.epoch);
    }
    if (best) await writeSamples(request, batches, trainer);
    const vector = () => testVectorOf(trainer, config);
    const testVector = await vector();
    // A model file of the averaged weights belongs to a finished epoch.
    const averageVector = progress.losses.length > 0
      ? undefined
      : await withAverage(trainer, state, vector);
    const depth = request.bitsInUse && { bitsInUse: request.bitsInUse };
    const card = { version: VERSION, data: this.#parts, testVector, ...depth };
    const averageCard = averageVector && { ...card, testVector: averageVector };
    const choice = await this.#choiceAtEnd(checkpoint, best);
    await run.save({ ...checkpoint, config, dataHash, card, averageCard }, best, choice);
    const isNew = this.clock.finishEpoch(progress.epoch, timings);
    if (isNew) await run.write(FILES.timings, timings.toCsv());
    if (progress.history.length > this.#drawnEpochs) {
      await run.write(FILES.loss, await lossPicture(progress.history));
      this.#drawnEpochs = progress.history.length;
    }
    if (!isNew) return;
    await this.#refresh.whenDue(
      () => writeReport({ run, config, progress, state: "training" }),
      (why) => display.warn?.(`${FILES.report} is not written anew: ${why}`),
    );
    this.clock.start();
  }

  /** After the last epoch, what the validation images choose for the model that is kept. */
  async #choiceAtEnd({ progress, state }: Checkpoint, best: boolean): Promise<Choice | undefined> {
    const { request: { output, run, config, display }, trainer, batches } = this;
    if (progress.losses.length > 0 || !hasEnded(progress, config)) return undefined;
    if (best || config.keep === "last") return await chooseOnValidation(trainer, batches);
    try {
      const { weights, batchesTracked } = await readModel(output, run.file(FILES.best));
      await trainer.load({ weights, batchesTracked, step: 0 });
    } catch (error) {
      // A run ends without its best model, too.
      if (!(error instanceof InputError)) throw error;
      display.warn?.(`nothing is chosen by the validation images: ${error.message}`);
      return undefined;
    }
    const choice = await chooseOnValidation(trainer, batches);
    await trainer.load(state);
    return choice;
  }
}

async function writeSnapshotTruth(run: RunFolder, batches: BatchSource): Promise<void> {
  const { images, truth } = snapshotTruth(batches);
  await run.write(`${FILES.snapshots}/${SNAPSHOT_FILES.images}`, images);
  await run.write(`${FILES.snapshots}/${SNAPSHOT_FILES.truth}`, truth);
}

async function writeSnapshot(
  { run, settings }: SessionRequest,
  batches: BatchSource,
  trainer: Trainer,
  epoch: number,
): Promise<void> {
  if (!isSnapshotEpoch(epoch, settings.snapshotEvery)) return;
  const path = `${FILES.snapshots}/${snapshotFile(epoch)}`;
  await run.write(path, await snapshotPicture(trainer, batches));
}

async function writeSamples(
  { run, settings, validation }: SessionRequest,
  batches: BatchSource,
  trainer: Trainer,
): Promise<void> {
  const names = validation.samples.map(({ path }) => path);
  const { sampleImages } = settings;
  for await (const { file, png } of samplePictures(trainer, batches, names, sampleImages)) {
    await run.write(`${FILES.samples}/${file}`, png);
  }
}

/**
 * Draws the samples of a resumed run again with its best model: a killed session may have left
 * those of an epoch that is repeated, and another device may repeat it otherwise.
 */
async function redrawSamples(
  request: SessionRequest,
  batches: BatchSource,
  trainer: Trainer,
): Promise<void> {
  const { output, run, settings, state, display } = request;
  const path = run.file(FILES.best);
  if (settings.sampleImages === 0 || !await output.exists(path)) return;
  try {
    const { weights, batchesTracked } = await readModel(output, path);
    await trainer.load({ weights, batchesTracked, step: 0 });
  } catch (error) {
    // A run goes on without its best model, so a damaged one only keeps its pictures.
    if (!(error instanceof InputError)) throw error;
    return display.warn?.(`${FILES.samples}/ is not drawn anew: ${error.message}`);
  }
  await writeSamples(request, batches, trainer);
  await trainer.load(state);
}

/** Measures the times of the parts of an epoch in this session. */
class EpochClock {
  #finished: number;
  #from = performance.now();
  #trained = performance.now();
  #images = 0;

  constructor(start: Progress) {
    this.#finished = start.epoch;
  }

  start(): void {
    this.#from = this.#trained = performance.now();
    this.#images = 0;
  }

  batchDone(phase: "train" | "validation", images: number): void {
    if (phase !== "train") return;
    this.#trained = performance.now();
    this.#images += images;
  }

  /** Records the epoch if it is a new one. Returns whether it is. */
  finishEpoch(epoch: number, timings: Timings): boolean {
    if (epoch === this.#finished) return false;
    this.#finished = epoch;
    const now = performance.now();
    timings.add(epoch, this.#images, this.#trained - this.#from, now - this.#trained, new Date());
    return true;
  }
}
