/**
 * Reads the patients of images from a table. The columns may have any names: that of the patients
 * is known by its name or given, that of the images by its content.
 *
 * @module
 */
import { withoutGuard } from "../core/csv.ts";
import { InputError } from "../core/errors.ts";
import { baseName, withoutEnding } from "../core/paths.ts";
import { type Sentence, sentence, setting } from "../core/sentence.ts";
import { count, plural } from "../core/plural.ts";
import { type CsvTable, readCsvTable } from "./csv_table.ts";
import type { Patients } from "./groups.ts";
import { endsOf, indexOf } from "./path_index.ts";

/** Names of columns of patients, in lower case, without spaces and signs; the first one counts. */
const PATIENT_NAMES = [
  "patient",
  "patientid",
  "patientname",
  "patientnumber",
  "patientno",
  "patientnr",
  "pid",
  "subject",
  "subjectid",
  "participant",
  "participantid",
  "case",
  "caseid",
];

/** Names of columns of images, likewise; they decide between columns that fit equally well. */
const FILE_NAMES = ["file", "filename", "path", "image", "imagename", "imagefile", "imageid", "id"];

const LISTED_NAMES = 3;

/** The patients of a table, and how it was read. */
export interface PatientTable {
  /** The patient of each image that the table names. */
  readonly patients: Patients;
  /** The path of the table. */
  readonly source: string;
  /** The names of the columns that were taken. */
  readonly fileColumn: string;
  readonly patientColumn: string;
  /** The names in the table that are no image's. */
  readonly unknown: readonly string[];
  /** Whether the table is no UTF-8 and was taken as Windows-1252. */
  readonly isWindows1252: boolean;
}

/**
 * Reads a table. An image is named by its path in the data directory, by its file name or another
 * end of its path if that is unique, each with or without its ending, or by a path of another
 * machine that ends with the path in the data directory; `\` counts as `/`. Names are compared in
 * Unicode's form NFC. Rows without a patient are ignored.
 *
 * @param source How to call the table in an error.
 * @param column The column of the patients; by default it is known by its name.
 * @throws InputError when the table has no such column, names none of the images, or gives one
 *   image two patients.
 */
export function readPatientTable(
  bytes: Uint8Array,
  images: readonly string[],
  source: string,
  column?: string,
): PatientTable {
  const table = readCsvTable(bytes, source);
  const patientColumn = patientColumnOf(table, source, column);
  const names = new ImageNames(images);
  const fileColumn = fileColumnOf(table, patientColumn, names);
  const patients = new Map<string, string>();
  const unknown: string[] = [];
  for (const row of table.rows) {
    const [name, patient] = [row[fileColumn] ?? "", (row[patientColumn] ?? "").normalize("NFC")];
    if (name === "" || patient === "") continue;
    const found = names.named(name);
    if (found.length > 1) {
      throw new InputError(
        `${source} names ${name}, which could be ${found.join(" or ")}; give the path`,
      );
    }
    if (found.length === 0) {
      unknown.push(name);
      continue;
    }
    const [image] = found;
    const before = patients.get(image);
    if (before !== undefined && before !== patient) {
      throw new InputError(`${source} gives ${image} two patients, ${before} and ${patient}`);
    }
    patients.set(image, patient);
  }
  if (patients.size === 0) {
    throw new InputError(
      `${source} names none of the ${images.length} images, such as ${images[0]}; expected a ` +
        `column with their paths in the data directory, or their names`,
    );
  }
  const { header, isWindows1252 } = table;
  return {
    patients,
    source,
    fileColumn: header[fileColumn],
    patientColumn: header[patientColumn],
    unknown,
    isWindows1252,
  };
}

/** How a table was read: its columns, and the rows that name no image. */
export function patientTableInWords(table: PatientTable): string {
  const { source, fileColumn, patientColumn, unknown, isWindows1252 } = table;
  const more = unknown.length > LISTED_NAMES ? ", ..." : "";
  const names = unknown.slice(0, LISTED_NAMES).join(", ");
  return `${source}: images by "${fileColumn}", patients by "${patientColumn}"` +
    (unknown.length === 0
      ? ""
      : `; ${plural(unknown.length, "row names", "rows name")} no image (${names}${more})`) +
    (isWindows1252 ? "; it is no UTF-8 and was read as Windows-1252" : "");
}

function patientColumnOf({ header }: CsvTable, source: string, column?: string): number {
  const wanted = column === undefined ? PATIENT_NAMES : [plain(column)];
  const exact = column === undefined ? -1 : header.indexOf(column);
  if (exact >= 0) return exact;
  const names = header.map(plain);
  for (const name of wanted) {
    const found = names.flatMap((one, index) => one === name ? [index] : []);
    if (found.length > 1) {
      throw new InputError(`${source} has ${count(found.length)} columns ${header[found[0]]}`);
    }
    if (found.length === 1) return found[0];
  }
  throw new InputError(noColumn(header, source, column));
}

function noColumn(header: readonly string[], source: string, column?: string): Sentence {
  const columns = header.length === 0 ? "it is empty" : `it has ${header.join(", ").slice(0, 200)}`;
  return column === undefined
    ? sentence`${source} has no column "patient"; ${columns}; name the column of the patients:
        ${setting("patients", `${source}:COLUMN`)}`
    : sentence`${source} has no column "${column}"; ${columns}`;
}

/** The column that names the most images. */
function fileColumnOf({ header, rows }: CsvTable, patients: number, names: ImageNames): number {
  const others = header.map((_, index) => index).filter((index) => index !== patients);
  const score = (index: number) => rows.filter((row) => names.named(row[index] ?? "").length > 0);
  const rank = (index: number) => {
    const at = FILE_NAMES.indexOf(plain(header[index]));
    return at < 0 ? FILE_NAMES.length : at;
  };
  const scores = new Map(others.map((index) => [index, score(index).length]));
  const [best] = others.toSorted((a, b) =>
    scores.get(b)! - scores.get(a)! || rank(a) - rank(b) || a - b
  );
  // A table of one column names patients and no images.
  return best ?? patients;
}

/** A column's name without case, spaces and signs. */
function plain(name: string): string {
  return name.normalize("NFC").toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** Finds images by the names that tables give them. */
class ImageNames {
  /** By path, then by file name, then by both without ending, then by other ends of the path. */
  readonly #tables: readonly ReadonlyMap<string, readonly string[]>[];
  /** By path, with and without ending. */
  readonly #paths: readonly ReadonlyMap<string, readonly string[]>[];

  constructor(images: readonly string[]) {
    const forms = [
      (path: string) => path,
      baseName,
      withoutEnding,
      (path: string) => baseName(withoutEnding(path)),
    ];
    const tables = forms.map((form) =>
      Map.groupBy(images, (image) => form(image.normalize("NFC")))
    );
    const ends = indexOf(images, (image) => {
      const path = image.normalize("NFC");
      return [path, withoutEnding(path)].flatMap(properEndsOf);
    });
    this.#tables = [...tables, ends];
    this.#paths = [tables[0], tables[2]];
  }

  /** The images that a cell may mean; the path may begin on another machine. */
  named(cell: string): readonly string[] {
    for (const form of [cell, withoutGuard(cell)]) {
      const name = form.normalize("NFC").replaceAll("\\", "/").replace(/^(\.?\/)+/, "");
      if (name === "") continue;
      for (const table of this.#tables) {
        const found = table.get(name);
        if (found !== undefined) return found;
      }
      for (const end of properEndsOf(name)) {
        const found = this.#paths.map((table) => table.get(end)).find((found) => found);
        if (found !== undefined) return found;
      }
    }
    return [];
  }
}

/** The ends of a path without its first folders, the longest first. */
function properEndsOf(path: string): string[] {
  return endsOf(path).slice(1);
}
