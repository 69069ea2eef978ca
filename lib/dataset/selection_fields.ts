/**
 * The settings that choose the images of a run and divide them.
 *
 * @module
 */
import { choice, number, text, texts, type ValuesOf, whole } from "../core/fields.ts";
import { isMaskFolder } from "./layouts/mask_folders.ts";
import { isNamePattern } from "./layouts/name_pattern.ts";

/** Which images of the data directory a run takes, and how it divides them. */
export const SELECTION_FIELDS = {
  /** The folder with images and masks; "." for all of the data directory. */
  images: text({
    default: ".",
    expected: "the name of a folder",
    says: "search only this folder inside the data directory",
  }),
  /** Folders of masks (layouts/mask_folders.ts); found by the names of folders if `null`. */
  masks: texts({
    default: null,
    unset: "found by their names",
    legacy: null,
    expected: "a folder like masks, a pair of folders like images=masks, or a file like masks.json",
    is: isMaskFolder,
    says:
      "the folder of the masks, images=masks for folders of these names, or an annotation file " +
      "(.json); may be repeated",
  }),
  /** Names of masks (layouts/name_pattern.ts); found by the names of files if `null`. */
  maskPattern: texts({
    default: null,
    unset: "found by their names",
    expected: "what follows an image's name in its mask's, like _mask, or a pattern like mask_{}",
    is: isNamePattern,
    says: "what follows an image's name in its masks', such as _mask; {} stands for the image's " +
      "name, * for any text; may be repeated",
  }),
  missingMasks: choice({
    default: "error",
    choices: ["error", "empty"],
    inFiles: { error: "refuse" },
    says: "an image without a mask is an error, or is empty: it shows no lesion",
  }),
  /** For masks blurred by JPEG or resizing. */
  maskThreshold: whole({
    default: null,
    legacy: null,
    from: 1,
    to: 255,
    says: "grey level from which on a mask's pixels are lesion, for masks that are blurred",
  }),
  /** A level, a palette index or a colour of label maps, or a label of annotations. */
  maskClass: text({
    default: null,
    legacy: null,
    expected: "a level or a palette index of label maps, or the name of a label",
    says: "the class of label maps or annotations that is the lesion; several between commas",
  }),
  maxImages: whole({
    default: null,
    unset: "all",
    from: 1,
    to: 2 ** 31 - 1,
    json: "limit",
    says: "use only so many images, chosen at random by the seed",
  }),
  /** "grouped", "random", or a file like a run's split.json in the data directory. */
  split: text({
    default: "grouped",
    legacy: "random",
    expected: "grouped, random, or a file like a run's split.json",
    says: "grouped: near duplicates stay together, classes are balanced; random; or a file like " +
      "a run's split.json",
  }),
  /** A table inside the data directory. */
  patients: text({
    default: null,
    legacy: null,
    json: "groups",
    expected: "a table of patients",
    says: "a CSV table of images and patients, or TABLE:COLUMN: a patient's images stay together",
  }),
  patientPattern: text({
    default: null,
    legacy: null,
    json: "group_pattern",
    expected: "a regular expression",
    says: "finds the patient in an image's path: its first group, or all that it matches",
  }),
  folds: whole({
    default: null,
    legacy: null,
    from: 2,
    to: 2 ** 31 - 1,
    says: "cross-validation: divide the images into so many parts of equal size",
  }),
  fold: whole({
    default: null,
    legacy: null,
    from: 1,
    to: 2 ** 31 - 1,
    says: "the part of the cross-validation to validate on, from 1",
  }),
  /** Without folds or a file. The shares of the parts add up to 1 (part_shares.ts). */
  trainFraction: number({
    default: 0.8,
    above: 0,
    below: 1,
    says: "share of the images to train on",
  }),
  validationFraction: number({
    default: null,
    legacy: null,
    unset: "what training leaves",
    above: 0,
    below: 1,
    says: "share of the images that select the best epoch",
  }),
  /** The images of a third part. */
  testFraction: number({
    default: null,
    legacy: null,
    unset: "no test part",
    above: 0,
    below: 1,
    says: "share of the images that select nothing and are measured once, at the end",
  }),
  seed: whole({
    default: 0,
    from: 0,
    to: Number.MAX_SAFE_INTEGER,
    says: "fixes the choice of images, the split, the first weights and the order of the images",
  }),
  splitSeed: whole({
    default: null,
    legacy: null,
    unset: "the seed",
    from: 0,
    to: Number.MAX_SAFE_INTEGER,
    says: "a seed of its own for the choice of images and the split",
  }),
};

/** Which images of the data directory a run takes, and how it divides them. */
export type SelectionConfig = ValuesOf<typeof SELECTION_FIELDS>;

/** The seed of the choice of images and of the split. */
export function seedOfSplit(
  { seed, splitSeed }: Pick<SelectionConfig, "seed" | "splitSeed">,
): number {
  return splitSeed ?? seed;
}

/** Whether a file lists the parts. */
export function isSplitFile({ split }: Pick<SelectionConfig, "split">): boolean {
  return split !== "grouped" && split !== "random";
}
