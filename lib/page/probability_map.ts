/**
 * Probabilities in a page: one byte a pixel, packed for the viewer, which draws the outline at any
 * threshold.
 *
 * A byte is the probability in steps of 1/255. Next to the threshold it may be one step off, so
 * that the pixels above the threshold are exactly those of the mask that was written.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";

/** The levels of a byte above 0. */
const LEVELS = 255;

/** Probabilities and the mask that was made from them. */
export interface Probabilities {
  readonly width: number;
  readonly height: number;
  /** The probability of a lesion `[height, width]`, 65535 for 1. */
  readonly probability: Uint16Array;
  /** 255 where the probability is above the threshold and the lesion was kept. */
  readonly mask: GreyImage;
}

/**
 * The bytes of a map in base64: {@linkcode mapBytes}, of each its difference from what its
 * neighbours to the left and above let expect, deflated.
 */
export async function packedMap(
  source: Probabilities,
  threshold: number,
  size: { readonly width: number; readonly height: number } = source,
): Promise<string> {
  const { width, pixels } = mapBytes(source, threshold, size);
  const differences = pixels.map((value, i) => {
    const left = i % width > 0 ? pixels[i - 1] : 0;
    const above = i >= width ? pixels[i - width] : 0;
    const corner = i % width > 0 && i >= width ? pixels[i - width - 1] : 0;
    return value - (left + above - corner);
  });
  const deflated = new Blob([differences]).stream().pipeThrough(new CompressionStream("deflate"));
  return (await new Response(deflated).bytes()).toBase64();
}

/**
 * The probabilities as bytes, at a size. A pixel is above 255 x the threshold where the mask,
 * resized likewise, is white; at the size of the mask this holds exactly.
 */
export function mapBytes(
  { width, height, probability, mask }: Probabilities,
  threshold: number,
  size: { readonly width: number; readonly height: number },
): { width: number; height: number; pixels: Uint8Array<ArrayBuffer> } {
  // Pixels of lesions that were left out count as above, too: the viewer leaves them out again.
  // Right at the threshold, 16 bits do not tell; the mask does.
  const limit = LEVELS * threshold;
  const lowest = Math.min(LEVELS, Math.floor(limit) + 1);
  const bounded = (value: number, isAbove: boolean) =>
    isAbove ? Math.max(value, lowest) : Math.min(value, lowest - 1);
  const above = Uint8Array.from(
    probability,
    (value, i) => mask.pixels[i] > 0 || value > 65535 * threshold + 1 ? 255 : 0,
  );
  const bytes = Uint8Array.from(
    probability,
    (value, i) => bounded(Math.round(value / 65535 * LEVELS), above[i] > 0),
  );
  if (size.width === width && size.height === height) return { width, height, pixels: bytes };
  const smallAbove = resizeGrey({ width, height, pixels: above }, size.width, size.height).pixels;
  const small = resizeGrey({ width, height, pixels: bytes }, size.width, size.height).pixels;
  return {
    ...size,
    pixels: Uint8Array.from(small, (value, i) => bounded(value, smallAbove[i] > 127)),
  };
}
