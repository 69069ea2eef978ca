/**
 * Writes PNG files: masks, probabilities, overlays.
 *
 * @module
 */
import type { GreyImage } from "../image.ts";
import { packPng } from "./pack.js";

/** A PNG file with 8-bit grey pixels. */
export function encodeGrey({ width, height, pixels }: GreyImage): Uint8Array<ArrayBuffer> {
  return packPng({ data: pixels, width, height, channels: 1 });
}

/** A PNG file with 16-bit grey pixels; `values` is `[height, width]`. */
export function encodeGrey16(
  values: Uint16Array,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  return packPng({ data: values, width, height, channels: 1 });
}

/** A PNG file with 8-bit RGB pixels; `pixels` is `[height, width, 3]`. */
export function encodeRgb(
  pixels: Uint8Array,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  return packPng({ data: pixels, width, height, channels: 3 });
}
