/**
 * The options of a prediction as they are used: what `auto` means for a model, and the default
 * threshold of several models.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import { THRESHOLD } from "../image/overlap.ts";
import type { Choice, ModeChoice, TtaMode } from "../model/choice.ts";
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

/** The options that validation can choose. */
export type LeftToValidation = Partial<Pick<PredictionWishes, "threshold" | "tta" | "minArea">>;

/** Whether an option is left to what validation chose. */
export function wantsChoice({ threshold, tta, minArea }: LeftToValidation): boolean {
  return threshold === "auto" || tta === "auto" || minArea === "auto";
}

/**
 * Completes given options for the models that predict together. `together` is what validation chose
 * for several.
 *
 * @throws InputError for an invalid value, and for `auto` where no card of a model says what
 *   validation chose.
 */
export function chosenOptions(
  given: Partial<PredictionWishes>,
  models: readonly Model[],
  together?: Choice,
): ChosenOptions {
  const wishes = wishesOf({ ...given, threshold: given.threshold ?? defaultThreshold(models) });
  const { threshold, minArea } = wishes;
  const choice = (name: keyof PredictionWishes) => together ?? choiceOf(models, name);
  const tta = wishes.tta === "auto" ? choice("tta").tta : wishes.tta;
  const mode = (name: keyof PredictionWishes): ModeChoice => choice(name).modes[tta];
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

/** The choice in the card of a model. */
function choiceOf([{ path, info }]: readonly Model[], name: keyof PredictionWishes): Choice {
  const choice = info?.card?.choice;
  if (choice !== undefined) return choice;
  throw new InputError(
    sentence`${path} does not say what validation chose: only the model that a finished run keeps
      does, and none of an earlier version; leave ${setting(name, "auto")} out or give a value`,
  );
}
