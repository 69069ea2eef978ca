/**
 * Fits images into the network's input, and maps of the input back onto images.
 *
 * `squash` resizes each side by itself. `pad` resizes both by one factor, so that the image just
 * fits; it is centred, and the rest is 0.
 *
 * @module
 */
import type { GreyImage } from "./image.ts";
import { resizeGrey } from "./resize.ts";
import { resizeFloat } from "./resize_float.ts";

/** The ways to fit an image into the network's input. */
export const FITS = ["squash", "pad"] as const;

/** How images are fitted into the network's input. */
export type Fit = typeof FITS[number];

/** The network's input. */
export interface NetworkInput {
  /** In px. */
  readonly width: number;
  readonly height: number;
  /** How images are fitted into it, by default `squash`. */
  readonly fit?: Fit;
}

/** The part of the network's input that an image covers, in px. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A width and a height in px. */
type Sides = Pick<Frame, "width" | "height">;

/**
 * Where an image of this size lies in the input. With `pad` one side is that of the input, the
 * other is rounded to whole px (halves up, at least 1). Where the rest is odd, one px more is to
 * the right or below.
 */
export function frameOf(image: Sides, { width, height, fit = "squash" }: NetworkInput): Frame {
  if (fit === "squash") return { left: 0, top: 0, width, height };
  // Products of sides are whole numbers, so no rounding decides which side is full.
  const isFullAcross = image.height * width <= image.width * height;
  const inside = isFullAcross
    ? { width, height: rounded(image.height * width, image.width) }
    : { width: rounded(image.width * height, image.height), height };
  return {
    left: Math.floor((width - inside.width) / 2),
    top: Math.floor((height - inside.height) / 2),
    ...inside,
  };
}

/** The quotient of whole numbers, rounded with halves up, at least 1. */
function rounded(dividend: number, divisor: number): number {
  return Math.max(1, Math.floor((2 * dividend + divisor) / (2 * divisor)));
}

/**
 * An image, or a mask of an image, as the network's input: bytes `[height, width]`.
 *
 * @param size The size of the image; a mask of another size lies where its image does.
 */
export function fitInput(
  picture: GreyImage,
  input: NetworkInput,
  size: Sides = picture,
): Uint8Array {
  const frame = frameOf(size, input);
  const { pixels } = resizeGrey(picture, frame.width, frame.height);
  if (isWhole(frame, input)) return pixels;
  const result = new Uint8Array(input.width * input.height);
  for (let y = 0; y < frame.height; y++) {
    const row = pixels.subarray(y * frame.width, (y + 1) * frame.width);
    result.set(row, (frame.top + y) * input.width + frame.left);
  }
  return result;
}

/**
 * Undoes {@linkcode fitInput} for a map of floats: cuts the padding off and resizes the rest
 * (bilinear, half-pixel centres, antialiased when shrinking).
 *
 * @param values `[input.height, input.width]`.
 * @param size The size of the image.
 * @param at The size of the result, by default the image's.
 * @returns A new array `[at.height, at.width]`.
 */
export function unfit(
  values: Float32Array,
  input: NetworkInput,
  size: Sides,
  at: Sides = size,
): Float32Array {
  const frame = frameOf(size, input);
  const inside = isWhole(frame, input) ? values : cut(values, input.width, frame);
  return resizeFloat(inside, frame.width, frame.height, at.width, at.height);
}

function isWhole(frame: Frame, { width, height }: NetworkInput): boolean {
  return frame.width === width && frame.height === height;
}

/** The values of a frame, from a map that is `across` wide. */
function cut(values: Float32Array, across: number, frame: Frame): Float32Array {
  const { left, top, width, height } = frame;
  const result = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * across + left;
    result.set(values.subarray(start, start + width), y * width);
  }
  return result;
}
