/**
 * Reconstructs a split from a run folder alone, without its images.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Pair } from "../dataset/pairing.ts";
import type { Split } from "../dataset/split.ts";
import { splitFromJson, splitNamesOf } from "../dataset/split_file.ts";
import type { InputHashes } from "./inputs.ts";

/**
 * Reads `split.json` and finds the masks of its images in the manifest, which lists each image
 * before its masks. Without hashes, the images have no masks.
 *
 * @throws {InputError} if the value is not a split; the message names `source`.
 */
export function splitOfInputs(
  text: string,
  inputs: InputHashes | undefined,
  source: string,
): Split {
  const images = new Set(splitNamesOf(text, source).parts.flatMap(([, names]) => names));
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
