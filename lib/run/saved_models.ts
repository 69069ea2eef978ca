/**
 * The models that are saved beside a checkpoint, and what each says of itself: the best one, the
 * averaged weights of a finished epoch, and the model of an epoch that is kept.
 *
 * @module
 */
import type { TrainingState } from "../engine/engine.ts";
import type { ModelInfo, SavedRun } from "../model/checkpoint.ts";
import type { Choice } from "../model/choice.ts";
import type { ModelCard } from "../model/model_card.ts";
import { bestOf, type HistoryRow } from "../train/progress.ts";

/** A checkpoint to be saved. */
export interface UnsavedRun extends Omit<SavedRun, "bestHash" | "averageHash"> {
  /** The card of the averaged weights. */
  readonly averageCard?: ModelCard | undefined;
}

/** A model to be saved. */
export interface UnsavedModel {
  readonly state: TrainingState;
  readonly info: ModelInfo;
}

/** The best model of a run, whose weights are the present ones. */
export function bestModel(run: UnsavedRun, choice: Choice | undefined): UnsavedModel {
  const { state, progress, card } = run;
  const info = infoOf(run, bestOf(progress.history)!, card && withChoice(card, choice));
  return { state, info };
}

/** The model of the epoch that has just been finished. */
export function epochModel(run: UnsavedRun): UnsavedModel {
  const { state, progress, card } = run;
  return { state, info: infoOf(run, progress.history.at(-1)!, card) };
}

/** The averaged weights of a run; `undefined` within an epoch, and where nothing is averaged. */
export function averagedModel(run: UnsavedRun): UnsavedModel | undefined {
  const { state, progress: { losses, history }, averageCard } = run;
  const last = history.at(-1);
  if (!state.average || !last || losses.length > 0) return undefined;
  const info = infoOf(run, last, averageCard);
  return {
    state: { ...state, weights: state.average },
    info: { ...info, valDice: last.emaDice ?? null, averaged: true },
  };
}

/** What the model of an epoch says of itself. */
function infoOf(
  { config }: UnsavedRun,
  metrics: HistoryRow,
  card: ModelCard | undefined,
): ModelInfo {
  const { epoch, valDice } = metrics;
  // A resumed run may change the number of planned epochs and the patience, so the bytes must not
  // contain them.
  const fixed = { ...config, epochs: epoch, patience: null };
  return { config: fixed, epoch, valDice, metrics, ...(card && { card }) };
}

/** A card with a choice, if there is one. */
export function withChoice(card: ModelCard, choice: Choice | undefined): ModelCard {
  return { ...card, ...(choice && { choice }) };
}
