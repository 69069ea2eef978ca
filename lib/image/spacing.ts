/**
 * The size of an image's pixels in millimetres. A pixel may be wider than high. The size is that of
 * the file's own pixels: an image that was resized has another one.
 *
 * @module
 */

import { checked, number, numbers, type Reader } from "../core/json.ts";

/** The size of a pixel in mm. */
export interface Spacing {
  /** Along a row: from a pixel's centre to that of its right neighbour. */
  readonly x: number;
  /** Along a column: from a pixel's centre to that of its lower neighbour. */
  readonly y: number;
}

/** A {@linkcode Spacing} in options and files: one number where both directions have the same. */
export type MmPerPx = number | readonly [x: number, y: number];

/** The bound of the size of a pixel, in mm: one metre. */
export const MOST_MM_PER_PX = 1000;

/** What {@linkcode isMmPerPx} takes, in words. */
export const EXPECTED_MM_PER_PX = `a number above 0 and below ${MOST_MM_PER_PX}, such as 0.1`;

/** Whether a number can be the size of a pixel. */
export function isMmPerPx(value: number): boolean {
  return value > 0 && value < MOST_MM_PER_PX;
}

/** The spacing that is written so. */
export function spacingOf(written: MmPerPx): Spacing {
  const [x, y] = typeof written === "number" ? [written, written] : written;
  return { x, y };
}

/** A spacing as it is written. */
export function mmPerPxOf({ x, y }: Spacing): MmPerPx {
  return x === y ? x : [x, y];
}

/** Reads a spacing from JSON. */
export const mmPerPxFrom: Reader<MmPerPx> = checked(
  (json, at) => Array.isArray(json) ? numbers<[number, number]>(2)(json, at) : number(json, at),
  (value) => {
    const { x, y } = spacingOf(value);
    if (isMmPerPx(x) && isMmPerPx(y)) return undefined;
    return `is ${value}, expected ${EXPECTED_MM_PER_PX}`;
  },
);

/** A spacing in words: "0.1 mm", "0.1 mm along a row, 0.2 mm along a column". */
export function spacingInWords({ x, y }: Spacing): string {
  return x === y ? `${x} mm` : `${x} mm along a row, ${y} mm along a column`;
}

/** The area of a pixel, mm^2. */
export function pixelArea({ x, y }: Spacing): number {
  return x * y;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The spacing of an image after it was resized: all of it is as large as before. */
export function resizedSpacing({ x, y }: Spacing, from: Size, to: Size): Spacing {
  return { x: x * (from.width / to.width), y: y * (from.height / to.height) };
}
