/**
 * Images in memory: bytes in rows, top left first.
 *
 * @module
 */
import type { Spacing } from "./spacing.ts";

/** An 8-bit grey image. */
export interface GreyImage {
  /** Width in px. */
  readonly width: number;
  /** Height in px. */
  readonly height: number;
  /** Grey values `[height, width]`. */
  readonly pixels: Uint8Array;
  /** The size of a pixel, where it is known. */
  readonly spacing?: Spacing;
}

/** The file formats that Sonoseg reads. */
export type ImageFormat = "png" | "jpeg" | "tiff" | "bmp" | "gif" | "webp" | "dicom";

/** An image with the channels of its file: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
export interface DecodedImage {
  /** Width in px, as the image is looked at: after the turn. */
  readonly width: number;
  /** Height in px, after the turn. */
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  /** Values `[height, width, channels]`; the upper 8 bits of 16-bit samples. */
  readonly pixels: Uint8Array;
  /** The palette of a file of indices: RGB triples. The channels are its colours. */
  readonly palette?: Uint8Array;
  /** The palette indices `[height, width]` of such a file. Several may have one colour. */
  readonly indices?: Uint8Array;
  /** Bits per sample, or per palette index, in the file. */
  readonly bitDepth: number;
  readonly format: ImageFormat;
  /**
   * 16-bit samples `[height, width, channels]` of a file with 16 bits; `pixels` holds their upper 8
   * bits.
   */
  readonly wide?: Uint16Array;
  /** The EXIF orientation, 2 to 8, by which the pixels were turned; absent when they were not. */
  readonly orientation?: number;
  /** The size of a pixel, after the turn, where the file says it. */
  readonly spacing?: Spacing;
  /** Whether pages or frames follow the first one, which alone is read. */
  readonly morePages?: boolean;
}
