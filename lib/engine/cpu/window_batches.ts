/**
 * Batches of windows: layers with many channels transform several windows to one place, so that their weights are read once for
 * all of them. Like the cut into windows a pure function of the shape.
 *
 * @module
 */
import { SIDE, slotsOf, type TileCut } from "./tiles.ts";

/** Slots of each window of an image, in order; slotsBefore() of kernels_as/winograd_window.ts adds them up. */
export function windowSlots(
  height: number,
  width: number,
  { tilesY, tilesX }: TileCut,
  unit: number,
): number[] {
  const parts = (length: number, part: number) => {
    const tiles = Math.ceil(length / SIDE);
    const count = Math.ceil(tiles / part);
    return Array.from({ length: count }, (_, i) => Math.min(part, tiles - i * part));
  };
  const columns = parts(width, tilesX);
  return parts(height, tilesY).flatMap((rows) => columns.map((each) => slotsOf(rows * each, unit)));
}

/** Consecutive windows whose tiles are transformed to one place. */
export interface Batch {
  readonly first: number;
  readonly windows: number;
  readonly slots: number;
}

/** The windows of all images in batches of at most `most` slots (or one window), as even as can be. */
export function batchesOf(images: number, ofImage: readonly number[], most: number): Batch[] {
  const windows = Array.from({ length: images }, () => ofImage).flat();
  const sum = (slots: readonly number[]) => slots.reduce((a, b) => a + b, 0);
  const all = sum(windows);
  const even = all / Math.ceil(all / most);
  const batches: Batch[] = [];
  for (let first = 0, end = 0, before = 0; first < windows.length; first = end) {
    // Up to the window whose middle lies past the next even share.
    const goal = (batches.length + 1) * even;
    do before += windows[end++]; while (
      end < windows.length && before + windows[end] / 2 <= goal &&
      sum(windows.slice(first, end + 1)) <= most
    );
    batches.push({ first, windows: end - first, slots: sum(windows.slice(first, end)) });
  }
  return batches;
}

/** Enough pieces of a batch's job to keep many threads busy to the end. */
const BATCH_PIECES = 16;

/** Groups of blocks into which each window's transforms are cut. */
export function groupsIn(batch: Batch, blocks: number): number {
  return Math.min(blocks, Math.ceil(BATCH_PIECES / batch.windows));
}
