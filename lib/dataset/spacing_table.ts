/**
 * Reads the size of the pixels of images from a table.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { count } from "../core/plural.ts";
import { EXPECTED_MM_PER_PX, isMmPerPx, type Spacing, spacingInWords } from "../image/spacing.ts";
import { type CsvTable, readCsvTable } from "./csv_table.ts";
import { imageRows, plainName, tableInWords } from "./image_table.ts";

const COLUMNS = { x: "mm_per_px_x", y: "mm_per_px_y" } as const;

/** A number in decimal notation. */
const NUMBER = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The spacings of a table, and how it was read. */
export interface SpacingTable {
  /** The spacing of each image that the table names. */
  readonly spacings: ReadonlyMap<string, Spacing>;
  /** The path of the table. */
  readonly source: string;
  /** The name of the column that names the images. */
  readonly fileColumn: string;
  /** The names in the table that are no image's. */
  readonly unknown: readonly string[];
  /** Whether the table is no UTF-8 and was taken as Windows-1252. */
  readonly isWindows1252: boolean;
}

/**
 * Reads a table, whose rows name images as {@linkcode imageRows} says. Rows without a spacing are
 * ignored.
 *
 * @param source How to call the table in an error.
 * @throws InputError when the table lacks a column, names none of the images, has something else
 *   than the size of a pixel, or gives one image two of them.
 */
export function readSpacingTable(
  bytes: Uint8Array,
  images: readonly string[],
  source: string,
): SpacingTable {
  const table = readCsvTable(bytes, source);
  const [x, y] = [columnOf(table, COLUMNS.x, source), columnOf(table, COLUMNS.y, source)];
  const { fileColumn, rows, unknown } = imageRows(table, images, source, [x, y]);
  const spacings = new Map<string, Spacing>();
  for (const { image, cells } of rows) {
    const value = (column: number) => {
      const cell = cells[column] ?? "";
      if (NUMBER.test(cell) && isMmPerPx(Number(cell))) return Number(cell);
      const name = table.header[column];
      throw new InputError(
        `${source} gives ${image} the ${name} "${cell}"; expected ${EXPECTED_MM_PER_PX}`,
      );
    };
    const spacing = { x: value(x), y: value(y) };
    const before = spacings.get(image);
    if (before !== undefined && (before.x !== spacing.x || before.y !== spacing.y)) {
      const [one, other] = [before, spacing].map(spacingInWords);
      throw new InputError(
        `${source} gives the pixels of ${image} two sizes: ${one}; and ${other}`,
      );
    }
    spacings.set(image, spacing);
  }
  return { spacings, source, fileColumn, unknown, isWindows1252: table.isWindows1252 };
}

/** How a table was read: its column of images, and the rows that name no image. */
export function spacingTableInWords(table: SpacingTable): string {
  const { source, fileColumn, unknown, isWindows1252 } = table;
  return `${source}: images by "${fileColumn}"${tableInWords(unknown, isWindows1252)}`;
}

function columnOf({ header }: CsvTable, name: string, source: string): number {
  const found = header.flatMap((one, index) => plainName(one) === plainName(name) ? [index] : []);
  if (found.length === 1) return found[0];
  const columns = header.length === 0 ? "it is empty" : `it has ${header.join(", ").slice(0, 200)}`;
  throw new InputError(
    found.length > 1
      ? `${source} has ${count(found.length)} columns ${name}`
      : `${source} has no column "${name}"; ${columns}; expected the columns image, ${COLUMNS.x} ` +
        `(along a row) and ${COLUMNS.y} (along a column)`,
  );
}
