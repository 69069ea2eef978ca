/**
 * Finds the images that the rows of a table name, in any column.
 *
 * @module
 */
import { withoutGuard } from "../core/csv.ts";
import { InputError } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import { baseName, withoutEnding } from "../core/paths.ts";
import type { CsvTable } from "./csv_table.ts";
import { endsOf, indexOf } from "./path_index.ts";

/** Names of columns of images; they decide between columns that fit equally well. */
const FILE_NAMES = ["file", "filename", "path", "image", "imagename", "imagefile", "imageid", "id"];

const LISTED_NAMES = 3;

/** The rows of a table that name an image. */
export interface ImageRows {
  /** The name of the column that names the images. */
  readonly fileColumn: string;
  readonly rows: readonly { readonly image: string; readonly cells: readonly string[] }[];
  /** The names in the table that are no image's. */
  readonly unknown: readonly string[];
}

/**
 * Finds the images of rows. An image is named by its path in the data directory, by its file name
 * or another end of its path if that is unique, each with or without its ending, or by a path of
 * another machine that ends with the path in the data directory; `\` counts as `/`. Names are
 * compared in Unicode's form NFC.
 *
 * @param source How to call the table in an error.
 * @param values The columns of values. A row without any is ignored.
 * @throws InputError when the table names none of the images, or one that could be several.
 */
export function imageRows(
  table: CsvTable,
  images: readonly string[],
  source: string,
  values: readonly number[],
): ImageRows {
  const names = new ImageNames(images);
  const fileColumn = fileColumnOf(table, values, names);
  const rows: ImageRows["rows"][number][] = [];
  const unknown: string[] = [];
  for (const cells of table.rows) {
    const name = cells[fileColumn] ?? "";
    if (name === "" || values.every((column) => (cells[column] ?? "") === "")) continue;
    const found = names.named(name);
    if (found.length > 1) {
      throw new InputError(
        `${source} names ${name}, which could be ${found.join(" or ")}; give the path`,
      );
    }
    if (found.length === 0) unknown.push(name);
    else rows.push({ image: found[0], cells });
  }
  if (rows.length === 0) {
    throw new InputError(
      `${source} names none of the ${images.length} images, such as ${images[0]}; expected a ` +
        `column with their paths in the data directory, or their names`,
    );
  }
  return { fileColumn: table.header[fileColumn], rows, unknown };
}

/** How a table was read, behind its columns: the names that are no image's, and its encoding. */
export function tableInWords(unknown: readonly string[], isWindows1252: boolean): string {
  const more = unknown.length > LISTED_NAMES ? ", ..." : "";
  const names = unknown.slice(0, LISTED_NAMES).join(", ");
  return (unknown.length === 0
    ? ""
    : `; ${plural(unknown.length, "row names", "rows name")} no image (${names}${more})`) +
    (isWindows1252 ? "; it is no UTF-8 and was read as Windows-1252" : "");
}

/** The column that names the most images. */
function fileColumnOf(
  { header, rows }: CsvTable,
  values: readonly number[],
  names: ImageNames,
): number {
  const others = header.map((_, index) => index).filter((index) => !values.includes(index));
  const score = (index: number) => rows.filter((row) => names.named(row[index] ?? "").length > 0);
  const rank = (index: number) => {
    const at = FILE_NAMES.indexOf(plainName(header[index]));
    return at < 0 ? FILE_NAMES.length : at;
  };
  const scores = new Map(others.map((index) => [index, score(index).length]));
  const [best] = others.toSorted((a, b) =>
    scores.get(b)! - scores.get(a)! || rank(a) - rank(b) || a - b
  );
  // A table of values alone names no images.
  return best ?? values[0];
}

/** A column's name without case, spaces and signs. */
export function plainName(name: string): string {
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
