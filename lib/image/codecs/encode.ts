/**
 * Writes PNG files with the package fast-png: masks, probabilities, overlays.
 *
 * @module
 */
import { encode } from "fast-png";
import type { GreyImage } from "../image.ts";

/** A PNG file with 8-bit grey pixels. */
export function encodeGrey(image: GreyImage): Uint8Array<ArrayBuffer> {
  return encodePng(image.pixels, image.width, image.height, 1, 8);
}

/** A PNG file with 16-bit grey pixels; `values` is `[height, width]`. */
export function encodeGrey16(
  values: Uint16Array,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  return encodePng(values, width, height, 1, 16);
}

/** A PNG file with 8-bit RGB pixels; `pixels` is `[height, width, 3]`. */
export function encodeRgb(
  pixels: Uint8Array,
  width: number,
  height: number,
): Uint8Array<ArrayBuffer> {
  return encodePng(pixels, width, height, 3, 8);
}

/** Throws a `RangeError` when the data is not `width` x `height` x `channels` long. */
function encodePng(
  data: Uint8Array | Uint16Array,
  width: number,
  height: number,
  channels: 1 | 3,
  depth: 8 | 16,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encode({ width, height, data, channels, depth }));
}
