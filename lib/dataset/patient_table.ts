/**
 * Reads the patients of images from a table. The columns may have any names: that of the patients
 * is known by its name or given, that of the images by its content.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { type Sentence, sentence, setting } from "../core/sentence.ts";
import { count } from "../core/plural.ts";
import { type CsvTable, readCsvTable } from "./csv_table.ts";
import type { Patients } from "./groups.ts";
import { imageRows, plainName, tableInWords } from "./image_table.ts";

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
 * Reads a table, whose rows name images as {@linkcode imageRows} says. Rows without a patient are
 * ignored.
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
  const { fileColumn, rows, unknown } = imageRows(table, images, source, [patientColumn]);
  const patients = new Map<string, string>();
  for (const { image, cells } of rows) {
    const patient = cells[patientColumn].normalize("NFC");
    const before = patients.get(image);
    if (before !== undefined && before !== patient) {
      throw new InputError(`${source} gives ${image} two patients, ${before} and ${patient}`);
    }
    patients.set(image, patient);
  }
  return {
    patients,
    source,
    fileColumn,
    patientColumn: table.header[patientColumn],
    unknown,
    isWindows1252: table.isWindows1252,
  };
}

/** How a table was read: its columns, and the rows that name no image. */
export function patientTableInWords(table: PatientTable): string {
  const { source, fileColumn, patientColumn, unknown, isWindows1252 } = table;
  return `${source}: images by "${fileColumn}", patients by "${patientColumn}"` +
    tableInWords(unknown, isWindows1252);
}

function patientColumnOf({ header }: CsvTable, source: string, column?: string): number {
  const wanted = column === undefined ? PATIENT_NAMES : [plainName(column)];
  const exact = column === undefined ? -1 : header.indexOf(column);
  if (exact >= 0) return exact;
  const names = header.map(plainName);
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
