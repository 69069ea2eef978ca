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
import { plural } from "../core/plural.ts";
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

/**
 * The sizes of the parts: fractions, or one fold of a cross-validation to validate on. The images
 * of no fraction are the validation part. Without a test fraction there is no test part.
 */
export type Share =
  | {
    readonly trainFraction: number;
    readonly testFraction?: number | null;
    readonly folds?: undefined;
  }
  | { readonly folds: number; /** From 1. */ readonly fold: number };

/**
 * Splits at random. The number of training pairs is the fraction of all, rounded down, as
 * `int(0.8 * len(dataset))` for torch.utils.data.random_split; that of test pairs is rounded to the
 * nearest. The result depends on the set of pairs, the fractions and the seed; not on the order of
 * the pairs. Each part is in random order.
 *
 * @throws InputError when a part would be empty, and for an invalid fraction or seed.
 */
export function splitAtRandom(
  pairs: readonly Pair[],
  share: Share & { readonly seed: number },
): Split {
  const sizes = sizesOf(pairs.length, share);
  const mixed = inRandomOrder(pairs, share.seed);
  const ends = sizes.map((_, part) => sizes.slice(0, part + 1).reduce((a, b) => a + b, 0));
  const parts = sizes.map((size, part) => mixed.slice(ends[part] - size, ends[part]));
  return splitOf(mixed, parts.map((part) => part.map(({ image }) => image)), share);
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
  if (parts.every(({ length }) => length > 0)) {
    return { ...splitOf(inRandomOrder(pairs, seed), parts, share), groups };
  }
  const most = largest(groups.map(({ length }) => length));
  throw new InputError(
    sentence`${pairs.length} images cannot be split into ${sizes.length} parts without dividing a
      group (the largest has ${most} images); use ${setting("split", "random")}, or other groups`,
  );
}

/** The parts by name, each in the order of `mixed`. All other images are to train. */
function splitOf(
  mixed: readonly Pair[],
  parts: readonly (readonly string[])[],
  share: Share,
): Split {
  const validating = new Set(parts[share.folds === undefined ? 1 : share.fold - 1]);
  const testing = new Set(share.folds === undefined ? parts[2] : []);
  return {
    train: mixed.filter(({ image }) => !validating.has(image) && !testing.has(image)),
    validation: mixed.filter(({ image }) => validating.has(image)),
    ...(testing.size > 0 && { test: mixed.filter(({ image }) => testing.has(image)) }),
  };
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
  const { trainFraction, testFraction = null } = share;
  if (!(trainFraction > 0 && trainFraction < 1)) {
    throw new InputError(`train fraction ${trainFraction}: expected a number between 0 and 1`);
  }
  if (testFraction !== null) return sizesOfThree(count, trainFraction, testFraction);
  const trainCount = Math.floor(trainFraction * count);
  const validationCount = count - trainCount;
  if (trainCount < 1 || validationCount < 1) {
    throw new InputError(
      sentence`train fraction ${trainFraction} of ${plural(count, "image")} leaves ${trainCount} for
        training and ${validationCount} for validation; each needs at least 1: add images, or change
        ${setting("trainFraction")} or ${setting("maxImages")}`,
    );
  }
  return [trainCount, validationCount];
}

/** The sizes of the parts train, validation and test. */
function sizesOfThree(count: number, trainFraction: number, testFraction: number): number[] {
  if (!(testFraction > 0 && trainFraction + testFraction < 1)) {
    throw new InputError(
      `test fraction ${testFraction}: expected a number between 0 and 1 - ${trainFraction}, the ` +
        `train fraction`,
    );
  }
  // A product of decimals such as 0.57 * 100 may lie just below the whole number that it means.
  const train = Math.floor(trainFraction * count + 1e-9);
  const test = Math.round(testFraction * count);
  const validation = count - train - test;
  if (Math.min(train, validation, test) >= 1) return [train, validation, test];
  throw new InputError(
    sentence`the fractions of ${plural(count, "image")} leave ${train} for training, ${validation}
      for validation and ${test} for the test; each needs at least 1: add images, or change
      ${setting("trainFraction")}, ${setting("validationFraction")} or ${setting("testFraction")}`,
  );
}

function inRandomOrder(pairs: readonly Pair[], seed: number): Pair[] {
  const sorted = [...pairs].sort((a, b) => a.image < b.image ? -1 : 1);
  const order = shuffled(pairs.length, new RandomStream(seed, "split"));
  return Array.from(order, (index) => sorted[index]);
}
