/**
 * Probabilities in a page: one byte a pixel, packed for the viewer, which draws the outline at any
 * threshold.
 *
 * A byte is the probability in hundredths, rounded up, for the thresholds of the viewer are
 * hundredths: a pixel is above K hundredths where its byte is above K. Next to the threshold of the
 * prediction a byte may be one off, so that the pixels above it are exactly those of the mask.
 *
 * @module
 */
import { pack, type PackWork } from "../image/codecs/pack.js";
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";

/** Probabilities and the mask that was made from them. */
export interface Probabilities {
  readonly width: number;
  readonly height: number;
  /** The probability of a lesion `[height, width]`, 65535 for 1. */
  readonly probability: Uint16Array;
  /** 255 where the probability is above the threshold and the lesion was kept. */
  readonly mask: GreyImage;
}

/** The hundredths of each probability of 16 bits, rounded up. */
const HUNDREDTHS = Uint8Array.from({ length: 65536 }, (_, value) => Math.ceil(value / 655.35));

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The bytes of a map in base64: those of {@linkcode mapBytes}, of each its difference from what its
 * neighbours to the left and above let expect, deflated.
 *
 * @param deflate Packs the differences, by default on the calling thread.
 */
export async function packedMap(
  source: Probabilities,
  threshold: number,
  size: Size = source,
  deflate: (work: PackWork) => Promise<Uint8Array<ArrayBuffer>> = pack,
): Promise<string> {
  const { width, pixels } = mapBytes(source, threshold, size);
  const differences = new Uint8Array(pixels.length);
  for (let row = 0; row < pixels.length; row += width) {
    let left = 0, corner = 0;
    for (let i = row; i < row + width; i++) {
      const above = row > 0 ? pixels[i - width] : 0;
      differences[i] = pixels[i] - (left + above - corner);
      [left, corner] = [pixels[i], above];
    }
  }
  return (await deflate({ kind: "zlib", data: differences })).toBase64();
}

/**
 * The probabilities as bytes, at a size. A byte is above the threshold where the mask, resized
 * likewise, is white; at the size of the mask this holds exactly. Lesions that were left out of the
 * mask count as above, too: the viewer leaves them out again.
 */
export function mapBytes(
  { width, height, probability, mask }: Probabilities,
  threshold: number,
  size: Size,
): Size & { readonly pixels: Uint8Array<ArrayBuffer> } {
  const lowest = Math.floor(100 * threshold + 1e-9) + 1;
  const bounded = (value: number, isAbove: boolean) =>
    isAbove ? Math.max(value, lowest) : Math.min(value, lowest - 1);
  const above = new Uint8Array(probability.length);
  const bytes = new Uint8Array(probability.length);
  const most = 65535 * threshold + 1;
  for (let i = 0; i < bytes.length; i++) {
    const value = probability[i];
    // Right at the threshold, 16 bits do not tell; the mask does.
    const isAbove = mask.pixels[i] > 0 || value > most;
    above[i] = isAbove ? 255 : 0;
    bytes[i] = bounded(HUNDREDTHS[value], isAbove);
  }
  if (size.width === width && size.height === height) return { width, height, pixels: bytes };
  const smallAbove = resizeGrey({ width, height, pixels: above }, size.width, size.height).pixels;
  const small = resizeGrey({ width, height, pixels: bytes }, size.width, size.height).pixels;
  const pixels = new Uint8Array(small.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = bounded(small[i], smallAbove[i] > 127);
  return { width: size.width, height: size.height, pixels };
}
