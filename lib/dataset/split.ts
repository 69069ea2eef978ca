/**
 * Divides a data set into parts. The division is drawn once and saved by file name, so that a
 * resumed or repeated run has the same parts.
 *
 * The validation images select the best epoch. With three parts there are test images as well: they
 * select nothing and are measured once, at the end.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { isSeed, RandomStream } from "../core/random.ts";
import { sentence, setting } from "../core/sentence.ts";
import { largest } from "../core/statistics.ts";
import { shuffled } from "./batches.ts";
import type { Pair } from "./pairing.ts";
import { divide, type SplitConstraints } from "./grouped_split.ts";
import type { Groups, Patients } from "./groups.ts";

/** The pairs of a run, each in one of the parts. */
export interface Split {
  readonly train: readonly Pair[];
  /** Selects the best epoch. */
  readonly validation: readonly Pair[];
  /** Selects nothing. */
  readonly test?: readonly Pair[];
  /** Images that are near duplicates of each other or of one patient. */
  readonly groups?: Groups;
  /** The patient of each image, where known. */
  readonly patients?: Patients;
}

/** The names of the parts. */
export type Part = "train" | "validation" | "test";

/** The purpose of each part, in words. */
export const PURPOSE: Readonly<Record<Part, string>> = {
  train: "to train",
  validation: "to validate",
  test: "to test",
};

const PARTS: readonly Part[] = ["train", "validation", "test"];

/** The parts of a split with their pairs, in the order train, validation, test. */
export function partsOf(split: Split): [Part, readonly Pair[]][] {
  return PARTS.flatMap((part) => split[part] ? [[part, split[part]]] : []);
}

/**
 * The part that a model is reported on: `test` where there is one, otherwise the one that selected
 * it.
 */
export function reportedPart(parts: { readonly test?: unknown }): "test" | "validation" {
  return parts.test === undefined ? "validation" : "test";
}

/** The size of the training part: a fraction, or all but one fold of a cross-validation. */
export type Share =
  | { readonly trainFraction: number; readonly folds?: undefined }
  | { readonly folds: number; /** From 1. */ readonly fold: number };

/**
 * Splits at random. The number of training pairs is the fraction of all, rounded down, as
 * `int(0.8 * len(dataset))` for torch.utils.data.random_split. The result depends on the set of
 * pairs, the fraction and the seed; not on the order of the pairs. Each part is in random order.
 *
 * @throws InputError when a part would be empty, and for an invalid fraction or seed.
 */
export function splitAtRandom(
  pairs: readonly Pair[],
  share: Share & { readonly seed: number },
): Split {
  const sizes = sizesOf(pairs.length, share);
  const mixed = inRandomOrder(pairs, share.seed);
  const starts = sizes.map((_, part) => sizes.slice(0, part).reduce((a, b) => a + b, 0));
  const held = validationOf(share);
  const from = starts[held];
  const validation = mixed.slice(from, from + sizes[held]);
  return { train: [...mixed.slice(0, from), ...mixed.slice(from + sizes[held])], validation };
}

/**
 * Splits so that the images of a group stay in one part and each part has its share of each class.
 * The sizes are those of {@linkcode splitAtRandom}, as nearly as the groups allow.
 *
 * @throws InputError as {@linkcode splitAtRandom}, and when the groups leave a part empty.
 */
export function splitByGroups(
  pairs: readonly Pair[],
  share: Share & SplitConstraints & { readonly seed: number },
): Split {
  const { seed, groups } = share;
  const sizes = sizesOf(pairs.length, share);
  const parts = divide(pairs.map(({ image }) => image), sizes, share, seed);
  const held = new Set(parts[validationOf(share)]);
  const mixed = inRandomOrder(pairs, seed);
  const split = {
    train: mixed.filter(({ image }) => !held.has(image)),
    validation: mixed.filter(({ image }) => held.has(image)),
  };
  if (parts.every(({ length }) => length > 0)) return { ...split, groups };
  const most = largest(groups.map(({ length }) => length));
  throw new InputError(
    sentence`${pairs.length} images cannot be split into ${sizes.length} parts without dividing a
      group (the largest has ${most} images); use ${setting("split", "random")}, or other groups`,
  );
}

/** The wanted number of images in each part. Checks all values that it depends on. */
function sizesOf(count: number, share: Share & { readonly seed: number }): number[] {
  if (!isSeed(share.seed)) {
    throw new InputError(`seed ${share.seed}: expected a whole number from 0 to ${2 ** 53 - 1}`);
  }
  if (share.folds !== undefined) {
    const { folds, fold } = share;
    if (!(Number.isInteger(folds) && folds >= 2 && folds <= count)) {
      throw new InputError(
        sentence`${setting("folds", folds)} of ${count} images: expected a whole number from 2 to
          their number`,
      );
    }
    if (!(Number.isInteger(fold) && fold >= 1 && fold <= folds)) {
      throw new InputError(
        sentence`${setting("fold", fold)}: expected a whole number from 1 to ${folds}
          (${setting("folds")})`,
      );
    }
    return Array.from(
      { length: folds },
      (_, part) => Math.floor((part + 1) * count / folds) - Math.floor(part * count / folds),
    );
  }
  const { trainFraction } = share;
  if (!(trainFraction > 0 && trainFraction < 1)) {
    throw new InputError(`train fraction ${trainFraction}: expected a number between 0 and 1`);
  }
  const trainCount = Math.floor(trainFraction * count);
  const validationCount = count - trainCount;
  if (trainCount < 1 || validationCount < 1) {
    const images = `${count} image${count === 1 ? "" : "s"}`;
    throw new InputError(
      sentence`train fraction ${trainFraction} of ${images} leaves ${trainCount} for training and
        ${validationCount} for validation; each needs at least 1: add images, or change
        ${setting("trainFraction")} or ${setting("maxImages")}`,
    );
  }
  return [trainCount, validationCount];
}

/** The index of the validation part in the sizes. */
function validationOf(share: Share): number {
  return share.folds === undefined ? 1 : share.fold - 1;
}

function inRandomOrder(pairs: readonly Pair[], seed: number): Pair[] {
  const sorted = [...pairs].sort((a, b) => a.image < b.image ? -1 : 1);
  const order = shuffled(pairs.length, new RandomStream(seed, "split"));
  return Array.from(order, (index) => sorted[index]);
}
