/**
 * Run-length codes of masks as COCO has them: the lengths of alternating runs outside and inside, column by column
 * from the top left, beginning with a run outside (which may be empty); and their compressed text, in which a length
 * is written as the difference from the one two before (from the fourth on), five bits a character, lowest first,
 * with a sixth bit that says whether more follow, plus 48 (the format of pycocotools' `maskApi.c`).
 *
 * @module
 */
import type { Box } from "./contours.ts";

/**
 * The run lengths of a mask of `size`, of which all that is inside lies in `box`.
 *
 * @param filled Not 0 inside, `[height, width]` of the box.
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
