/**
 * What the validation images say of the ways to predict with a model: which mirror images, which
 * threshold, which lesions are too small. It is chosen once, when training ends, at the network's
 * size, and stored in the model's card.
 *
 * @module
 */
import { checked, number, object, objectOf, oneOf, whole } from "../core/json.ts";

/**
 * Test-time augmentation: the image alone; also mirrored left to right; also top to bottom, and
 * both.
 */
export const TTA_MODES = ["none", "flip", "flips"] as const;

/** A kind of test-time augmentation. */
export type TtaMode = (typeof TTA_MODES)[number];

/** The choice for one kind of test-time augmentation. */
export interface ModeChoice {
  /** The threshold with the highest mean Dice over the validation images with a lesion. */
  readonly threshold: number;
  /** The least area of a lesion as a share of the image; smaller ones are left out. */
  readonly min_area: number;
  /** The mean Dice with both. */
  readonly dice: number;
}

/** The choice for a model. */
export interface Choice {
  /** The number of validation images. */
  readonly images: number;
  /** The kind of test-time augmentation with the highest Dice. */
  readonly tta: TtaMode;
  readonly modes: Readonly<Record<TtaMode, ModeChoice>>;
}

const within = (least: number, most: number) =>
  checked(number, (value) => {
    if (value >= least && value <= most) return undefined;
    return `is ${value}, expected a number from ${least} to ${most}`;
  });

/** Reads a choice. Throws {@linkcode InputError} that names the entry. */
export const choiceReader = object<Choice>({
  images: whole(1),
  tta: oneOf(...TTA_MODES),
  modes: objectOf(
    TTA_MODES,
    object<ModeChoice>({
      threshold: within(0.001, 0.999),
      min_area: within(0, 1),
      dice: within(0, 1),
    }),
  ),
});
