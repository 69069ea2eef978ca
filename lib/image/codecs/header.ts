/**
 * The header of an image file. The size is checked before a decoder allocates memory for it: a file
 * of a few bytes can claim 20000 x 20000 px.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import type { ImageFormat } from "../image.ts";

/** The largest number of pixels: 64 mebipixels, such as 8192 x 8192. */
export const MOST_PIXELS = 64 * 1024 * 1024;

/** The largest image file that is read, in bytes. */
export const MOST_FILE_BYTES = 2 ** 29;

/** The longest side of an image in px. */
export const MOST_SIDE = 16384;

/** How a file stores its colours. */
export type Colours = "grey" | "grey+alpha" | "rgb" | "rgb+alpha" | "palette" | "cmyk";

/** The contents of an image file's header. */
export interface ImageHeader {
  readonly format: ImageFormat;
  /** Width in px, from 1 to {@linkcode MOST_SIDE}. */
  readonly width: number;
  /** Height in px, from 1 to {@linkcode MOST_SIDE}. */
  readonly height: number;
  /** Bits per sample, or per palette index. */
  readonly bitDepth: number;
  readonly colours: Colours;
  /** Channels of the decoded image; palettes and CMYK become RGB. */
  readonly channels: 1 | 2 | 3 | 4;
  /** Whether PNG stores its pixels, or GIF its rows, in several passes. */
  readonly interlaced: boolean;
  /** Whether pages or frames follow the first one, which alone is read. */
  readonly morePages?: boolean;
}

/** The channels of the decoded image. */
export const CHANNELS: Readonly<Record<Colours, 1 | 2 | 3 | 4>> = {
  "grey": 1,
  "grey+alpha": 2,
  "rgb": 3,
  "rgb+alpha": 4,
  "palette": 3,
  "cmyk": 3,
};

/** Throws {@linkcode InputError} for an image that is empty or too large. */
export function checkSize(width: number, height: number, name: string): void {
  if (width < 1 || height < 1) {
    throw new InputError(`${name} is ${width} x ${height} px: an image needs at least 1 x 1 px.`);
  }
  if (width > MOST_SIDE || height > MOST_SIDE || width * height > MOST_PIXELS) {
    throw new InputError(
      `${name} is ${width} x ${height} px, more than Sonoseg reads: at most ${MOST_SIDE} px a side ` +
        `and ${MOST_PIXELS} px in all; make it smaller.`,
    );
  }
}
