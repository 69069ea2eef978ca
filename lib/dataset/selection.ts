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
import type { LeftOut } from "./left_out.ts";
import type { Pair } from "./pairing.ts";
import { type DuplicatePair, groupsOf } from "./duplicates.ts";
import { groupsOfPatients, joinGroups, type Patients } from "./groups.ts";
import { patientsByPattern } from "./patient_pattern.ts";
import { type PatientTable, readPatientTable } from "./patient_table.ts";
import { isSplitFile, seedOfSplit, type SelectionConfig } from "./selection_fields.ts";
import { type Split, splitAtRandom, splitByGroups } from "./split.ts";
import { splitFromJson, splitNamesOf } from "./split_file.ts";
import { withoutUnmaskedFolders } from "./unmasked_folders.ts";

/** The images that were found, and those to divide. */
export interface FoundImages {
  /** The images to choose from, with their masks. */
  readonly found: FoundLayout;
  /** The number of all images that were found. */
  readonly total: number;
  /** Sorted by image. */
  readonly pairs: readonly Pair[];
  readonly leftOut: LeftOut;
}

/** A split of a run, and the table that its patients come from. */
export interface DividedImages {
  readonly split: Split;
  readonly patientTable?: PatientTable;
}

/**
 * Finds, checks and limits the images of a run. Folders without any mask beside folders with masks
 * are left out, unless missing masks count as empty. With a file of a split, its images alone are
 * checked; `files` has it. Throws {@linkcode InputError} for an unsuitable folder.
 */
export async function findImages(
  data: FileStore,
  config: SelectionConfig,
  files: FileReader = data,
): Promise<FoundImages> {
  const { images, missingMasks, maxImages } = config;
  if (isSplitFile(config)) return await findNamed(data, config, await namesOf(files, config.split));
  const within = data.relative(images);
  const { leftOut, ...all } = await discover(data, { ...config, within });
  const { pairing: found, folders } = withoutUnmaskedFolders(all, within, missingMasks);
  return {
    found,
    total: found.pairs.length + found.unmasked.length,
    pairs: limited(checkPairing(found, { missingMasks }), maxImages, seedOfSplit(config)),
    leftOut: { ...leftOut, unmasked: folders },
  };
}

/**
 * Finds these images with their masks. Other images, and masks without an image, are of no concern.
 * An image that is not there is missing in the result. Throws {@linkcode InputError} for an image
 * without a mask, unless missing masks count as empty.
 */
export async function findNamed(
  data: FileStore,
  config: Pick<SelectionConfig, "images" | "masks" | "maskPattern" | "maskClass" | "missingMasks">,
  named: ReadonlySet<string>,
): Promise<FoundImages> {
  const within = data.relative(config.images);
  const { leftOut, ...all } = await discover(data, { ...config, within, named });
  const found = {
    ...all,
    pairs: all.pairs.filter(({ image }) => named.has(image)),
    unmasked: all.unmasked.filter((image) => named.has(image)),
    lookalikes: all.lookalikes.filter((image) => named.has(image)),
    orphans: [],
  };
  const total = all.pairs.length + all.unmasked.length;
  return { found, total, pairs: checkPairing(found, config), leftOut };
}

async function namesOf(files: FileReader, file: string): Promise<Set<string>> {
  const path = files.relative(file);
  const { parts } = splitNamesOf(await files.readText(path), path);
  return new Set(parts.flatMap(([, names]) => names));
}

/**
 * Divides the images of a new run according to its configuration. `files` has the files that it
 * names, `nearDuplicates` are the near duplicates among the images. Throws {@linkcode InputError}
 * when the images cannot be divided so.
 */
export async function splitImages(
  files: FileReader,
  config: SelectionConfig,
  pairs: readonly Pair[],
  nearDuplicates: readonly DuplicatePair[],
): Promise<DividedImages> {
  const { split, trainFraction, testFraction, folds, fold } = config;
  const seed = seedOfSplit(config);
  const share = folds === null
    ? { trainFraction, testFraction, seed }
    : { folds, fold: fold!, seed };
  if (split === "random") return { split: splitAtRandom(pairs, share) };
  const images = pairs.map(({ image }) => image);
  const { patients, table } = await patientsOf(files, config, images);
  const groups = joinGroups([
    ...groupsOf(nearDuplicates),
    ...(patients ? groupsOfPatients(patients) : []),
  ]);
  const known = { groups, ...(patients && { patients }) };
  const source = { ...(table && { patientTable: table }) };
  if (split === "grouped") {
    const parts = splitByGroups(pairs, { ...share, groups, classes: classesOf(images) });
    return { split: { ...parts, ...known }, ...source };
  }
  const path = files.relative(split);
  const parts = splitFromJson(await files.readText(path), pairs, path, { unnamed: "leave out" });
  return { split: { ...known, ...parts }, ...source };
}

/** The sources of the images' patients. */
export interface PatientSource {
  /** A table of images and patients in the data directory, or TABLE:COLUMN. */
  readonly patients?: string | null | undefined;
  /**
   * A pattern that extracts the patient from an image's path. It takes precedence over the table.
   */
  readonly patientPattern?: string | null | undefined;
}

/** The patients of images, where known, and the table that names them. */
export interface FoundPatients {
  readonly patients?: Patients;
  readonly table?: PatientTable;
}

/**
 * The patients of images; none without a source. Throws {@linkcode InputError} for an unusable
 * table or pattern.
 */
export async function patientsOf(
  files: FileReader,
  { patients, patientPattern }: PatientSource,
  images: readonly string[],
): Promise<FoundPatients> {
  if (typeof patientPattern === "string") {
    return { patients: await patientsByPattern(images, patientPattern) };
  }
  if (typeof patients !== "string") return {};
  const { file, column } = await tableAndColumn(files, patients);
  const path = files.relative(file);
  const bytes = await files.readFile(path, { limit: TEXT_LIMITS.images });
  const table = readPatientTable(bytes, images, path, column);
  return { patients: table.patients, table };
}

/** Divides TABLE:COLUMN at the last colon behind the name of a file. */
async function tableAndColumn(
  files: FileReader,
  given: string,
): Promise<{ file: string; column?: string }> {
  if (await files.kindOf(given) === "file") return { file: given };
  for (let at = given.lastIndexOf(":"); at > 0; at = given.lastIndexOf(":", at - 1)) {
    const [file, column] = [given.slice(0, at), given.slice(at + 1)];
    if (column !== "" && await files.kindOf(file) === "file") return { file, column };
  }
  return { file: given };
}

/** At most `most` random pairs, in their former order. Each class keeps its share. */
export function limited(pairs: readonly Pair[], most: number | null, seed: number): Pair[] {
  if (most === null || most >= pairs.length) return [...pairs];
  const order = shuffled(pairs.length, new RandomStream(seed, "limit"));
  const chosen = new Set(order.subarray(0, most));
  return pairs.filter((_, index) => chosen.has(index));
}
