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
import type { Box } from "./contours.ts";

/**
 * The run lengths of a mask of `size` whose inside lies within `box`.
 *
 * @param filled Pixels `[height, width]` of the box; not 0 inside.
 */
export function runLengths(
  filled: Uint8Array,
  box: Box,
  size: { readonly width: number; readonly height: number },
): number[] {
  const counts = [0];
  let current = 0;
  const add = (value: number, length: number) => {
    if (length === 0) return;
    if (value === current) counts[counts.length - 1] += length;
    else counts.push(length);
    current = value;
  };
  const below = size.height - box.y - box.height;
  add(0, box.x * size.height);
  for (let x = 0; x < box.width; x++) {
    add(0, box.y);
    for (let y = 0; y < box.height; y++) add(filled[y * box.width + x] === 0 ? 0 : 1, 1);
    add(0, below);
  }
  add(0, (size.width - box.x - box.width) * size.height);
  return counts;
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
