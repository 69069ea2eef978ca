/**
 * Dividing a prediction among processes that know nothing of each other, such as the jobs of an
 * array: shard I of N takes every N-th image of the sorted list, from the I-th. Masks go where an
 * undivided prediction would put them; what was found waits in a part file until all parts are
 * merged.
 *
 * @module
 */
import { PARTS_FOLDER } from "../dataset/discover.ts";
import {
  type Failure,
  jsonByLines,
  type PredictionEntry,
  type PredictionSettings,
} from "./entries.ts";

/** One of several parts of a prediction. */
export interface Shard {
  /** From 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

/** What became of an image. */
export type Result = PredictionEntry | Failure;

/** A part file: what one shard found. */
export interface Part {
  readonly shard: number;
  readonly shards: number;
  /** How many images all shards have together. */
  readonly images: number;
  /** Of the list of all images, so that parts of different lists are not merged. */
  readonly list_sha256: string;
  readonly settings: PredictionSettings;
  /** What was given but is no image; the same in every part. */
  readonly unusable: readonly Failure[];
  /** One for each image of the shard, in order. */
  readonly results: readonly Result[];
}

/** The items of a shard. */
export function itemsOf<Item>(items: readonly Item[], { index, count }: Shard): Item[] {
  return items.filter((_, position) => position % count === index - 1);
}

/** Items of all shards, in the order that the list had; `shards[k]` has those of shard k + 1. */
export function joined<Item>(shards: readonly (readonly Item[])[]): Item[] {
  const total = shards.reduce((sum, items) => sum + items.length, 0);
  return Array.from(
    { length: total },
    (_, position) => shards[position % shards.length][Math.floor(position / shards.length)],
  );
}

/** How many items a shard has of so many. */
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

/** Where a part is kept: "OUT/predictions.parts/2-of-8.json". */
export function partPath(out: string, { index, count }: Shard): string {
  return `${out}/${PARTS_FOLDER}/${index}-of-${count}.json`;
}

/** The text of a part file. */
export function partJson(part: Part): string {
  return jsonByLines({ ...part });
}
