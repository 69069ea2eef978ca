/**
 * Tells a mask with soft edges from a label map and a photograph.
 *
 * Soft edges come from antialiasing, resizing, blurring and JPEG. Five properties mark them:
 *
 * - The mask has black (at most 16) and white: its brightest pixel is at least 192.
 * - At most 40 % of the pixels are in the middle of the scale, between 16 and 239.
 * - There are no even patches of a level other than the mask's own black and white. Labels form
 *   such patches. JPEG leaves a few near the ends of the scale.
 * - No level in the middle forms a band: squares of 2x2 px of it hold at most 10 % of the pixels in
 *   the middle. The rim of a label around a lesion is such a band, resized too.
 * - A pixel in the middle lies near an edge, or on a slope. Near an edge, its 8x8 tile and the
 *   neighbouring tiles contain both black and white, as JPEG's blocks do. On a slope, a path of at
 *   most 40 px that never turns back leads up to white, and another one down to black.
 *
 * A few pixels without these properties are forgiven: 0.1 % of the mask, at least 8.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";

/** Levels up to this are black. JPEG changes black by a few levels. */
export const BLACK = 16;
/** Levels from this on are white. */
const WHITE = 239;
/** The least brightness of a mask's brightest pixel. A small lesion loses some by blurring. */
const LEAST_BRIGHTEST = 192;

/** A mask with more levels has been resized, blurred or compressed. */
export const FEW_LEVELS = 16;

/** A square of `2 radius + 1` px whose levels differ by at most `range`. */
interface Patch {
  readonly radius: number;
  readonly range: number;
}

/** Patches that no soft edge contains, in the middle of the scale: of few levels, of many. */
const MIDDLE_PATCHES: readonly Patch[] = [{ radius: 1, range: 0 }, { radius: 2, range: 8 }];
/** Patches of one level near an end of the scale: of a label, and larger than JPEG's blocks. */
const LABEL_PATCH: Patch = { radius: 3, range: 0 };
const BLOCK_PATCH: Patch = { radius: 5, range: 0 };

/** A level that holds this share of the pixels near its end of the scale may be a label. */
const LABEL_SHARE = 0.9;

/** The share of the pixels in the middle that one level may hold in squares of 2x2 px. */
const LARGEST_BAND_SHARE = 0.1;
/** Levels of a band differ by at most this, from rounding. */
const BAND_RANGE = 1;

const TILE = 8;
const LONGEST_SLOPE = 40;
/** A slope may turn back by this much from one pixel to the next, as noise does. */
const SLOPE_NOISE = 2;

const LARGEST_MIDDLE_SHARE = 0.4;
const FORGIVEN_SHARE = 0.001;
const FORGIVEN_PIXELS = 8;
/** Pixels of JPEG's even blocks that are forgiven. */
const FORGIVEN_BLOCK_PIXELS = 64;
/** Forgiven shares of the pixels in the middle: even ones, and of those far from edges, strays. */
const FORGIVEN_EVEN_SHARE = 0.02;
const FORGIVEN_SLOPE_SHARE = 0.25;

/** The number of pixels of each grey level, `[256]`. */
export function countLevels(pixels: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  for (let i = 0; i < pixels.length; i++) counts[pixels[i]]++;
  return counts;
}

/** The levels that any pixel has, ascending. */
export function levelsIn(counts: Uint32Array): number[] {
  return [...counts.keys()].filter((level) => counts[level] > 0);
}

/** The number of pixels that are neither the mask's own black nor its white. */
export function softPixelsOf(counts: Uint32Array): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return all - counts[commonest(counts, 0, BLACK)] - counts[commonest(counts, WHITE, 255)];
}

/** The number of pixels without a property of masks that are forgiven. */
export function forgivenPixels(total: number): number {
  return Math.max(FORGIVEN_PIXELS, FORGIVEN_SHARE * total);
}

/**
 * Why a mask has no soft edges, such as "the brightest is 150"; `undefined` when it has.
 *
 * @param labelsNearEnds Whether levels next to black and white can be labels.
 */
export function whyNotSoft(
  mask: GreyImage,
  counts: Uint32Array,
  labelsNearEnds = true,
): string | undefined {
  const levels = levelsIn(counts);
  const [lowest, highest] = [levels[0], levels[levels.length - 1]];
  if (lowest > BLACK) return `the darkest is ${lowest}`;
  if (highest < LEAST_BRIGHTEST) return `the brightest is ${highest}`;
  const total = mask.pixels.length;
  const middle = counts.subarray(BLACK + 1, WHITE).reduce((sum, count) => sum + count, 0);
  const percent = (count: number) => `${(100 * count / total).toFixed(1)} %`;
  if (middle > LARGEST_MIDDLE_SHARE * total) return `${percent(middle)} of the pixels are grey`;

  const few = levels.length <= FEW_LEVELS;
  const limit = forgivenPixels(total);
  const band = widestBand(mask);
  if (band > limit && band > LARGEST_BAND_SHARE * middle) {
    return `${percent(band)} of the pixels form a band of another level than black and white`;
  }
  const { even, labels, blocks, far, stray } = examine(mask, counts, highest, few);
  const isOneLevel = labelsNearEnds &&
    (labels > limit || blocks > (few ? limit : Math.max(limit, FORGIVEN_BLOCK_PIXELS)));
  if (isOneLevel || (even > limit && even > FORGIVEN_EVEN_SHARE * middle)) {
    const count = Math.max(even, labels, blocks);
    return `${percent(count)} of the pixels lie in areas of another level than black and white`;
  }
  if (stray > limit && stray > FORGIVEN_SLOPE_SHARE * far) {
    return `${percent(stray)} of the pixels are neither black, white nor a soft edge`;
  }
}

/** Numbers of pixels that no soft edge has, or few. */
interface Examined {
  /** In the middle of the scale, in even patches. */
  even: number;
  /** Near an end of the scale, in patches of a possible label. */
  labels: number;
  /** Near an end of the scale, in large patches of one level. */
  blocks: number;
  /** In the middle of the scale, uneven, far from edges. */
  far: number;
  /** Of those, the ones that are on no slope. */
  stray: number;
}

function examine(mask: GreyImage, counts: Uint32Array, highest: number, few: boolean): Examined {
  const { width, height, pixels } = mask;
  const [black, white] = [commonest(counts, 0, BLACK), commonest(counts, WHITE, 255)];
  const labels = [labelNear(counts, 0, BLACK, black), labelNear(counts, WHITE, 255, white)];
  const middlePatch = MIDDLE_PATCHES[few ? 0 : 1];
  const nearEdge = edgeTiles(mask);
  const across = Math.ceil(width / TILE);
  const found: Examined = { even: 0, labels: 0, blocks: 0, far: 0, stray: 0 };
  const farPixels: number[] = [];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = pixels[i];
      if (value === black || value === white) continue;
      if (value <= BLACK || value >= WHITE) {
        if (isEven(mask, x, y, few ? LABEL_PATCH : BLOCK_PATCH)) found.blocks++;
        if (labels.includes(value) && isEven(mask, x, y, LABEL_PATCH)) found.labels++;
      } else if (isEven(mask, x, y, middlePatch)) {
        found.even++;
      } else if (nearEdge[Math.floor(y / TILE) * across + Math.floor(x / TILE)] === 0) {
        farPixels.push(i);
      }
    }
  }
  if (farPixels.length === 0) return found;
  const down = onSlopes(mask, Math.min(WHITE, highest - BLACK), 1);
  const up = onSlopes(mask, BLACK, -1);
  found.far = farPixels.length;
  found.stray = farPixels.filter((i) => down[i] === 0 || up[i] === 0).length;
  return found;
}

/** The most pixels in the middle of the scale that one level holds in even squares of 2x2 px. */
function widestBand({ width, height, pixels }: GreyImage): number {
  const isInSquare = new Uint8Array(pixels.length);
  for (let y = 0; y + 1 < height; y++) {
    for (let i = y * width; i + 1 < (y + 1) * width; i++) {
      if (pixels[i] <= BLACK || pixels[i] >= WHITE) continue;
      const square = [i, i + 1, i + width, i + width + 1];
      const isEven = square.every((j) => Math.abs(pixels[j] - pixels[i]) <= BAND_RANGE);
      if (isEven) { for (const j of square) isInSquare[j] = 1; }
    }
  }
  const counts = countLevels(pixels.map((value, i) => isInSquare[i] === 1 ? value : 0));
  let widest = 0;
  for (let level = BLACK + 1; level < WHITE; level++) {
    let held = 0;
    for (let k = -BAND_RANGE; k <= BAND_RANGE; k++) held += counts[level + k];
    widest = Math.max(widest, held);
  }
  return widest;
}

/**
 * Marks the pixels in the middle of the scale that a slope reaches: a path of at most
 * {@linkcode LONGEST_SLOPE} px through pixels in the middle.
 *
 * @param start The slopes begin beside a pixel of this level or beyond it.
 * @param direction 1 for slopes down from white, -1 for slopes up from black.
 */
function onSlopes({ width, height, pixels }: GreyImage, start: number, direction: 1 | -1) {
  const marks = new Uint8Array(pixels.length);
  const neighbours = (i: number, visit: (neighbour: number) => void) => {
    const x = i % width, y = (i - x) / width;
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) visit(v * width + u);
    }
  };
  const isMiddle = (i: number) => pixels[i] > BLACK && pixels[i] < WHITE;
  let front: number[] = [];
  for (let i = 0; i < pixels.length; i++) {
    if (!isMiddle(i)) continue;
    const reach = (j: number) => {
      if (direction * (pixels[j] - start) >= 0) marks[i] = 1;
    };
    neighbours(i, reach);
    if (marks[i] === 1) front.push(i);
  }
  for (let step = 1; step < LONGEST_SLOPE && front.length > 0; step++) {
    const next: number[] = [];
    for (const i of front) {
      neighbours(i, (j) => {
        if (marks[j] === 1 || !isMiddle(j)) return;
        if (direction * (pixels[j] - pixels[i]) > SLOPE_NOISE) return;
        marks[j] = 1;
        next.push(j);
      });
    }
    front = next;
  }
  return marks;
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

/** Whether the patch around a pixel, cut at the border, is even. */
function isEven(
  { width, height, pixels }: GreyImage,
  x: number,
  y: number,
  { radius, range }: Patch,
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

/**
 * The level from `first` to `last`, other than `main`, that nearly all of these pixels have;
 * `undefined` when their levels vary, as after JPEG.
 */
function labelNear(
  counts: Uint32Array,
  first: number,
  last: number,
  main: number,
): number | undefined {
  const others = counts.slice(first, last + 1);
  others[main - first] = 0;
  const level = first + commonest(others, 0, others.length - 1);
  const sum = others.reduce((total, count) => total + count, 0);
  return counts[level] > LABEL_SHARE * sum && sum > 0 && level !== main ? level : undefined;
}

/** The most frequent level from `first` to `last`. */
function commonest(counts: Uint32Array, first: number, last: number): number {
  let best = first;
  for (let level = first; level <= last; level++) if (counts[level] > counts[best]) best = level;
  return best;
}
