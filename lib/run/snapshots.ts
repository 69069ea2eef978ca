/**
 * The same validation images through the epochs: what the network makes of them early and late.
 * `snapshots/` in a run's folder holds the images, their true masks and, for some epochs, the
 * predicted probabilities, each as one grey picture with the images side by side.
 *
 * Which epochs are kept depends on no other number of the run, so that a run which is resumed to
 * more epochs has the files of one that was begun with them.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Trainer } from "../engine/engine.ts";
import { decodeGrey } from "../image/codecs/decode.ts";
import { encodeGrey } from "../image/codecs/encode.ts";
import type { GreyImage } from "../image/image.ts";
import type { BatchSource } from "../train/loop.ts";

/** How many of the first validation images are kept. */
const SNAPSHOT_IMAGES = 6;

/** The two files beside the epochs', inside `snapshots/`. */
export const SNAPSHOT_FILES = { images: "images.png", truth: "truth.png" } as const;

/**
 * Whether the state after an epoch is kept: every so many epochs and after the first; by default
 * after the Fibonacci numbers, since a network changes most at the beginning. Never with 0.
 */
export function isSnapshotEpoch(epoch: number, every: number | null): boolean {
  if (every === 0) return false;
  if (every !== null) return epoch === 1 || epoch % every === 0;
  let [last, next] = [1, 2];
  while (last < epoch) [last, next] = [next, last + next];
  return last === epoch;
}

/** The name of an epoch's picture: "epoch 0005.png". */
export function snapshotFile(epoch: number): string {
  return `epoch ${String(epoch).padStart(4, "0")}.png`;
}

/** The epoch of a picture's name; `undefined` for other files. */
export function epochOfSnapshot(file: string): number | undefined {
  const digits = /^epoch (\d{4,7})\.png$/.exec(file)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The images and their true masks, as PNG files. */
export function snapshotTruth(batches: BatchSource): { images: Uint8Array; truth: Uint8Array } {
  const tiles = batchesOfSnapshot(batches).flatMap(({ batch, count }) => {
    const area = batch.width * batch.height;
    return Array.from({ length: count }, (_, image) => {
      const masks = batch.masks.subarray(image * area, (image + 1) * area);
      return {
        image: batch.images.subarray(image * area, (image + 1) * area),
        truth: Uint8Array.from(masks, (value) => Math.round(value * 255)),
      };
    });
  });
  const { width, height } = batches.valBatch(0);
  return {
    images: encodeGrey(sideBySide(tiles.map(({ image }) => image), width, height)),
    truth: encodeGrey(sideBySide(tiles.map(({ truth }) => truth), width, height)),
  };
}

/** What the trainer predicts now, as a PNG file: above 127 where the probability is above 0.5. */
export async function snapshotPicture(
  trainer: Trainer,
  batches: BatchSource,
): Promise<Uint8Array> {
  const tiles: Uint8Array[] = [];
  for (const { batch, count } of batchesOfSnapshot(batches)) {
    const logits = await trainer.logits(batch);
    const area = batch.width * batch.height;
    for (let image = 0; image < count; image++) {
      tiles.push(
        Uint8Array.from(logits.subarray(image * area, (image + 1) * area), probabilityByte),
      );
    }
  }
  const { width, height } = batches.valBatch(0);
  return encodeGrey(sideBySide(tiles, width, height));
}

/**
 * The images of a picture, apart again. Throws {@linkcode InputError}, naming the file, unless it
 * is a row of images of that size.
 */
export function readSnapshot(
  bytes: Uint8Array,
  name: string,
  size: { readonly width: number; readonly height: number },
): GreyImage[] {
  const row = decodeGrey(bytes, name);
  const count = row.width / size.width;
  if (row.height !== size.height || !Number.isInteger(count) || count > SNAPSHOT_IMAGES) {
    throw new InputError(
      `${name} has ${row.width}x${row.height} px; expected up to ${SNAPSHOT_IMAGES} images of ` +
        `${size.width}x${size.height} px side by side; delete it`,
    );
  }
  return Array.from({ length: count }, (_, image) => {
    const pixels = new Uint8Array(size.width * size.height);
    for (let y = 0; y < size.height; y++) {
      const from = y * row.width + image * size.width;
      pixels.set(row.pixels.subarray(from, from + size.width), y * size.width);
    }
    return { ...size, pixels };
  });
}

/** The validation batches that hold the first images, and how many of each are wanted. */
function batchesOfSnapshot(batches: BatchSource) {
  const found: { batch: ReturnType<BatchSource["valBatch"]>; count: number }[] = [];
  let missing = Math.min(SNAPSHOT_IMAGES, batches.valImages);
  for (let index = 0; missing > 0; index++) {
    const batch = batches.valBatch(index);
    const count = Math.min(batch.n, missing);
    found.push({ batch, count });
    missing -= count;
  }
  return found;
}

/** A logit's probability in 256 steps, above 127 exactly where the logit is above 0. */
function probabilityByte(logit: number): number {
  return Math.max(0, Math.ceil(256 / (1 + Math.exp(-logit))) - 1);
}

function sideBySide(tiles: readonly Uint8Array[], width: number, height: number): GreyImage {
  const pixels = new Uint8Array(tiles.length * width * height);
  tiles.forEach((tile, k) => {
    for (let y = 0; y < height; y++) {
      const row = tile.subarray(y * width, (y + 1) * width);
      pixels.set(row, (y * tiles.length + k) * width);
    }
  });
  return { width: tiles.length * width, height, pixels };
}
