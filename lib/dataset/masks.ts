/**
 * Checks whether a decoded mask is a binary mask, or can be converted to one.
 *
 * | grey levels | verdict |
 * |---|---|
 * | all 0, all 255 | empty (no lesion), full |
 * | 0 and 255 | taken as it is; inverted masks are not changed |
 * | any two others, such as 0 and 1 | scaled to 0 and 255, and said so |
 * | one other | refused: it could be empty or full |
 * | three or more | soft edges, or refused as a label map |
 * | colours | refused as a colour map |
 *
 * Soft edges come from antialiasing, from enlarging (up to eightfold), and from JPEG, whose 8x8
 * blocks spread an edge over nearby pixels. A soft-edge pixel has both black (at most 16) and white
 * (at least 239) in its 8x8 tile or a neighbouring tile.
 *
 * A pixel that is neither the mask's black nor its white counts as a label in two cases: it lies
 * elsewhere, or it lies in an even patch (5x5 px without clear differences in the middle of the
 * scale, 7x7 px of one level near its ends). A mask with more label pixels than 0.1 % (at least 8)
 * is refused.
 *
 * A mask without black or white is refused too, and a mask with more than 40 % of its pixels in the
 * middle of the scale (a photograph).
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";

/**
 * Grey levels up to this are black, levels from `WHITE` on are white. JPEG changes both by a few
 * levels.
 */
const BLACK = 16;
const WHITE = 239;

/**
 * A pixel is coloured when its channels differ by more than this. Rounding in JPEG stays far below.
 */
const COLOUR_DIFFERENCE = 32;

/**
 * Even patches that no soft edge contains, for a pixel in the middle of the scale and near its
 * ends.
 */
const MIDDLE_PATCH = { radius: 2, range: 8 };
const END_PATCH = { radius: 3, range: 0 };

const TILE = 8;
const LARGEST_MIDDLE_SHARE = 0.4;
const FORGIVEN_SHARE = 0.001;
const FORGIVEN_PIXELS = 8;

const EXPECTED = "expected a grey mask, 0 outside the lesion and 255 inside";

/** A mask that can be trained on. */
export interface JudgedMask {
  /** The mask at its original size: 0 outside, 255 inside, soft edges in between. */
  readonly mask: GreyImage;
  /** Pixels that are neither the mask's black nor its white; 0 for a sharp mask. */
  readonly softPixels: number;
  /** The two grey levels that were scaled to 0 and 255; absent when nothing was scaled. */
  readonly scaledFrom?: readonly [low: number, high: number];
  /** Whether any pixel is above half: the image shows a lesion. */
  readonly lesion: boolean;
  /** Whether every pixel is 255. */
  readonly full: boolean;
}

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

/**
 * Judges one mask.
 *
 * @param decoded The mask as stored in its file; alpha is ignored.
 * @param grey The same image converted to grey.
 * @param name How to call the file in an error.
 * @throws InputError for a colour map, a label map, and an ambiguous mask.
 */
export function judgeMask(decoded: DecodedImage, grey: GreyImage, name: string): JudgedMask {
  if (hasColour(decoded)) {
    throw new InputError(`${name} looks like a colour map (it has coloured pixels); ${EXPECTED}`);
  }
  const counts = countLevels(grey.pixels);
  const levels = [...counts.keys()].filter((level) => counts[level] > 0);
  if (levels.length === 1) return judgeOneLevel(decoded, grey, levels[0], name);
  if (levels.length === 2) return judgeTwoLevels(grey, levels[0], levels[1]);

  const problem = findLabels(grey, counts);
  if (problem !== undefined) {
    const shown = levels.slice(0, 6).join(", ") + (levels.length > 6 ? ", ..." : "");
    throw new InputError(
      `${name} looks like a label map (grey levels ${shown}; ${problem}); ${EXPECTED}, with soft edges at most`,
    );
  }
  const sharp = counts[commonest(counts, 0, BLACK)] + counts[commonest(counts, WHITE, 255)];
  return {
    mask: grey,
    softPixels: grey.pixels.length - sharp,
    lesion: grey.pixels.some((value) => value > 127),
    full: false,
  };
}

function judgeOneLevel(
  decoded: DecodedImage,
  grey: GreyImage,
  level: number,
  name: string,
): JudgedMask {
  if (hasVaryingAlpha(decoded)) {
    throw new InputError(
      `${name} has one colour everywhere and keeps its shape in the transparency; ${EXPECTED}`,
    );
  }
  if (level === 0 && decoded.bitDepth === 16) {
    // Only the upper 8 of 16 bits are decoded: {0, 1} in 16 bits is indistinguishable from no
    // lesion.
    throw new InputError(
      `${name} has 16 bits and no value above 255, so it is empty or has levels too dark to see; ` +
        `save it with 8 bits`,
    );
  }
  if (level !== 0 && level !== 255) {
    throw new InputError(
      `${name} has the grey level ${level} everywhere, which is neither empty (0) nor full (255); ${EXPECTED}`,
    );
  }
  return { mask: grey, softPixels: 0, lesion: level === 255, full: level === 255 };
}

function judgeTwoLevels(grey: GreyImage, low: number, high: number): JudgedMask {
  const verdict = { softPixels: 0, lesion: true, full: false };
  if (low === 0 && high === 255) return { ...verdict, mask: grey };
  const pixels = grey.pixels.map((value) => value === high ? 255 : 0);
  return { ...verdict, mask: { ...grey, pixels }, scaledFrom: [low, high] };
}

/** The reason why a mask of three or more levels has no soft edges; `undefined` when it has. */
function findLabels(grey: GreyImage, counts: Uint32Array): string | undefined {
  const levels = [...counts.keys()].filter((level) => counts[level] > 0);
  const lowest = levels[0];
  const highest = levels[levels.length - 1];
  if (lowest > BLACK) return `the darkest is ${lowest}`;
  if (highest < WHITE) return `the brightest is ${highest}`;
  const total = grey.pixels.length;
  const middle = counts.subarray(BLACK + 1, WHITE).reduce((sum, count) => sum + count, 0);
  const percent = (count: number) => `${(100 * count / total).toFixed(1)} %`;
  if (middle > LARGEST_MIDDLE_SHARE * total) return `${percent(middle)} of the pixels are grey`;
  const stray = countStrays(grey, counts);
  if (stray > Math.max(FORGIVEN_PIXELS, FORGIVEN_SHARE * total)) {
    return `${percent(stray)} of the pixels are neither black, white nor a soft edge`;
  }
}

/** The number of pixels that are neither the mask's black or white nor part of a soft edge. */
function countStrays(grey: GreyImage, counts: Uint32Array): number {
  const { width, height, pixels } = grey;
  const black = commonest(counts, 0, BLACK);
  const white = commonest(counts, WHITE, 255);
  const isNearEdge = edgeTiles(grey);
  const tilesAcross = Math.ceil(width / TILE);
  let strays = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = pixels[i];
      if (value === black || value === white) continue;
      const isMiddle = value > BLACK && value < WHITE;
      const tile = Math.floor(y / TILE) * tilesAcross + Math.floor(x / TILE);
      if (isNearEdge[tile] === 0 || isEven(grey, x, y, isMiddle ? MIDDLE_PATCH : END_PATCH)) {
        strays++;
      }
    }
  }
  return strays;
}

/** Marks the 8x8 tiles that contain, with their neighbours, both black and white pixels. */
function edgeTiles({ width, height, pixels }: GreyImage): Uint8Array {
  const across = Math.ceil(width / TILE);
  const down = Math.ceil(height / TILE);
  const shades = new Uint8Array(across * down);
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / TILE) * across;
    for (let x = 0; x < width; x++, i++) {
      shades[row + Math.floor(x / TILE)] |= pixels[i] <= BLACK ? 1 : pixels[i] >= WHITE ? 2 : 0;
    }
  }
  const marks = new Uint8Array(shades.length);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      let around = 0;
      for (let v = Math.max(0, y - 1); v <= Math.min(down - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(across - 1, x + 1); u++) {
          around |= shades[v * across + u];
        }
      }
      marks[y * across + x] = around === 3 ? 1 : 0;
    }
  }
  return marks;
}

/**
 * Whether the levels in the patch around a pixel, cut at the border, stay within the patch's
 * range.
 */
function isEven(
  { width, height, pixels }: GreyImage,
  x: number,
  y: number,
  { radius, range }: typeof MIDDLE_PATCH,
): boolean {
  let low = 255, high = 0;
  for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
    for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
      const value = pixels[v * width + u];
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (high - low > range) return false;
  }
  return true;
}

function hasVaryingAlpha({ channels, pixels }: DecodedImage): boolean {
  if (channels !== 2 && channels !== 4) return false;
  for (let i = channels - 1; i < pixels.length; i += channels) {
    if (pixels[i] !== pixels[channels - 1]) return true;
  }
  return false;
}

function countLevels(pixels: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < pixels.length; i++) counts[pixels[i]]++;
  return counts;
}

/** The most frequent level from `first` to `last`. */
function commonest(counts: Uint32Array, first: number, last: number): number {
  let best = first;
  for (let level = first; level <= last; level++) if (counts[level] > counts[best]) best = level;
  return best;
}
