/**
 * A split from what a run folder says alone, without looking for the images.
 *
 * @module
 */
import type { Pair } from "../data/discover.ts";
import { type Split, splitFromJson } from "../data/split.ts";
import { InputError } from "../errors.ts";
import type { InputHashes } from "./inputs.ts";
import { parseJson } from "./run_folder.ts";

/**
 * Reads `split.json` and finds the masks of its images in the manifest, which lists each image before its masks.
 * Without hashes the images stand alone. Throws {@linkcode InputError}, naming `source`, for what is no split.
 */
export function splitOfInputs(
  text: string,
  inputs: InputHashes | undefined,
  source: string,
): Split {
  const images = imagesOf(parseJson(text, source));
  const pairs = new Map<string, { image: string; masks: string[] }>();
  let current: { image: string; masks: string[] } | undefined;
  for (const path of Object.keys(inputs ?? {})) {
    if (images.has(path)) pairs.set(path, current = { image: path, masks: [] });
    else current?.masks.push(path);
  }
  if (inputs === undefined) { for (const image of images) pairs.set(image, { image, masks: [] }); }
  for (const image of images) {
    if (pairs.has(image)) continue;
    throw new InputError(`${source} names ${image}, of which the manifest has no hash`);
  }
  return splitFromJson(text, [...pairs.values()] as Pair[], source);
}

/** The texts in both lists; what else there may be is for splitFromJson to refuse. */
function imagesOf(split: unknown): Set<string> {
  const { train, test } = (split ?? {}) as { train?: unknown; test?: unknown };
  const lists = [train, test].filter((list) => Array.isArray(list));
  return new Set(lists.flat().filter((image) => typeof image === "string"));
}
