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
import { pairByName } from "../dataset/pairing.ts";
import { listImages } from "../dataset/image_files.ts";
import type { FileStore } from "../store/store.ts";
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
}

/**
 * Lists the images that files and folders name. Masks and outputs of Sonoseg in a folder are left
 * out; a named file is always taken. A path that does not exist or lies outside the data directory
 * becomes a failure.
 *
 * @throws InputError when two images would be written under one name.
 */
export async function findInputs(
  data: FileStore,
  given: readonly string[],
  maskPattern: string,
): Promise<FoundInputs> {
  const failures: Failure[] = [];
  const byStem = new Map<string, string>();
  for (const input of given) {
    try {
      for (const { path, stem } of await imagesOf(data, input, maskPattern)) {
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
  return { images: [...byStem].map(([stem, path]) => ({ path, stem })), failures };
}

class NameClash extends InputError {}

async function imagesOf(
  data: FileStore,
  input: string,
  maskPattern: string,
): Promise<PredictInput[]> {
  const path = data.relative(input);
  const kind = await data.kindOf(path);
  if (kind === undefined) throw new InputError(`${input}: there is no such file or folder`);
  if (kind !== "folder") {
    return [{ path, stem: stemOf(path) }];
  }
  const { pairs, unmasked } = pairByName(await listImages(data, path), maskPattern);
  const images = [...pairs.map(({ image }) => image), ...unmasked].sort();
  if (images.length === 0) throw new InputError(`${input}: there are only masks in this folder`);
  const from = path === "" ? 0 : path.length + 1;
  return images.map((image) => ({ path: image, stem: withoutEnding(image.slice(from)) }));
}

/** A hash of the inputs: parts are merged only if theirs are equal. */
export async function listHash({ images, failures }: FoundInputs): Promise<string> {
  const list = images.map(({ path, stem }) => [path, stem]);
  const unusable = failures.map(({ input }) => input);
  return await sha256(canonicalJson([list, unusable]));
}
