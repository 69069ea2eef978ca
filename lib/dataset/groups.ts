/**
 * Images that belong together, because they show the same or come from one patient: they must not be divided
 * between training and validation.
 *
 * @module
 */
import { parse } from "@std/csv";
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import { baseName } from "../core/paths.ts";

/** Lists of at least two images; no image is in two of them. Sorted, and so are the lists. */
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
 * Takes the patients out of the images' paths: what the pattern's first group matches, or without a group all
 * that it matches. Images that it does not match have no known patient.
 *
 * @throws InputError when the pattern is no regular expression or matches no image.
 */
export function patientsByPattern(images: readonly string[], pattern: string): Patients {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, "u");
  } catch (error) {
    const why = (error as Error).message;
    throw new InputError(
      sentence`${setting("patientPattern", pattern)} is no regular expression (${why})`,
    );
  }
  const patients = new Map<string, string>();
  for (const image of images) {
    const match = expression.exec(image);
    const patient = match?.[1] ?? match?.[0];
    if (patient) patients.set(image, patient);
  }
  if (patients.size > 0) return patients;
  throw new InputError(
    sentence`${setting("patientPattern", pattern)} matches none of the ${images.length} images,
      such as ${images[0]}; expected one that finds the patient in the path`,
  );
}

/**
 * Reads the patients from a table with the columns `file` and `patient`. A file is named by its path in the data
 * directory, or by its name alone where only one image has it. Rows of other files, and rows without a patient,
 * are passed over.
 *
 * @param source How to call the table in an error.
 * @throws InputError when it is no such table, names none of the images, or gives one image two patients.
 */
export function patientsFromCsv(text: string, images: readonly string[], source: string): Patients {
  const rows = readRows(text, source);
  const byName = Map.groupBy(images, baseName);
  const known = new Set(images);
  const patients = new Map<string, string>();
  for (const { file, patient } of rows) {
    if (patient === "") continue;
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
    // The byte order mark that spreadsheets write.
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
