/**
 * The parts of a TIFF file's pixels: strips, tiles, and planes of either.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { MOST_PIXELS, MOST_SIDE } from "./header.ts";
import type { TiffDirectory } from "./tiff_directory.ts";
import type { Strip, StripCompression } from "./unpack_strips.js";

const TAG = {
  stripOffsets: 273,
  rowsPerStrip: 278,
  stripLengths: 279,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileLengths: 325,
} as const;

/** How the samples of a TIFF file are packed. */
export type TiffCompression = StripCompression | "fax";

/** The most bytes that a packed byte can become. */
const MOST_GAIN: Readonly<Record<TiffCompression, number>> = {
  none: 1,
  // A match of 258 bytes takes two bits.
  deflate: 1032,
  // 4096 values take a code of 12 bits.
  lzw: 2731,
  packbits: 64,
  // A row of the longest side takes one bit.
  fax: MOST_SIDE,
};

/** The most bytes of all samples: as many as the largest PNG file has. */
export const MOST_BYTES = 8 * MOST_PIXELS;

/** A rectangle of the image whose samples are packed together. */
export interface TiffPart extends Strip {
  readonly x: number;
  readonly y: number;
  /** Size in px; a tile may lead out of the image. */
  readonly width: number;
  readonly height: number;
  /** The sample that it holds where each has its own plane; otherwise 0. */
  readonly plane: number;
}

/** What the parts of an image depend on. */
interface PartedImage {
  readonly width: number;
  readonly height: number;
  /** Samples of a pixel, and bits of each. */
  readonly samples: number;
  readonly bitDepth: number;
  readonly planar: boolean;
  readonly compression: TiffCompression;
}

/**
 * Reads where the strips or tiles are.
 *
 * @param fileBytes The size of the file.
 * @param name How to call the file in an error.
 * @throws {InputError} when they are missing, outside the file, or too small for what they hold.
 */
export function readTiffParts(
  directory: TiffDirectory,
  layout: PartedImage,
  fileBytes: number,
  name: string,
): TiffPart[] {
  const { width, height, samples, planar, bitDepth, compression } = layout;
  const tiled = directory.numbers(TAG.tileOffsets, 1) !== undefined;
  const partWidth = tiled ? directory.number(TAG.tileWidth, 0) : width;
  const partHeight = tiled
    ? directory.number(TAG.tileHeight, 0)
    : Math.min(height, directory.number(TAG.rowsPerStrip, height));
  if (partWidth < 1 || partHeight < 1 || partWidth * partHeight > MOST_PIXELS) {
    throw new InputError(
      `${name} is damaged: its TIFF ${tiled ? "tiles" : "strips"} are ${partWidth} x ` +
        `${partHeight} px.`,
    );
  }
  const columns = Math.ceil(width / partWidth), rows = Math.ceil(height / partHeight);
  const count = columns * rows * (planar ? samples : 1);
  const offsets = directory.numbers(tiled ? TAG.tileOffsets : TAG.stripOffsets, count) ?? [];
  // Where there are no lengths, a part may reach to the end of the file.
  const lengths = directory.numbers(tiled ? TAG.tileLengths : TAG.stripLengths, count) ??
    offsets.map((offset) => Math.max(0, fileBytes - offset));
  if (offsets.length < count || lengths.length < count) {
    throw new InputError(
      `${name} is damaged: it has the places of ${Math.min(offsets.length, lengths.length)} of ` +
        `${count} parts of its TIFF data.`,
    );
  }
  const rowBytes = Math.ceil(partWidth * (planar ? 1 : samples) * bitDepth / 8);
  let all = 0;
  const parts = offsets.map((at, i): TiffPart => {
    const x = i % columns * partWidth;
    const y = Math.floor(i / columns) % rows * partHeight;
    const plane = Math.floor(i / (columns * rows));
    const ownHeight = tiled ? partHeight : Math.min(partHeight, height - y);
    const size = ownHeight * rowBytes;
    const length = lengths[i];
    if (at + length > fileBytes || size > length * MOST_GAIN[compression]) {
      throw new InputError(
        `${name} is cut off or damaged: part ${i + 1} of ${count} of its TIFF data is not whole; ` +
          `copy it again.`,
      );
    }
    all += size;
    return {
      at,
      length,
      size,
      most: partHeight * rowBytes,
      x,
      y,
      width: partWidth,
      height: ownHeight,
      plane,
    };
  });
  if (all > MOST_BYTES) {
    throw new InputError(
      `${name} is damaged: its TIFF tiles hold ${all} bytes for ${width} x ${height} px.`,
    );
  }
  return parts;
}
