/**
 * The images that a prediction takes.
 *
 * @module
 */
import { canonicalJson } from "../core/canonical_json.ts";
import { InputError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { stemOf, withoutEnding } from "../core/paths.ts";
import { sentence, setting } from "../core/sentence.ts";
import { findLayout } from "../dataset/layouts/find_layout.ts";
import { BUSI_LAYOUT, type Layout, pairFiles, parseLayout } from "../dataset/layouts/layout.ts";
import { imagesIn } from "../dataset/pairing.ts";
import { findImageFiles } from "../dataset/image_files.ts";
import { type LeftOut, NOTHING, sumOf } from "../dataset/left_out.ts";
import type { FileFinder } from "../store/store.ts";
import { unreadableName } from "../store/walk.ts";
import type { Failure } from "./entries.ts";

/** An image to predict. */
export interface PredictInput {
  /** Relative to the data directory. */
  readonly path: string;
  /** The path of its files from the output folder, without endings: "benign/benign (1)". */
  readonly stem: string;
}

/** The result of {@linkcode findInputs}. */
export interface FoundInputs {
  readonly images: readonly PredictInput[];
  readonly failures: readonly Failure[];
  /** Masks in the folders; they are left out. */
  readonly masks: readonly string[];
  /** What else is left out. */
  readonly leftOut: LeftOut;
}

/** The layout in which a model was trained. */
export type TrainedLayout = Pick<Layout, "masks"> & {
  /** `null`: not known. */
  readonly maskPattern: readonly string[] | null;
};

/**
 * Lists the images that files and folders name. Masks and outputs of Sonoseg in a folder are left
 * out; a named file is always taken. Masks are recognised by the model's layout, and by names that
 * say so. A path that does not exist, lies outside the data directory or is not UTF-8 becomes a
 * failure.
 *
 * @throws InputError when two images would be written under one name.
 */
export async function findInputs(
  data: FileFinder,
  given: readonly string[],
  trained: TrainedLayout,
): Promise<FoundInputs> {
  const failures: Failure[] = [];
  const leftOut: LeftOut[] = [];
  const byStem = new Map<string, string>();
  const masks = new Set<string>();
  for (const input of given) {
    try {
      const found = await imagesOf(data, input, trained);
      for (const mask of found.masks) masks.add(mask);
      failures.push(...found.failures);
      leftOut.push(found.leftOut);
      for (const { path, stem } of found.images) {
        const other = byStem.get(stem);
        if (other !== undefined && other !== path) {
          throw new NameClash(
            sentence`${other} and ${path} would both be written as ${stem}_mask.png; predict them one
              after the other into different folders with ${setting("out")}`,
          );
        }
        byStem.set(stem, path);
      }
    } catch (error) {
      if (!(error instanceof InputError) || error instanceof NameClash) throw error;
      failures.push({ input, error: error.message });
    }
  }
  const images = [...byStem].map(([stem, path]) => ({ path, stem }));
  return { images, failures, masks: [...masks].sort(), leftOut: sumOf(leftOut) };
}

class NameClash extends InputError {}

async function imagesOf(
  data: FileFinder,
  input: string,
  trained: TrainedLayout,
): Promise<FoundInputs> {
  const path = data.relative(input);
  const kind = await data.kindOf(path);
  if (kind === undefined) {
    if (input.includes("\ufffd")) throw new InputError(unreadableName(input));
    throw new InputError(
      `${input}: there is no such file or folder in the data directory, from which paths start`,
    );
  }
  if (kind !== "folder") {
    return { images: [{ path, stem: stemOf(path) }], failures: [], masks: [], leftOut: NOTHING };
  }
  const { images: files, unreadable, leftOut } = await findImageFiles(data, { within: path });
  const masks = masksAmong(files, path, trained);
  const images = files.filter((file) => !masks.has(file)).sort();
  if (images.length === 0 && unreadable.length === 0) {
    throw new InputError(
      `${input}: there are only masks in this folder, by their names (such as ${files[0]}); name ` +
        `the files themselves to predict them all the same`,
    );
  }
  const from = path === "" ? 0 : path.length + 1;
  return {
    images: images.map((image) => ({ path: image, stem: withoutEnding(image.slice(from)) })),
    failures: unreadable.map((name) => ({ input: name, error: unreadableName(name) })),
    masks: [...masks],
    leftOut,
  };
}

/** The files of a folder that are masks in the model's layout, or by names that say so. */
function masksAmong(
  files: readonly string[],
  folder: string,
  trained: TrainedLayout,
): Set<string> {
  const { asTrained, asNamed } = pairingsOf(files, folder, trained);
  const [images, named] = [imagesIn(asTrained), imagesIn(asNamed)];
  return new Set(files.filter((file) => !images.has(file) || !named.has(file)));
}

/** The masks of each image among files, in the model's layout, or by names that say so. */
export function masksOf(
  files: readonly string[],
  trained: TrainedLayout,
): Map<string, readonly string[]> {
  const { asTrained, asNamed } = pairingsOf(files, "", trained);
  const pairs = [...asNamed.pairs, ...asTrained.pairs];
  return new Map(pairs.map(({ image, masks }) => [image, masks]));
}

function pairingsOf(
  files: readonly string[],
  folder: string,
  { masks, maskPattern }: TrainedLayout,
) {
  const usual = maskPattern === null ? BUSI_LAYOUT : { masks, maskPattern };
  const nothingTold = { images: folder, masks: null, maskPattern: null };
  return {
    asTrained: pairFiles(files, parseLayout(usual)),
    asNamed: findLayout(files, { ...nothingTold, usual, onlyNamed: true }),
  };
}

/** A hash of the inputs: parts are merged only if theirs are equal. */
export async function listHash(
  { images, failures }: Pick<FoundInputs, "images" | "failures">,
): Promise<string> {
  const list = images.map(({ path, stem }) => [path, stem]);
  const unusable = failures.map(({ input }) => input);
  return await sha256(canonicalJson([list, unusable]));
}
