/**
 * Groups of images that must stay in one part of a split: near duplicates, and images of one
 * patient.
 *
 * @module
 */
import { parse } from "@std/csv";
import { withoutGuard } from "../core/csv.ts";
import { InputError } from "../core/errors.ts";
import { baseName } from "../core/paths.ts";

/** Disjoint lists of at least two images. The lists and their items are sorted. */
export type Groups = readonly (readonly string[])[];

/** The patient of each image, where known. */
export type Patients = ReadonlyMap<string, string>;

/** Joins groups that share an image (union-find). */
export function joinGroups(groups: Groups): string[][] {
  const parents = new Map<string, string>();
  const root = (image: string): string => {
    let top = image;
    for (let next = parents.get(top); next !== undefined; next = parents.get(top)) top = next;
    if (top !== image) parents.set(image, top);
    return top;
  };
  for (const group of groups) {
    for (const image of group) {
      const [a, b] = [root(group[0]), root(image)];
      if (a !== b) parents.set(b, a);
    }
  }
  const joined = new Map<string, Set<string>>();
  for (const image of groups.flat()) {
    const top = root(image);
    joined.set(top, (joined.get(top) ?? new Set()).add(image));
  }
  return [...joined.values()]
    .filter(({ size }) => size > 1)
    .map((images) => [...images].sort())
    .sort(([a], [b]) => a < b ? -1 : 1);
}

/** The images of each patient who has more than one. */
export function groupsOfPatients(patients: Patients): string[][] {
  return [...Map.groupBy(patients, ([, patient]) => patient).values()]
    .filter(({ length }) => length > 1)
    .map((entries) => entries.map(([image]) => image));
}

/**
 * Reads the patients from a table with the columns `file` and `patient`. A file is named by its
 * path in the data directory, or by its file name if that is unique. Rows of other files and rows
 * without a patient are ignored.
 *
 * @param source How to call the table in an error.
 * @throws InputError when the table lacks a column, names none of the images, or gives one image
 *   two patients.
 */
export function patientsFromCsv(text: string, images: readonly string[], source: string): Patients {
  const rows = readRows(text, source);
  const byName = Map.groupBy(images, baseName);
  const known = new Set(images);
  const patients = new Map<string, string>();
  for (const { file: cell, patient } of rows) {
    if (patient === "") continue;
    const file = known.has(cell) || byName.has(cell) ? cell : withoutGuard(cell);
    const sameName = byName.get(file) ?? [];
    const image = known.has(file) ? file : sameName.length === 1 ? sameName[0] : undefined;
    if (image === undefined) {
      if (sameName.length < 2) continue;
      throw new InputError(
        `${source} names ${file}, which could be ${sameName.join(" or ")}; give the path`,
      );
    }
    const before = patients.get(image);
    if (before !== undefined && before !== patient) {
      throw new InputError(`${source} gives ${image} two patients, ${before} and ${patient}`);
    }
    patients.set(image, patient);
  }
  if (patients.size > 0) return patients;
  throw new InputError(
    `${source} names none of the ${images.length} images, such as ${
      images[0]
    }; expected their paths in ` +
      `the data directory, or their names`,
  );
}

function readRows(text: string, source: string): { file: string; patient: string }[] {
  const expected = 'expected a table with the columns "file" and "patient", separated by commas';
  let rows: Record<string, string>[];
  try {
    // Spreadsheets write a byte order mark.
    rows = parse(text.replace(/^\ufeff/, ""), { skipFirstRow: true });
  } catch (error) {
    throw new InputError(`${source} is no CSV table (${(error as Error).message}); ${expected}`);
  }
  return rows.map(({ file, patient }) => {
    if (file === undefined || patient === undefined) {
      throw new InputError(`${source} lacks a column; ${expected}`);
    }
    return { file: file.trim(), patient: patient.trim() };
  });
}
