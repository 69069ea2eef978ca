/**
 * Grey from interleaved channels, exactly as Pillow's `convert("L")`; alpha is ignored.
 * Host of kernels_as/grey.ts.
 *
 * @module
 */
import { withPixelMemory } from "./pixel_memory.ts";

const KERNELS = { 2: "greyFromGreyAlpha", 3: "greyFromRgb", 4: "greyFromRgba" } as const;

/** Pixels per piece: input and output of a piece stay in the second-level cache. */
const PIECE = 65536;

/** Bytes that a kernel may touch behind its input. */
const SLACK_BYTES = 64;

/**
 * Converts pixels to grey: (19595 R + 38470 G + 7471 B + 32768) >> 16.
 *
 * @param pixels Interleaved values `[pixels, channels]`; any kind of view.
 * @param channels 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
 * @returns One byte per pixel: a new array, or `pixels` itself where that is grey already.
 */
export function toGrey(pixels: Uint8Array, channels: 1 | 2 | 3 | 4): Uint8Array {
  if (channels === 1) return pixels;
  const count = pixels.length / channels;
  const grey = new Uint8Array(count);
  const target = PIECE * channels + SLACK_BYTES;
  withPixelMemory(target + PIECE, ({ kernels, bytes }) => {
    for (let first = 0; first < count; first += PIECE) {
      const size = Math.min(PIECE, count - first);
      bytes.set(pixels.subarray(first * channels, (first + size) * channels));
      kernels[KERNELS[channels]]({ source: 0, target, count: size });
      grey.set(bytes.subarray(target, target + size), first);
    }
  });
  return grey;
}
