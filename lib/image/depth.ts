/**
 * Grey levels from 16-bit samples. Scanners put 8, 10, 12 or 14 bits into 16: their upper 8 bits
 * alone would be a black image. The bits in use decide which 8 bits are kept.
 *
 * @module
 */
import { toGrey } from "./grey.ts";
import type { DecodedImage, GreyImage } from "./image.ts";

/** The numbers of bits that samples in 16 bits may use. */
export const DEPTHS = [8, 10, 12, 14, 16] as const;

/** How many of their 16 bits samples use: 8 (at most 255), 10, 12, 14 or 16 (at most 65535). */
export type BitsInUse = (typeof DEPTHS)[number];

/** The largest value of samples with these bits. */
export function largestOf(bits: BitsInUse): number {
  return 2 ** bits - 1;
}

/** The smallest {@linkcode BitsInUse} that hold all colours of an image with 16-bit samples. */
export function bitsInUse({ wide, channels }: DecodedImage): BitsInUse | undefined {
  if (wide === undefined) return undefined;
  const colours = channels % 2 === 0 ? channels - 1 : channels;
  let used = 0;
  for (let i = 0; i < wide.length; i += channels) {
    for (let k = 0; k < colours; k++) used |= wide[i + k];
  }
  // `used` has every bit of the largest value, and no higher one.
  return DEPTHS.find((bits) => used <= largestOf(bits));
}

/**
 * A decoded image in grey, as {@linkcode toGrey} makes it.
 *
 * @param bits Of 16-bit samples the upper 8 of so many bits are kept; larger values become white.
 */
export function greyOf(decoded: DecodedImage, bits: BitsInUse = 16): GreyImage {
  const { width, height, channels, pixels, wide, spacing } = decoded;
  const values = wide === undefined || bits === 16 ? pixels : upperOf(wide, bits);
  return { width, height, pixels: toGrey(values, channels), ...(spacing && { spacing }) };
}

/** The upper 8 of `bits` bits; larger values become 255. */
export function upperOf(wide: Uint16Array, bits: BitsInUse): Uint8Array {
  const shift = bits - 8;
  const values = new Uint8Array(wide.length);
  for (let i = 0; i < values.length; i++) values[i] = Math.min(wide[i] >> shift, 255);
  return values;
}
