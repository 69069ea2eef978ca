/**
 * The size of an image's pixels, from the first source that knows it: its row of the given table,
 * the size given for all images, its own file.
 *
 * @module
 */
import { sha256 } from "../core/hash.ts";
import { plural } from "../core/plural.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import type { GreyImage } from "../image/image.ts";
import { type MmPerPx, type Spacing, spacingOf } from "../image/spacing.ts";
import type { FileReader } from "../store/store.ts";
import { readSpacingTable, type SpacingTable } from "./spacing_table.ts";

/** What is given about the size of pixels. */
export interface SpacingSource {
  /** The size of a pixel of all images that the table does not name, mm. */
  readonly mmPerPx?: MmPerPx | null | undefined;
  /** A table with the sizes of images. */
  readonly spacings?: string | null | undefined;
}

/** The table that was given, and the SHA-256 of its bytes. */
export type NamedSpacings = SpacingTable & { readonly sha256: string };

/** The spacings that are given for images. */
export class Spacings {
  readonly #forAll: Spacing | undefined;
  readonly table: NamedSpacings | undefined;

  private constructor(forAll?: Spacing, table?: NamedSpacings) {
    this.#forAll = forAll;
    this.table = table;
  }

  /** One size for all images; without it, what their files say. */
  static forAll(mmPerPx: MmPerPx | null | undefined): Spacings {
    return new Spacings(
      mmPerPx === null || mmPerPx === undefined ? undefined : spacingOf(mmPerPx),
    );
  }

  /**
   * Reads the table, if one is given; `files` has it. Throws {@linkcode InputError} for one that
   * cannot be used.
   */
  static async of(
    files: FileReader,
    { mmPerPx, spacings }: SpacingSource,
    images: readonly string[],
  ): Promise<Spacings> {
    const forAll = Spacings.forAll(mmPerPx);
    if (spacings === null || spacings === undefined) return forAll;
    const path = files.relative(spacings);
    const bytes = await files.readFile(path, { limit: TEXT_LIMITS.images });
    const table = readSpacingTable(bytes, images, path);
    return new Spacings(forAll.#forAll, { ...table, sha256: await sha256(bytes) });
  }

  /** The image with the spacing that it has; its own is that of its file. */
  applied(path: string, image: GreyImage): GreyImage {
    const given = this.table?.spacings.get(path) ?? this.#forAll;
    return given === undefined ? image : { ...image, spacing: given };
  }
}

/**
 * Says how many of several images have pixels of unknown size, where it is known of others;
 * `undefined` otherwise.
 */
export function withoutSpacing(
  images: readonly (readonly [image: string, isKnown: boolean])[],
): string | undefined {
  const unknown = images.filter(([, isKnown]) => !isKnown);
  if (unknown.length === 0 || unknown.length === images.length) return undefined;
  const [[first]] = unknown;
  return `the size of the pixels is not known in ${unknown.length} of ` +
    `${plural(images.length, "image")} (such as ${first})`;
}
