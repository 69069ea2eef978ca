/**
 * Finds the EXIF blocks of image files, and reads the one tag of theirs that changes pixels:
 * orientation. A damaged block counts as none, because the pixels are whole.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { startsWithText } from "./codec.ts";
import { MARKER, segmentsOf } from "./jpeg_segments.ts";
import { pngChunks } from "./png_chunks.ts";
import { TiffDirectory } from "./tiff_directory.ts";
import { riffChunks } from "./webp_header.ts";

const ORIENTATION_TAG = 274;

/** The marker of the JPEG segment that holds the block. */
const APP1 = 0xe1;

/** Before the block in JPEG, and in some WebP files. */
const EXIF_NAME = "Exif\0\0";

/**
 * The orientation of an EXIF block: 1 to 8.
 *
 * @returns 1 (as stored) without a block, for a damaged one, and without a known orientation.
 */
export function orientationOf(exif: Uint8Array | undefined): number {
  if (exif === undefined) return 1;
  try {
    const orientation = new TiffDirectory(exif, "EXIF").number(ORIENTATION_TAG, 1);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
  } catch (error) {
    if (error instanceof InputError) return 1;
    throw error;
  }
}

/** The EXIF block of a JPEG file: its first segment APP1 of that name, before the pixels. */
export function exifOfJpeg(bytes: Uint8Array): Uint8Array | undefined {
  for (const { marker, content } of segmentsOf(bytes, "EXIF")) {
    if (marker === MARKER.SOS) return undefined;
    if (marker === APP1 && startsWithText(content, EXIF_NAME)) {
      return content.subarray(EXIF_NAME.length);
    }
  }
  return undefined;
}

/** The EXIF block of a PNG file: its chunk eXIf, before or behind the pixels. */
export function exifOfPng(bytes: Uint8Array): Uint8Array | undefined {
  return pngChunks(bytes).find(({ type }) => type === "eXIf")?.data;
}

/** The EXIF block of a WebP file: its chunk EXIF. */
export function exifOfWebp(bytes: Uint8Array): Uint8Array | undefined {
  const data = riffChunks(bytes).find(({ type }) => type === "EXIF")?.data;
  return data && startsWithText(data, EXIF_NAME) ? data.subarray(EXIF_NAME.length) : data;
}
