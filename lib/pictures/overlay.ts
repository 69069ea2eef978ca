/**
 * Draws the outline of a mask over its image.
 *
 * @module
 */
import type { Box } from "../image/contours.ts";
import type { GreyImage } from "../image/image.ts";
import { maskBox, outlineOf } from "../image/outline.ts";

/** Red, green, blue, each from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** The colour of a predicted outline. Yellow is distinct from every grey. */
export const PREDICTED_COLOUR: Rgb = [255, 214, 10];
/** The colour of a true outline. */
export const TRUTH_COLOUR: Rgb = [0, 190, 255];
/** The colour of a mark around a place. */
export const MARK_COLOUR: Rgb = [255, 140, 30];
/** The colour of the edge beside every line. */
export const EDGE_COLOUR: Rgb = [20, 24, 30];

/** A screen shows about twice as many px of an image's longer side. */
const PX_PER_LINE = 400;

/**
 * Draws the outline of a mask over a grey image of any size, for a look at the whole image. The
 * line consists of pixels of the mask that have one of their four neighbours outside the mask or
 * the image; on large images it is several px wide. The pixels around it outside the mask are dark.
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

/** Draws the outline of a mask, with its dark edge, into the RGB bytes of `image`. */
function drawOutline(rgb: Uint8Array, image: GreyImage, mask: GreyImage, colour: Rgb): void {
  const { width, height } = image;
  if (mask.width !== width || mask.height !== height) {
    throw new RangeError(
      `a mask of ${mask.width}x${mask.height} pixels does not fit an image of ${width}x${height}`,
    );
  }
  const line = Math.max(1, Math.round(Math.max(width, height) / PX_PER_LINE));
  const edge = Math.ceil(line / 2);
  const whole = maskBox(mask);
  if (whole === undefined) return;
  const grown = mask.pixels.slice();
  for (let layer = 0; layer < edge; layer++) {
    const box = widened(whole, layer + 1, image);
    for (const i of neighboursOf({ width, height, pixels: grown }, box)) {
      paint(rgb, i, EDGE_COLOUR);
      grown[i] = 255;
    }
  }
  const left = mask.pixels.slice();
  for (let layer = 0; layer < line; layer++) {
    const outline = outlineOf({ width, height, pixels: left }, whole);
    for (let row = 0, k = 0; row < whole.height; row++) {
      let i = (whole.y + row) * width + whole.x;
      for (let column = 0; column < whole.width; column++, k++, i++) {
        if (outline[k] === 0) continue;
        paint(rgb, i, colour);
        left[i] = 0;
      }
    }
  }
}

function paint(rgb: Uint8Array, pixel: number, [red, green, blue]: Rgb): void {
  rgb[3 * pixel] = red;
  rgb[3 * pixel + 1] = green;
  rgb[3 * pixel + 2] = blue;
}

/** A box with so many px more on each side, as far as there is image. */
function widened({ x, y, width, height }: Box, by: number, image: GreyImage): Box {
  const [left, top] = [Math.max(0, x - by), Math.max(0, y - by)];
  return {
    x: left,
    y: top,
    width: Math.min(image.width, x + width + by) - left,
    height: Math.min(image.height, y + height + by) - top,
  };
}

/** The pixels of a box outside a mask that have one of their four neighbours in it. */
function neighboursOf({ width, height, pixels }: GreyImage, box: Box): number[] {
  const found: number[] = [];
  for (let y = box.y; y < box.y + box.height; y++) {
    for (let x = box.x, i = y * width + x; x < box.x + box.width; x++, i++) {
      if (pixels[i] !== 0) continue;
      const isBeside = x > 0 && pixels[i - 1] !== 0 || x < width - 1 && pixels[i + 1] !== 0 ||
        y > 0 && pixels[i - width] !== 0 || y < height - 1 && pixels[i + width] !== 0;
      if (isBeside) found.push(i);
    }
  }
  return found;
}
