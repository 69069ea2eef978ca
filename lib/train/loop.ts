/**
 * The training loop: steps, an evaluation after each epoch, and checkpoints. A checkpoint is saved
 * after each epoch, every few minutes inside it, and when the run is asked to stop. Where a step
 * takes several batches, all of this happens between any two of them: the trainer's state then
 * holds the gradients so far.
 *
 * The order of the images is a pure function of the epoch, so two numbers and the losses so far
 * ({@linkcode Progress}) are the whole position of a run. A run that stops inside an epoch and is
 * resumed later makes exactly the steps of an uninterrupted run.
 *
 * @module
 */
import type { CompactBatch, OverlapCounts, RawBatch } from "../core/batch.ts";
import { InputError } from "../core/errors.ts";
import { mean } from "../core/statistics.ts";
import type { Trainer, TrainingState } from "../engine/engine.ts";
import { EpochLosses, refuseDivergence } from "./epoch_losses.ts";
import { summariseOverlap } from "./metrics.ts";
import {
  bestOf,
  hasEnded,
  type HistoryRow,
  historyRow,
  type Progress,
  type RunLength,
  type Validation,
} from "./progress.ts";
import { type Checkpoint, Saver, type Write } from "./saver.ts";
import { stepsPerEpoch } from "./schedule.ts";
import { withAverage } from "./with_average.ts";

export type { Checkpoint, Write } from "./saver.ts";

/** The images of a run, cut into batches. */
export interface BatchSource {
  /** Of an epoch. */
  readonly trainImages: number;
  readonly trainBatches: number;
  readonly valImages: number;
  readonly valBatches: number;
  /**
   * A batch of an epoch (from 0): a pure function of its arguments. Calls must not overlap. Throws
   * DeviceError when the thread that makes batches fails.
   */
  trainBatch(epoch: number, index: number): Promise<CompactBatch | RawBatch>;
  valBatch(index: number): CompactBatch;
}

/** One batch that was trained on or evaluated. */
export interface LoopEvent {
  readonly phase: "train" | "validation";
  /** From 1. */
  readonly epoch: number;
  /** Batches done in this phase, including this one. */
  readonly batch: number;
  readonly batches: number;
  /** Images in this batch. */
  readonly images: number;
  /** Mean of the losses known so far in this phase; `null` before the first. */
  readonly loss: number | null;
}

/** The callbacks of the loop. */
export interface LoopCallbacks {
  /** Called after every batch. */
  batchDone?(event: LoopEvent): void;
  /**
   * Saves a checkpoint: after every epoch, at intervals inside it, and when the run stops inside
   * it. `best` is true after an epoch that is the best so far. It may leave what needs no trainer
   * to a function, which runs beside the next steps and ends before the next save and the run.
   */
  save(checkpoint: Checkpoint, best: boolean): Promise<Write | void>;
  /** Called after an epoch has been saved. */
  epochDone?(row: HistoryRow, best: boolean): void;
}

/** The arguments of {@linkcode runTraining}. */
export interface TrainingRun extends RunLength {
  /** A trainer whose state belongs to `start`. */
  readonly trainer: Trainer;
  readonly batches: BatchSource;
  /**
   * The number of batches of a step of the optimiser, by default 1; the last step of an epoch takes
   * what is left. The trainer's plans are made for it.
   */
  readonly accumulate?: number;
  /** The learning rate of a step of the optimiser, from 0: a pure function. */
  readonly learningRate: (step: number) => number;
  readonly start: Progress;
  readonly callbacks: LoopCallbacks;
  /**
   * The age in ms at which a checkpoint is renewed inside an epoch; by default never. It has no
   * effect on the result.
   */
  readonly saveEveryMs?: number | undefined;
  /** Stops the run after the current batch. */
  readonly signal?: AbortSignal;
}

/**
 * Trains from `start` until the last epoch ends or the signal asks to stop. Returns the position
 * then reached, which `callbacks.save` has received.
 *
 * @throws InputError when a loss or a weight is not finite; that state is not saved. Also for a
 *   start behind the end of its epoch.
 */
export async function runTraining(run: TrainingRun): Promise<Progress> {
  checkPosition(run);
  const saver = new Saver(run);
  try {
    const progress = await trainEpochs(run, saver);
    await saver.end();
    return progress;
  } finally {
    await saver.settled();
  }
}

async function trainEpochs(run: TrainingRun, saver: Saver): Promise<Progress> {
  let progress = run.start;
  while (!hasEnded(progress, run)) {
    const losses = new EpochLosses(run.trainer, progress);
    const isComplete = await trainEpoch(run, progress, losses, saver);
    const { state, validated } = await endEpoch(run, progress.epoch, losses, isComplete);
    if (validated === undefined) {
      progress = { ...progress, losses: [...losses.values] };
      await saver.save({ state, progress }, false);
      return progress;
    }
    const row = historyRow(
      progress.epoch + 1,
      { losses: losses.values, images: run.batches.trainImages },
      validated.own,
      validated.own.overlap,
      run.learningRate(stepOf(run, progress.epoch, run.batches.trainBatches - 1)),
      validated.average,
    );
    const history = [...progress.history, row];
    const best = bestOf(history) === row;
    progress = { epoch: row.epoch, losses: [], history };
    await saver.save({ state, progress }, best, () => run.callbacks.epochDone?.(row, best));
    if (run.signal?.aborted) break;
  }
  return progress;
}

function checkPosition({ start: { epoch, losses }, batches: { trainBatches } }: TrainingRun): void {
  if (losses.length <= trainBatches) return;
  throw new InputError(
    `the checkpoint holds the losses of ${losses.length} batches of epoch ${epoch + 1}, which ` +
      `has ${trainBatches}: it does not belong to these images`,
  );
}

/** The number of the optimiser's step, from 0, to which a batch of an epoch belongs. */
function stepOf(
  { batches, accumulate = 1 }: Pick<TrainingRun, "batches" | "accumulate">,
  epoch: number,
  batch: number,
): number {
  return epoch * stepsPerEpoch(batches.trainBatches, accumulate) + Math.floor(batch / accumulate);
}

/**
 * Trains the remaining batches of the current epoch, and waits for no loss; false after a request
 * to stop.
 */
async function trainEpoch(
  run: TrainingRun,
  progress: Progress,
  losses: EpochLosses,
  saver: Saver,
): Promise<boolean> {
  const { trainer, batches, accumulate = 1, learningRate, callbacks, signal } = run;
  const { epoch } = progress;
  let made = losses.values.length;
  while (made < batches.trainBatches && !signal?.aborted) {
    const batch = await batches.trainBatch(epoch, made);
    const rate = learningRate(stepOf(run, epoch, made));
    made++;
    const updates = made % accumulate === 0 || made === batches.trainBatches;
    await trainer.step(batch, { learningRate: rate, updates });
    saver.check();
    losses.takeKnown();
    callbacks.batchDone?.({
      phase: "train",
      epoch: epoch + 1,
      batch: made,
      batches: batches.trainBatches,
      images: batch.n,
      loss: mean(losses.values),
    });
    if (saver.isDue()) {
      await losses.takeAll();
      const state = await trainer.state();
      await saver.save({ state, progress: { ...progress, losses: [...losses.values] } }, false);
    }
  }
  return made === batches.trainBatches;
}

/** What follows the steps of an epoch. */
interface EpochEnd {
  readonly state: TrainingState;
  /** `undefined` after a request to stop. */
  readonly validated?: Validated | undefined;
}

/** The validation of an epoch: of its weights, and of the averaged ones where there are any. */
interface Validated {
  readonly own: Validation;
  readonly average?: Validation;
}

/**
 * Reads the state and all losses of an epoch and, if it is complete, evaluates the validation
 * images. A GPU evaluates them while losses and state are read.
 */
async function endEpoch(
  run: TrainingRun,
  epoch: number,
  losses: EpochLosses,
  isComplete: boolean,
): Promise<EpochEnd> {
  await run.trainer.prefetchState();
  const own = isComplete ? await evaluateEpoch(run, epoch, losses) : undefined;
  await losses.takeAll();
  const state = await run.trainer.state();
  if (own === undefined || state.average === undefined) return { state, validated: own && { own } };
  const average = await withAverage(run.trainer, state, () => evaluateEpoch(run, epoch, losses));
  return { state, validated: average && { own, average } };
}

/**
 * One pass over the validation images; `undefined` after a request to stop. Also takes the losses
 * of the steps before, as far as they become known.
 */
async function evaluateEpoch(
  { trainer, batches, callbacks, signal }: TrainingRun,
  epoch: number,
  stepLosses: EpochLosses,
): Promise<Validation | undefined> {
  const losses: number[] = [];
  const overlaps: OverlapCounts[] = [];
  /** Images of each batch. */
  const given: number[] = [];
  const made = function* () {
    for (let index = 0; index < batches.valBatches && !signal?.aborted; index++) {
      const batch = batches.valBatch(index);
      given.push(batch.n);
      yield batch;
    }
  };
  let done = 0;
  for await (const known of trainer.evaluateAll(made())) {
    stepLosses.takeKnown();
    for (const { loss, images } of known) {
      refuseDivergence(loss, `the validation images after epoch ${epoch + 1}`);
      losses.push(loss);
      overlaps.push(...images);
    }
    // The last evaluations come after the last batch.
    if (done === given.length) break;
    done++;
    callbacks.batchDone?.({
      phase: "validation",
      epoch: epoch + 1,
      batch: done,
      batches: batches.valBatches,
      images: given[done - 1],
      loss: mean(losses),
    });
  }
  if (done < batches.valBatches) return undefined;
  return { losses, images: batches.valImages, overlap: summariseOverlap(overlaps) };
}
