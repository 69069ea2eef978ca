/**
 * The levels of a mask: its grey, where one colour on black counts as white.
 *
 * @module
 */
import { bitsInUse, greyOf } from "../image/depth.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import { BLACK, forgivenPixels } from "./soft_edges.ts";

/**
 * A pixel is coloured when its channels differ by more than this. Rounding in JPEG stays far below.
 */
const COLOUR_DIFFERENCE = 32;

/** The largest distance of a shade of a colour from the line between black and the colour. */
const SHADE_DISTANCE = 24;
/** The same after JPEG, which stores colours coarsely and so smears them over edges. */
const JPEG_SHADE_DISTANCE = 80;
/** The same for pixels on edges, where the colour changes. */
const JPEG_EDGE_DISTANCE = 160;
/** In an area of one colour, the channels of neighbours differ by at most this after JPEG. */
const JPEG_AREA_DIFFERENCE = 24;
/** An image with more colours has been through JPEG or has been resized. */
const FEW_COLOURS = 64;

/** Red, green, blue. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Whether an image has a pixel whose colour differs clearly from grey. */
export function hasColour({ channels, pixels }: DecodedImage): boolean {
  if (channels < 3) return false;
  for (let i = 0; i < pixels.length; i += channels) {
    const red = pixels[i], green = pixels[i + 1], blue = pixels[i + 2];
    const difference = Math.max(red, green, blue) - Math.min(red, green, blue);
    if (difference > COLOUR_DIFFERENCE) return true;
  }
  return false;
}

/** A mask's grey: of shades of one colour, 255 for the full colour. */
export interface MaskGrey {
  readonly grey: GreyImage;
  /** The colour that became white. */
  readonly colour?: Colour;
  /** Whether JPEG or resizing has smeared the colour: then its shades are no labels. */
  readonly smeared?: boolean;
}

/** The grey of a mask in grey, or in one colour on black; `undefined` for several colours. */
export function greyOfMask(decoded: DecodedImage): MaskGrey | undefined {
  if (!hasColour(decoded)) return { grey: greyOf(decoded, bitsInUse(decoded)) };
  const colour = mainColour(decoded);
  if (colour === undefined) return undefined;
  const { width, height, channels, pixels } = decoded;
  const full = Math.max(...colour);
  const smeared = hasManyColours(decoded);
  const tolerance = smeared ? JPEG_SHADE_DISTANCE : SHADE_DISTANCE;
  const shades = new Uint8Array(width * height);
  let others = 0;
  for (let i = 0, from = 0; i < shades.length; i++, from += channels) {
    const most = Math.max(pixels[from], pixels[from + 1], pixels[from + 2]);
    const share = Math.min(1, most / full);
    shades[i] = Math.round(255 * share);
    let distance = 0;
    for (let k = 0; k < 3; k++) {
      distance = Math.max(distance, Math.abs(pixels[from + k] - share * colour[k]));
    }
    if (distance <= tolerance) continue;
    if (smeared && distance <= JPEG_EDGE_DISTANCE && !isInArea(decoded, i)) continue;
    others++;
  }
  if (others > forgivenPixels(shades.length)) return undefined;
  return { grey: { width, height, pixels: shades }, colour, smeared };
}

/** Whether the eight neighbours of a pixel have nearly its colour. */
function isInArea({ width, height, channels, pixels }: DecodedImage, i: number): boolean {
  const x = i % width, y = (i - x) / width;
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
      const from = channels * i, other = channels * (v * width + u);
      for (let k = 0; k < 3; k++) {
        if (Math.abs(pixels[from + k] - pixels[other + k]) > JPEG_AREA_DIFFERENCE) return false;
      }
    }
  }
  return true;
}

/** The mean of the most frequent colour that is not black, in steps of 8 levels. */
function mainColour({ channels, pixels }: DecodedImage): Colour | undefined {
  const bin = (i: number) => pixels[i] >> 3 << 10 | pixels[i + 1] >> 3 << 5 | pixels[i + 2] >> 3;
  const isBlack = (i: number) => Math.max(pixels[i], pixels[i + 1], pixels[i + 2]) <= 2 * BLACK;
  const counts = new Uint32Array(2 ** 15);
  for (let i = 0; i < pixels.length; i += channels) if (!isBlack(i)) counts[bin(i)]++;
  const most = counts.indexOf(counts.reduce((a, b) => Math.max(a, b)));
  if (counts[most] === 0) return undefined;
  const sums = [0, 0, 0];
  for (let i = 0; i < pixels.length; i += channels) {
    if (bin(i) === most && !isBlack(i)) { for (let k = 0; k < 3; k++) sums[k] += pixels[i + k]; }
  }
  const [red, green, blue] = sums.map((sum) => Math.round(sum / counts[most]));
  return [red, green, blue];
}

function hasManyColours({ channels, pixels }: DecodedImage): boolean {
  const colours = new Set<number>();
  for (let i = 0; i < pixels.length && colours.size <= FEW_COLOURS; i += channels) {
    colours.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]);
  }
  return colours.size > FEW_COLOURS;
}
