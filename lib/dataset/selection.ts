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
import { type DuplicatePair, groupsOf } from "./duplicates.ts";
import { RandomStream } from "../core/random.ts";
import { isSplitFile, type SelectionConfig } from "./selection_fields.ts";

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
  const { images, maskPattern, missingMasks, maxImages, seed } = config;
  const within = data.relative(images);
  const found = await discover(data, { maskPattern, within });
  return { found, pairs: limited(checkPairing(found, { missingMasks }), maxImages, seed) };
}

/**
 * Divides the images of a new run as its configuration says; `nearDuplicates` are those among them.
 * Throws {@linkcode InputError} when that cannot be done.
 */
export async function splitImages(
  data: FileStore,
  config: SelectionConfig,
  pairs: readonly Pair[],
  nearDuplicates: readonly DuplicatePair[],
): Promise<Split> {
  const { split, seed, trainFraction, folds, fold } = config;
  const share = folds === null ? { trainFraction, seed } : { folds, fold: fold!, seed };
  if (split === "random") return splitAtRandom(pairs, share);
  const images = pairs.map(({ image }) => image);
  const patients = await patientsOf(data, config, images);
  const groups = joinGroups([
    ...groupsOf(nearDuplicates),
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
  readonly patients?: string | null | undefined;
  /** A pattern that takes the patient out of an image's path; it goes before the table. */
  readonly patientPattern?: string | null | undefined;
}

/**
 * The patients of images; `undefined` where nothing tells them.
 * Throws {@linkcode InputError} for a table or a pattern that cannot be used.
 */
export async function patientsOf(
  data: FileStore,
  { patients, patientPattern }: PatientSource,
  images: readonly string[],
): Promise<Patients | undefined> {
  if (typeof patientPattern === "string") return patientsByPattern(images, patientPattern);
  if (typeof patients !== "string") return undefined;
  const path = data.relative(patients);
  const text = await data.readText(path);
  return patientsFromCsv(text, images, path);
}

/** At most `most` pairs, at random, so that each kind of image keeps its share; sorted as before. */
export function limited(pairs: readonly Pair[], most: number | null, seed: number): Pair[] {
  if (most === null || most >= pairs.length) return [...pairs];
  const order = shuffled(pairs.length, new RandomStream(seed, "limit"));
  const chosen = new Set(order.subarray(0, most));
  return pairs.filter((_, index) => chosen.has(index));
}
