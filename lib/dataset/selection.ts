/**
 * The images of a run: which there are, and which part each belongs to.
 *
 * @module
 */
import { shuffled } from "./batches.ts";
import { classesOf } from "./classes.ts";
import { checkPairing, discover, type Pair, type Pairing } from "./discover.ts";
import type { FileStore } from "../store/store.ts";
import {
  groupsOfPatients,
  joinGroups,
  type Patients,
  patientsByPattern,
  patientsFromCsv,
} from "./groups.ts";
import { type Split, splitAtRandom, splitByGroups } from "./split.ts";
import { splitFromJson } from "./split_file.ts";
import { groupsOf, type Likeness } from "./duplicates.ts";
import { RandomStream } from "../core/random.ts";

/** Which images of the data directory a run takes, and how it divides them. */
export interface SelectionConfig {
  /** The folder with images and masks, inside the data directory; "." for all of it. */
  readonly images: string;
  /** What follows an image's name in the names of its masks. */
  readonly maskPattern: string;
  /** Whether an image without a mask is an error or has no lesion. */
  readonly missingMasks: "refuse" | "empty";
  /** Use only so many images, chosen at random by the seed; `null` for all. */
  readonly limit: number | null;
  /**
   * How to divide the images: "grouped" keeps near duplicates and the images of a patient in one part and balances the
   * classes, "random" does neither, anything else names a file like a run's split.json in the data directory.
   */
  readonly split: string;
  /** A table of the images' patients, inside the data directory. */
  readonly groups: string | null;
  /** A regular expression that finds the patient in an image's path. */
  readonly groupPattern: string | null;
  /** Parts of a cross-validation, and which of them (from 1) is the test set; `null` for none. */
  readonly folds: number | null;
  readonly fold: number | null;
  /** The share of the images to train on, without folds or a file; the others are the test set. */
  readonly trainFraction: number;
  /** Seeds the split, the initial weights and the order of the images. */
  readonly seed: number;
}

/** The images that were found, and those to be divided. */
export interface FoundImages {
  readonly found: Pairing;
  /** Sorted by image. */
  readonly pairs: readonly Pair[];
}

/**
 * Finds, checks and limits the images of a run.
 * Throws {@linkcode InputError} for everything that is wrong with the folder.
 */
export async function findImages(data: FileStore, config: SelectionConfig): Promise<FoundImages> {
  const { images, maskPattern, missingMasks, limit, seed } = config;
  const within = data.relative(images);
  const found = await discover(data, { maskPattern, within });
  return { found, pairs: limited(checkPairing(found, { missingMasks }), limit, seed) };
}

/**
 * Divides the images of a new run as its configuration says; `likenesses` are the near duplicates among them.
 * Throws {@linkcode InputError} when that cannot be done.
 */
export async function splitImages(
  data: FileStore,
  config: SelectionConfig,
  pairs: readonly Pair[],
  likenesses: readonly Likeness[],
): Promise<Split> {
  const { split, seed, trainFraction, folds, fold } = config;
  const share = folds === null ? { trainFraction, seed } : { folds, fold: fold!, seed };
  if (split === "random") return splitAtRandom(pairs, share);
  const images = pairs.map(({ image }) => image);
  const patients = await patientsOf(data, config, images);
  const groups = joinGroups([
    ...groupsOf(likenesses),
    ...(patients ? groupsOfPatients(patients) : []),
  ]);
  const known = { groups, ...(patients && { patients }) };
  if (split === "grouped") {
    const parts = splitByGroups(pairs, { ...share, groups, classes: classesOf(images) });
    return { ...parts, ...known };
  }
  const path = data.relative(split);
  const text = await data.readText(path);
  return { ...known, ...splitFromJson(text, pairs, path, { unnamed: "leave out" }) };
}

/** The split of a run that goes on, from the text of its split.json; `name` is what to call that in a message. */
export function savedSplit(
  config: SelectionConfig,
  pairs: readonly Pair[],
  { text, name }: { readonly text: string; readonly name: string },
): Split {
  return splitFromJson(text, pairs, name, {
    unnamed: isSplitFile(config) ? "leave out" : "refuse",
  });
}

/** Where the patients of images are written. */
export interface PatientSource {
  /** A table of images and patients, in the data directory. */
  readonly groups?: string | null | undefined;
  /** A pattern that takes the patient out of an image's path; it goes before the table. */
  readonly groupPattern?: string | null | undefined;
}

/**
 * The patients of images; `undefined` where nothing tells them.
 * Throws {@linkcode InputError} for a table or a pattern that cannot be used.
 */
export async function patientsOf(
  data: FileStore,
  { groups, groupPattern }: PatientSource,
  images: readonly string[],
): Promise<Patients | undefined> {
  if (typeof groupPattern === "string") return patientsByPattern(images, groupPattern);
  if (typeof groups !== "string") return undefined;
  const path = data.relative(groups);
  const text = await data.readText(path);
  return patientsFromCsv(text, images, path);
}

/** At most `limit` pairs, chosen at random so that each kind of image keeps its share; sorted as before. */
export function limited(pairs: readonly Pair[], limit: number | null, seed: number): Pair[] {
  if (limit === null || limit >= pairs.length) return [...pairs];
  const order = shuffled(pairs.length, new RandomStream(seed, "limit"));
  const chosen = new Set(order.subarray(0, limit));
  return pairs.filter((_, index) => chosen.has(index));
}

/** Whether the parts are listed in a file. */
export function isSplitFile({ split }: Pick<SelectionConfig, "split">): boolean {
  return split !== "grouped" && split !== "random";
}
