/**
 * Draws the outline of a mask over its image.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";
import { outlineOf } from "../image/outline.ts";

/** Red, green, blue, each from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** The colour of a predicted outline. Yellow is distinct from every grey. */
export const PREDICTED_COLOUR: Rgb = [255, 214, 10];
/** The colour of a true outline. */
export const TRUTH_COLOUR: Rgb = [0, 190, 255];

/** From this many pixels on the longer side, outlines are 2 px wide instead of 1. */
const WIDE_OUTLINE_FROM = 600;

/**
 * Draws the outline of a mask over a grey image. The outline consists of pixels of the mask that
 * have one of their four neighbours outside the mask or the image. It never covers pixels outside
 * the mask.
 *
 * Returns RGB bytes `[height, width, 3]`. Throws `RangeError` when the sizes differ.
 */
export function overlay(
  image: GreyImage,
  mask: GreyImage,
  colour: Rgb = PREDICTED_COLOUR,
): Uint8Array<ArrayBuffer> {
  const rgb = greyAsRgb(image);
  drawOutline(rgb, image, mask, colour);
  return rgb;
}

/** A grey image as RGB bytes `[height, width, 3]`. */
export function greyAsRgb({ pixels }: GreyImage): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array(pixels.length * 3);
  for (let i = 0, to = 0; i < pixels.length; i++) {
    const value = pixels[i];
    rgb[to++] = value;
    rgb[to++] = value;
    rgb[to++] = value;
  }
  return rgb;
}

/** Draws the outline of a mask into the RGB bytes of `image`. */
export function drawOutline(rgb: Uint8Array, image: GreyImage, mask: GreyImage, colour: Rgb): void {
  const { width, height } = image;
  if (mask.width !== width || mask.height !== height) {
    throw new RangeError(
      `a mask of ${mask.width}x${mask.height} pixels does not fit an image of ${width}x${height}`,
    );
  }
  const pixels = mask.pixels.slice();
  const layers = Math.max(width, height) >= WIDE_OUTLINE_FROM ? 2 : 1;
  for (let layer = 0; layer < layers; layer++) {
    outlineOf({ width, height, pixels }).forEach((isOutline, i) => {
      if (isOutline === 0) return;
      rgb.set(colour, 3 * i);
      pixels[i] = 0;
    });
  }
}
