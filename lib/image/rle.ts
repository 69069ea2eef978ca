/**
 * COCO's run-length encoding of masks (pycocotools `maskApi.c`).
 *
 * A mask is a list of lengths of alternating runs outside and inside, column by column from the top
 * left. The first run is outside and may be empty.
 *
 * In the compressed text, a length from the fourth on is the difference from the length two before.
 * Each character holds five bits, lowest first, and a sixth bit that marks a continuation, plus
 * 48.
 *
 * @module
 */
import type { Ring } from "./contours.ts";
import type { GreyImage } from "./image.ts";

/**
 * The run lengths of a mask of `size` that rings along pixel edges enclose by the even-odd rule.
 * Time and memory grow with the length of the rings, not with what they enclose.
 */
export function runLengths(
  rings: readonly Ring[],
  { width, height }: { readonly width: number; readonly height: number },
): number[] {
  // Down a column, the mask changes at each horizontal edge.
  const changes = new Uint32Array(horizontalLength(rings));
  let found = 0;
  for (const [x, end, y] of horizontalEdges(rings)) {
    for (let column = x; column < end; column++) changes[found++] = column * height + y;
  }
  const counts: number[] = [];
  let last = 0;
  for (const change of changes.sort()) {
    // Two changes at one place, such as at the border of two columns, are none.
    if (change === last && counts.length > 0) last -= counts.pop()!;
    else {
      counts.push(change - last);
      last = change;
    }
  }
  const rest = width * height - last;
  if (rest > 0) counts.push(rest);
  return counts;
}

/** The length of all horizontal edges of rings, in px. */
export function horizontalLength(rings: readonly Ring[]): number {
  let length = 0;
  for (const [x, end] of horizontalEdges(rings)) length += end - x;
  return length;
}

function* horizontalEdges(rings: readonly Ring[]): Generator<[x: number, end: number, y: number]> {
  for (const ring of rings) {
    for (const [index, [x, y]] of ring.entries()) {
      const [nextX, nextY] = ring[(index + 1) % ring.length];
      if (y === nextY) yield [Math.min(x, nextX), Math.max(x, nextX), y];
    }
  }
}

/** Run lengths as COCO's compressed text. */
export function compressRuns(counts: readonly number[]): string {
  let text = "";
  counts.forEach((length, index) => {
    let value = index > 2 ? length - counts[index - 2] : length;
    for (let more = true; more;) {
      const bits = value & 31;
      value >>= 5;
      more = (bits & 16) === 0 ? value !== 0 : value !== -1;
      text += String.fromCharCode((more ? bits | 32 : bits) + 48);
    }
  });
  return text;
}

/** The bits of a character and the mark that another one follows. */
const CHARACTER_BITS = 5;
const FOLLOWED = 32;
/** A run length has at most 7 characters: 35 bits. */
const MOST_CHARACTERS = 7;

/**
 * Run lengths from COCO's compressed text; `undefined` for a text that encodes none.
 *
 * @param most The largest number of runs; a text with more is refused.
 */
export function decompressRuns(text: string, most: number): number[] | undefined {
  const counts: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0, characters = 0, bits: number;
    do {
      bits = text.charCodeAt(at++) - 48;
      if (!(bits >= 0 && bits < 64) || characters === MOST_CHARACTERS) return undefined;
      value += (bits % FOLLOWED) * 2 ** (CHARACTER_BITS * characters++);
    } while (bits >= FOLLOWED);
    // The highest bit of the last character is the sign.
    if (bits >= FOLLOWED / 2) value -= 2 ** (CHARACTER_BITS * characters);
    counts.push(counts.length > 2 ? value + counts[counts.length - 2] : value);
    if (counts.length > most) return undefined;
  }
  return counts;
}

/**
 * Sets the pixels of a mask that runs cover to 255. Returns `false`, and leaves the mask alone,
 * when the runs are no whole numbers from 0 or do not add up to the mask's pixels.
 */
export function fillRuns(
  { width, height, pixels }: GreyImage,
  counts: readonly number[],
): boolean {
  const isLength = (length: number) => Number.isInteger(length) && length >= 0;
  if (!counts.every(isLength)) return false;
  if (counts.reduce((sum, length) => sum + length, 0) !== pixels.length) return false;
  let at = 0;
  counts.forEach((length, run) => {
    const end = at + length;
    if (run % 2 === 0) at = end;
    for (; at < end; at++) pixels[(at % height) * width + Math.floor(at / height)] = 255;
  });
  return true;
}
