/**
 * Selects the images of a run and divides them into parts.
 *
 * @module
 */
import { RandomStream } from "../core/random.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import type { FileReader, FileStore } from "../store/store.ts";
import { shuffled } from "./batches.ts";
import { classesOf } from "./classes.ts";
import { discover } from "./discover.ts";
import type { FoundLayout } from "./layouts/find_layout.ts";
import { checkPairing } from "./check_pairing.ts";
import type { Pair } from "./pairing.ts";
import { type DuplicatePair, groupsOf } from "./duplicates.ts";
import { groupsOfPatients, joinGroups, type Patients, patientsFromCsv } from "./groups.ts";
import { patientsByPattern } from "./patient_pattern.ts";
import { isSplitFile, type SelectionConfig } from "./selection_fields.ts";
import { type Split, splitAtRandom, splitByGroups } from "./split.ts";
import { splitFromJson } from "./split_file.ts";

/** All images that were found, and the pairs to divide. */
export interface FoundImages {
  readonly found: FoundLayout;
  /** Sorted by image. */
  readonly pairs: readonly Pair[];
}

/**
 * Finds, checks and limits the images of a run. Throws {@linkcode InputError} for an unsuitable
 * folder.
 */
export async function findImages(data: FileStore, config: SelectionConfig): Promise<FoundImages> {
  const { images, masks, maskPattern, maskClass, missingMasks, maxImages, seed } = config;
  const within = data.relative(images);
  const found = await discover(data, { masks, maskPattern, maskClass, within });
  return { found, pairs: limited(checkPairing(found, { missingMasks }), maxImages, seed) };
}

/**
 * Divides the images of a new run according to its configuration. `files` has the files that it
 * names. `nearDuplicates` are the near
 * duplicates among them. Throws {@linkcode InputError} when the images cannot be divided so.
 */
export async function splitImages(
  files: FileReader,
  config: SelectionConfig,
  pairs: readonly Pair[],
  nearDuplicates: readonly DuplicatePair[],
): Promise<Split> {
  const { split, seed, trainFraction, folds, fold } = config;
  const share = folds === null ? { trainFraction, seed } : { folds, fold: fold!, seed };
  if (split === "random") return splitAtRandom(pairs, share);
  const images = pairs.map(({ image }) => image);
  const patients = await patientsOf(files, config, images);
  const groups = joinGroups([
    ...groupsOf(nearDuplicates),
    ...(patients ? groupsOfPatients(patients) : []),
  ]);
  const known = { groups, ...(patients && { patients }) };
  if (split === "grouped") {
    const parts = splitByGroups(pairs, { ...share, groups, classes: classesOf(images) });
    return { ...parts, ...known };
  }
  const path = files.relative(split);
  const text = await files.readText(path);
  return { ...known, ...splitFromJson(text, pairs, path, { unnamed: "leave out" }) };
}

/**
 * Reads the split of a resumed run from the text of its split.json. `name` is the file's name in
 * messages.
 */
export function savedSplit(
  config: SelectionConfig,
  pairs: readonly Pair[],
  { text, name }: { readonly text: string; readonly name: string },
): Split {
  return splitFromJson(text, pairs, name, {
    unnamed: isSplitFile(config) ? "leave out" : "refuse",
  });
}

/** The sources of the images' patients. */
export interface PatientSource {
  /** A table of images and patients, in the data directory. */
  readonly patients?: string | null | undefined;
  /**
   * A pattern that extracts the patient from an image's path. It takes precedence over the table.
   */
  readonly patientPattern?: string | null | undefined;
}

/**
 * The patients of images; `undefined` without a source. Throws {@linkcode InputError} for an
 * unusable table or pattern.
 */
export async function patientsOf(
  files: FileReader,
  { patients, patientPattern }: PatientSource,
  images: readonly string[],
): Promise<Patients | undefined> {
  if (typeof patientPattern === "string") {
    return await patientsByPattern(images, patientPattern);
  }
  if (typeof patients !== "string") return undefined;
  const path = files.relative(patients);
  const text = await files.readText(path, { limit: TEXT_LIMITS.patients });
  return patientsFromCsv(text, images, path);
}

/** At most `most` random pairs, in their former order. Each class keeps its share. */
export function limited(pairs: readonly Pair[], most: number | null, seed: number): Pair[] {
  if (most === null || most >= pairs.length) return [...pairs];
  const order = shuffled(pairs.length, new RandomStream(seed, "limit"));
  const chosen = new Set(order.subarray(0, most));
  return pairs.filter((_, index) => chosen.has(index));
}
