/**
 * Batches of windows. Layers with many channels transform several windows into one array, so that
 * their weights are read once per batch. The batches are a function of the shape alone.
 *
 * @module
 */
import { type Job, job } from "./job.ts";
import { slotsOf, type TileCut } from "./tiles.ts";

/**
 * Slots of each window of an image, in order; slotsBefore() of kernels_as/winograd_window.ts adds
 * them up.
 */
export function windowSlots(
  height: number,
  width: number,
  { side, tilesY, tilesX }: TileCut,
  unit: number,
): number[] {
  const parts = (length: number, part: number) => {
    const tiles = Math.ceil(length / side);
    const count = Math.ceil(tiles / part);
    return Array.from({ length: count }, (_, i) => Math.min(part, tiles - i * part));
  };
  const columns = parts(width, tilesX);
  return parts(height, tilesY).flatMap((rows) => columns.map((each) => slotsOf(rows * each, unit)));
}

/** Consecutive windows whose tiles are transformed into one array. */
export interface Batch {
  readonly first: number;
  readonly windows: number;
  readonly slots: number;
}

/** Divides the windows of all images into even batches of at most `most` slots (or one window). */
export function batchesOf(images: number, ofImage: readonly number[], most: number): Batch[] {
  const windows = Array.from({ length: images }, () => ofImage).flat();
  const all = windows.reduce((a, b) => a + b, 0);
  const even = all / Math.ceil(all / most);
  const batches: { first: number; windows: number; slots: number }[] = [];
  let before = 0;
  for (const [first, slots] of windows.entries()) {
    const last = batches.at(-1);
    // A batch ends before the window whose middle lies beyond an even fraction of all slots.
    if (last && before + slots / 2 <= batches.length * even && last.slots + slots <= most) {
      last.windows++;
      last.slots += slots;
    } else {
      batches.push({ first, windows: 1, slots });
    }
    before += slots;
  }
  return batches;
}

/** Number of tasks of a batch's job that keeps many threads busy to the end. */
const BATCH_TASKS = 16;

/** Number of groups of blocks into which each window's transforms are cut. */
export function groupsIn(batch: Batch, blocks: number): number {
  return Math.min(blocks, Math.ceil(BATCH_TASKS / batch.windows));
}

/**
 * The job that transforms the inputs of a batch to `v`. Each window has a multiple of `unit` slots.
 */
export function inputsJob(
  batch: Batch,
  unit: number,
  { sources, sourceCount, v, height, width, inBlocks, cut }: {
    readonly sources: number;
    readonly sourceCount: number;
    readonly v: number;
    readonly height: number;
    readonly width: number;
    readonly inBlocks: number;
    readonly cut: TileCut;
  },
): Job {
  const groups = groupsIn(batch, inBlocks);
  return job("winogradInputs", batch.windows * groups, {
    sources,
    sourceCount,
    v,
    height,
    width,
    inBlocks,
    tilesY: cut.tilesY,
    tilesX: cut.tilesX,
    side: cut.side,
    firstWindow: batch.first,
    batchSlots: batch.slots,
    unit,
    groups,
  });
}
