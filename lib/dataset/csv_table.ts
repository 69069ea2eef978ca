/**
 * Reads tables as spreadsheets write them: UTF-8 with and without a byte order mark, UTF-16,
 * Windows-1252; commas, semicolons or tabs; any line ends.
 *
 * @module
 */
import { parse } from "@std/csv";
import { checkLines } from "../core/csv.ts";
import { InputError } from "../core/errors.ts";
import { guessContent } from "../image/codecs/sniff.ts";

const SEPARATORS = [",", ";", "\t", "|"];

/** A table as text. */
export interface CsvTable {
  readonly header: readonly string[];
  /** The other rows that are not blank; a row may be shorter than the header. Cells are trimmed. */
  readonly rows: readonly (readonly string[])[];
  /** Whether the text is no UTF-8 and was taken as Windows-1252. */
  readonly isWindows1252: boolean;
}

/**
 * Reads a table.
 *
 * @param source How to call the table in an error.
 * @throws InputError when it is no text, no table, or too large.
 */
export function readCsvTable(bytes: Uint8Array, source: string): CsvTable {
  const { text, isWindows1252 } = decoded(bytes, source);
  // Excel may write the separator into a line of its own.
  const [, given, body] = /^(?:sep=(.)\n)?([^]*)$/i.exec(text.replaceAll(/\r\n?/g, "\n"))!;
  checkLines(body, source);
  const separator = given ?? separatorOf(body);
  let rows: string[][];
  try {
    rows = parse(body, { separator });
  } catch (error) {
    throw new InputError(`${source} is no CSV table (${(error as Error).message})`);
  }
  const [header = [], ...others] = rows.map((cells) => cells.map((cell) => cell.trim()))
    .filter((cells) => cells.some((cell) => cell !== ""));
  const long = others.find((cells) => cells.slice(header.length).some((cell) => cell !== ""));
  if (long !== undefined) {
    throw new InputError(
      `${source} has a row with more columns than the first one (${
        long.join(separator).slice(0, 80)
      }); put quotes around values that hold a "${separator}"`,
    );
  }
  return { header, rows: others, isWindows1252 };
}

function decoded(bytes: Uint8Array, source: string) {
  const [first, second] = bytes;
  const utf16 = first === 0xff && second === 0xfe || second === 0 && first !== 0
    ? "utf-16le"
    : first === 0xfe && second === 0xff || first === 0 && second !== 0
    ? "utf-16be"
    : undefined;
  let text: string;
  let isWindows1252 = false;
  try {
    text = new TextDecoder(utf16 ?? "utf-8", { fatal: true }).decode(bytes);
  } catch {
    isWindows1252 = utf16 === undefined;
    text = isWindows1252 ? new TextDecoder("windows-1252").decode(bytes) : "\0";
  }
  if (!text.includes("\0")) return { text, isWindows1252 };
  const what = guessContent(bytes) ?? "no text";
  throw new InputError(
    `${source} is no CSV table: it seems to be ${what}; save the table as CSV (in UTF-8)`,
  );
}

/** The separator that the first line has most often outside quotes. */
function separatorOf(text: string): string {
  const line = text.trimStart().split("\n", 1)[0].replaceAll(/"[^"]*"/g, "");
  const counts = SEPARATORS.map((separator) => line.split(separator).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))];
}
