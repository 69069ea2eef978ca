/**
 * The options of a prediction. All but the batch size change the result.
 *
 * @module
 */
import {
  checkFields,
  choice,
  defaultsOf,
  number,
  onOff,
  orAuto,
  orPair,
  text,
  type ValuesOf,
  whole,
} from "../core/fields.ts";
import { THRESHOLD } from "../image/overlap.ts";
import { EXPECTED_MM_PER_PX, MOST_MM_PER_PX } from "../image/spacing.ts";
import { TTA_MODES } from "../model/choice.ts";

/** The options of a prediction, with defaults and bounds. */
export const PREDICTION_FIELDS = {
  threshold: orAuto(number({
    default: THRESHOLD,
    above: 0,
    below: 1,
    says: "above this probability a pixel belongs to a lesion; auto: as validation chose",
  })),
  tta: choice({
    default: "none",
    choices: [...TTA_MODES, "auto"],
    says: "average over mirror images: flip (left to right) or flips (all four); auto: as " +
      "validation chose",
  }),
  minArea: orAuto(whole({
    default: 1,
    from: 1,
    says: "leave lesions of fewer pixels out; auto: as validation chose",
  })),
  keepLargest: onOff({
    default: false,
    says: "keep only the largest lesion of an image",
  }),
  mmPerPx: orPair(number({
    default: null,
    above: 0,
    below: MOST_MM_PER_PX,
    expected: EXPECTED_MM_PER_PX,
    says: "the size of a pixel in mm, for measures in millimetres: along a row and, where it is " +
      "another, along a column: 0.1,0.2",
  })),
  spacings: text({
    default: null,
    expected: "the path of a table",
    says: "a table with the size of the pixels of each image, in mm: columns image, " +
      "mm_per_px_x and mm_per_px_y",
  }),
  batch: whole({
    default: null,
    from: 1,
    says: "network inputs at once, by default up to 8 where memory allows; changes no result",
  }),
};

/** The values of the options. */
export type PredictionWishes = ValuesOf<typeof PREDICTION_FIELDS>;

/**
 * Completes given options with the defaults. Throws {@linkcode InputError} for an invalid value.
 */
export function wishesOf(given: Partial<PredictionWishes>): PredictionWishes {
  const wishes = defaultsOf(PREDICTION_FIELDS);
  for (const name of Object.keys(wishes) as (keyof PredictionWishes)[]) {
    if (given[name] !== undefined) Object.assign(wishes, { [name]: given[name] });
  }
  checkFields(PREDICTION_FIELDS, wishes);
  return wishes;
}
