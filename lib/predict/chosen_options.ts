/**
 * The options of a prediction as they are used: what `auto` means for a model, and the default
 * threshold of several models.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import { THRESHOLD } from "../image/overlap.ts";
import type { ModeChoice, TtaMode } from "../model/choice.ts";
import type { Model } from "../model/model_file.ts";
import { type PredictionWishes, wishesOf } from "./prediction_fields.ts";

/** Options without `auto`. */
export interface ChosenOptions extends Omit<PredictionWishes, "threshold" | "tta" | "minArea"> {
  readonly threshold: number;
  readonly tta: TtaMode;
  readonly minArea: number;
  /** The least area of a lesion as a share of its image, where validation chose it. */
  readonly minShare?: number;
}

/**
 * Completes given options for the models that predict together.
 *
 * @throws InputError for an invalid value, and for `auto` where no card of a model says what
 *   validation chose.
 */
export function chosenOptions(
  given: Partial<PredictionWishes>,
  models: readonly Model[],
): ChosenOptions {
  const wishes = wishesOf({ ...given, threshold: given.threshold ?? defaultThreshold(models) });
  const { threshold, minArea } = wishes;
  const tta = wishes.tta === "auto" ? choiceOf(models, "tta").tta : wishes.tta;
  const mode = (name: keyof PredictionWishes): ModeChoice => choiceOf(models, name).modes[tta];
  return {
    ...wishes,
    tta,
    threshold: threshold === "auto" ? mode("threshold").threshold : threshold,
    ...(minArea === "auto" ? { minArea: 1, minShare: mode("minArea").min_area } : { minArea }),
  };
}

/** The threshold without an option: of several models the one of their recipe. */
function defaultThreshold(models: readonly Model[]): number {
  const [first, ...others] = models.map(({ info }) => info?.config.ensembleThreshold);
  const isEnsemble = others.length > 0 && others.every((other) => other === first);
  return isEnsemble && first !== undefined ? first : THRESHOLD;
}

function choiceOf(models: readonly Model[], name: keyof PredictionWishes) {
  const [{ path, info }, ...others] = models;
  if (others.length > 0) {
    throw new InputError(
      sentence`${setting(name, "auto")} is what validation chose for one model, and there are
        ${models.length}; give a value`,
    );
  }
  const choice = info?.card?.choice;
  if (choice !== undefined) return choice;
  throw new InputError(
    sentence`${path} does not say what validation chose: only the model that a finished run keeps
      does, and none of an earlier version; leave ${setting(name, "auto")} out or give a value`,
  );
}
