/**
 * TIFF decoding: header (tiff_header.ts), strips and tiles (unpack_strips.js), channels
 * (tiff_pixels.ts).
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
import { type ImageCodec, notUnpacked } from "./codec.ts";
import { isTiff } from "./tiff_directory.ts";
import { readTiffLayout, type TiffLayout } from "./tiff_header.ts";
import { tiffPixels } from "./tiff_pixels.ts";

/** TIFF, the first page. */
export const TIFF: ImageCodec<TiffLayout> = {
  name: "tiff",
  title: "TIFF",
  sniff: isTiff,
  readHeader: readTiffLayout,
  exif: (bytes) => bytes,
  open(bytes, layout, name) {
    const { parts, compression, mirrored } = layout;
    const strips = parts.map(({ at, length, size, most }) => ({ at, length, size, most }));
    return {
      work: { kind: "strips", data: bytes, strips, compression, mirrored },
      refusal: notUnpacked("TIFF", layout),
      finish: (unpacked) => tiffPixels(unpacked, layout, name),
    };
  },
};
