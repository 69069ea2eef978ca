/**
 * Snapshots: predictions for the same validation images at several epochs. `snapshots/` in a run
 * folder holds the images, their true masks and the probabilities predicted after some epochs. Each
 * file is one grey picture with the images side by side.
 *
 * The choice of epochs depends on the interval alone, so a run that is resumed to more epochs has
 * the same files as one that was begun with them.
 *
 * @module
 */
import { maskFloats } from "../core/batch.ts";
import { InputError } from "../core/errors.ts";
import { mapped } from "../core/mapped.ts";
import type { Trainer } from "../engine/engine.ts";
import { decodeGrey } from "../image/codecs/decode.ts";
import { encodeGrey } from "../image/codecs/encode.ts";
import type { GreyImage } from "../image/image.ts";
import type { BatchSource } from "../train/loop.ts";
import { epochFile, epochOf } from "./epoch_files.ts";

/** The number of validation images in a snapshot. */
const SNAPSHOT_IMAGES = 6;

/** The two files in `snapshots/` that belong to no epoch. */
export const SNAPSHOT_FILES = { images: "images.png", truth: "truth.png" } as const;

/**
 * Whether a snapshot is taken after an epoch: after the first and then every `every` epochs. `null`
 * selects epochs 1, 2, 3, 5, 8, 13, ..., since a network changes most at the beginning; 0 selects
 * none.
 */
export function isSnapshotEpoch(epoch: number, every: number | null): boolean {
  if (every === 0) return false;
  if (every !== null) return epoch === 1 || epoch % every === 0;
  let [last, next] = [1, 2];
  while (last < epoch) [last, next] = [next, last + next];
  return last === epoch;
}

/** The file name of an epoch: "epoch 0005.png". */
export function snapshotFile(epoch: number): string {
  return epochFile(epoch, "png");
}

/** The epoch in a file name; `undefined` for other files. */
export function epochOfSnapshot(file: string): number | undefined {
  return epochOf(file, "png");
}

/** The images and their true masks, as PNG files. */
export function snapshotTruth(batches: BatchSource): { images: Uint8Array; truth: Uint8Array } {
  const tiles = batchesOfSnapshot(batches).flatMap(({ batch, count }) => {
    const area = batch.width * batch.height;
    const floats = maskFloats(batch.masks);
    return Array.from({ length: count }, (_, image) => {
      const masks = floats.subarray(image * area, (image + 1) * area);
      return {
        image: batch.images.subarray(image * area, (image + 1) * area),
        truth: mapped(new Uint8Array(area), masks, (value) => Math.round(value * 255)),
      };
    });
  });
  const { width, height } = batches.valBatch(0);
  return {
    images: encodeGrey(sideBySide(tiles.map(({ image }) => image), width, height)),
    truth: encodeGrey(sideBySide(tiles.map(({ truth }) => truth), width, height)),
  };
}

/**
 * The present predictions of the trainer as a PNG file. A pixel is above 127 exactly where the
 * probability is above 0.5.
 */
export async function snapshotPicture(
  trainer: Trainer,
  batches: BatchSource,
): Promise<Uint8Array> {
  const tiles: Uint8Array[] = [];
  for (const { batch, count } of batchesOfSnapshot(batches)) {
    const logits = await trainer.logits(batch);
    const area = batch.width * batch.height;
    for (let image = 0; image < count; image++) {
      const own = logits.subarray(image * area, (image + 1) * area);
      tiles.push(mapped(new Uint8Array(area), own, probabilityByte));
    }
  }
  const { width, height } = batches.valBatch(0);
  return encodeGrey(sideBySide(tiles, width, height));
}

/**
 * Splits a picture into its images.
 *
 * @throws {InputError} if the picture is not a row of images of this size; the message names the
 *   file.
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

/** The validation batches that hold the first images, and the number of images taken from each. */
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

/** The probability of a logit in 256 steps. It is above 127 exactly where the logit is above 0. */
export function probabilityByte(logit: number): number {
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
