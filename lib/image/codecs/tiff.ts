/**
 * TIFF decoding: header (tiff_header.ts), strips and tiles (unpack_strips.js; those of fax machines
 * in tiff_fax.ts), channels (tiff_pixels.ts).
 *
 * This is own code because packages fall short: they allocate what a header claims before they look
 * at the data, leave out PackBits or tiles, or give 8 of 16 bits.
 *
 * Read are 1, 2, 4, 8, 12 and 16 bits, grey, RGB and palette, with and without transparency, in
 * strips, tiles and planes, BigTIFF too: the first page. Signed, floating-point and larger samples
 * are read where they are whole numbers (tiff_numbers.ts).
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { type ImageCodec, notUnpacked } from "./codec.ts";
import { isTiff } from "./tiff_directory.ts";
import { type FaxKind, unpackFax } from "./tiff_fax.ts";
import { readTiffLayout, type TiffLayout } from "./tiff_header.ts";
import type { TiffPart } from "./tiff_parts.ts";
import { tiffPixels } from "./tiff_pixels.ts";
import type { Strip } from "./unpack_strips.js";

/** TIFF, the first page. */
export const TIFF: ImageCodec<TiffLayout> = {
  name: "tiff",
  title: "TIFF",
  sniff: isTiff,
  readHeader: readTiffLayout,
  exif: (bytes) => bytes,
  open(bytes, layout, name) {
    const { parts, compression, mirrored, fax } = layout;
    const refusal = notUnpacked("TIFF", layout);
    return {
      work: {
        kind: "strips",
        data: bytes,
        strips: parts.map(
          fax ? packedStrip : ({ at, length, size, most }) => ({ at, length, size, most }),
        ),
        compression: compression === "fax" ? "none" : compression,
        mirrored,
      },
      refusal,
      finish(unpacked) {
        const rows = fax ? faxRows(unpacked, parts, fax) : unpacked;
        if (rows === undefined) throw new InputError(`${name} ${refusal}`);
        return tiffPixels(rows, layout, name);
      },
    };
  },
};

/** A part that stays packed: as many bytes as its rows, with their ends, can take at most. */
function packedStrip({ at, length, size, height }: TiffPart): Strip {
  const most = Math.min(length, 8 * size + 8 * height);
  return { at, length: most, size: most, most };
}

/** The rows of packed parts, one part after the other; `undefined` for damaged data. */
function faxRows(
  packed: Uint8Array,
  parts: readonly TiffPart[],
  fax: FaxKind,
): Uint8Array<ArrayBuffer> | undefined {
  const all = new Uint8Array(parts.reduce((sum, { size }) => sum + size, 0));
  let from = 0, to = 0;
  for (const part of parts) {
    const rows = unpackFax(packed.subarray(from, from += packedStrip(part).size), part, fax);
    if (rows === undefined) return undefined;
    all.set(rows, to);
    to += part.size;
  }
  return all;
}
