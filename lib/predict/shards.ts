/**
 * Divides a prediction among independent processes, such as the jobs of an array. Shard I of N
 * takes every N-th image of the sorted list, from the I-th on. Masks have the same paths as in an
 * undivided prediction. Each shard's entries are kept in a part file until all parts are merged.
 *
 * @module
 */
import { PARTS_FOLDER } from "../dataset/image_files.ts";
import {
  type Failure,
  jsonByLines,
  type PredictionEntry,
  type PredictionSettings,
} from "./entries.ts";

/** One of several shards of a prediction. */
export interface Shard {
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/** The result for one image. */
export type Result = PredictionEntry | Failure;

/** A part file: the results of one shard. */
export interface Part {
  readonly shard: number;
  readonly shards: number;
  /** The number of images of all shards together. */
  readonly images: number;
  /** Hash of the list of all images: parts of different lists are not merged. */
  readonly list_sha256: string;
  readonly settings: PredictionSettings;
  /** Inputs that are not images; the same in every part. */
  readonly unusable: readonly Failure[];
  /** One result for each image of the shard, in order. */
  readonly results: readonly Result[];
}

/** The items of a shard. */
export function itemsOf<Item>(items: readonly Item[], { index, count }: Shard): Item[] {
  return items.filter((_, position) => position % count === index - 1);
}

/** Restores the order of the list; `shards[k]` has the items of shard k + 1. */
export function joined<Item>(shards: readonly (readonly Item[])[]): Item[] {
  const total = shards.reduce((sum, items) => sum + items.length, 0);
  return Array.from(
    { length: total },
    (_, position) => shards[position % shards.length][Math.floor(position / shards.length)],
  );
}

/** The number of items of a shard. */
export function itemCount(total: number, { index, count }: Shard): number {
  return Math.max(0, Math.ceil((total - index + 1) / count));
}

/** Whether an image could not be predicted. */
export function isFailure<Value extends object>(result: Value | Failure): result is Failure {
  return "error" in result;
}

/** The entries of the images that could be predicted. */
export function predicted(results: readonly Result[]): PredictionEntry[] {
  return results.filter((result): result is PredictionEntry => !isFailure(result));
}

/** The path of a part file: "OUT/predictions.parts/2-of-8.json". */
export function partPath(out: string, { index, count }: Shard): string {
  return `${out}/${PARTS_FOLDER}/${index}-of-${count}.json`;
}

/** The text of a part file. */
export function partJson(part: Part): string {
  return jsonByLines({ ...part });
}
