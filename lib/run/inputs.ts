/**
 * Hashes of the input files of a run. The manifest stores them, and a resumed run compares them
 * with its images.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { Pair } from "../dataset/pairing.ts";
import { partsOf, type Split } from "../dataset/split.ts";

/** The SHA-256 of each file, keyed by its path in the data directory. */
export type InputHashes = Readonly<Record<string, string>>;

/**
 * The hashes of the images and masks of a split, each image before its masks. `loaded` holds the
 * hashes of all loaded files.
 *
 * @throws {RangeError} for a file that was not loaded.
 */
export function inputHashes(images: Split, loaded: ReadonlyMap<string, string>): InputHashes {
  const hashes: Record<string, string> = Object.create(null);
  for (const { image, masks } of partsOf(images).flatMap(([, pairs]) => pairs)) {
    for (const path of [image, ...masks]) {
      const hash = loaded.get(path);
      if (hash === undefined) throw new RangeError(`${path} was not loaded`);
      hashes[path] = hash;
    }
  }
  return hashes;
}

/** One hash over the split, the pairing and all files. */
export function hashOfRun(images: Split, hashes: InputHashes): Promise<string> {
  return hashOfParts(partsOf(images), hashes);
}

/**
 * Whether the images and files of a run have this hash. In splits of two parts, earlier versions
 * called the validation part `test`, also in the hash.
 */
export async function hasHash(
  images: Split,
  hashes: InputHashes,
  expected: string,
): Promise<boolean> {
  if (await hashOfRun(images, hashes) === expected) return true;
  const { train, validation, test } = images;
  if (test !== undefined) return false;
  return await hashOfParts([["train", train], ["test", validation]], hashes) === expected;
}

function hashOfParts(parts: ReturnType<typeof partsOf>, hashes: InputHashes): Promise<string> {
  const line = (use: string) => ({ image, masks }: Pair) =>
    JSON.stringify([use, image, hashes[image], ...masks.map((mask) => [mask, hashes[mask]])]);
  const lines = parts.flatMap(([part, pairs]) => pairs.map(line(part)));
  return sha256(lines.join("\n"));
}

/**
 * Checks that the images are those that a run began with.
 *
 * @throws {InputError} if they differ. The message names the first different file if the manifest
 *   lists it.
 */
export async function checkUnchanged(
  images: Split,
  hashes: InputHashes,
  expectedHash: string,
  inputs: InputHashes = {},
): Promise<void> {
  if (await hasHash(images, hashes, expectedHash)) return;
  const changed = Object.keys(hashes).find((path) => inputs[path] !== hashes[path]);
  const what = changed === undefined ? "the images or masks" : changed;
  throw new InputError(
    sentence`${what} changed since the run began, so it cannot go on exactly; put the old files
      back, or begin a new run from its model with ${setting("weights")}`,
  );
}
