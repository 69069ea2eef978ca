/**
 * The metadata entry `sonoseg` of a safetensors file and the hash that covers it and all tensors.
 *
 * @module
 */
import { canonicalJson } from "../core/canonical_json.ts";
import { InputError, naming } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { parseJson, record, whole } from "../core/json.ts";
import type { TensorData, Tensors } from "../core/tensor.ts";
import { type SafetensorsFile, writeSafetensors } from "../formats/safetensors.ts";

/** The name of the entry. */
export const ENTRY = "sonoseg";
const HASH_ENTRY = "sha256";

/**
 * The format that is written. Formats 1 (no card) and 2 (other names) can be read as well. A run
 * with a long history is of format 4, in which the history is a tensor.
 */
export const FORMAT = 3;
export const LONG_FORMAT = 4;

/** A cache of SHA-256 hashes of tensor data, shared by files with the same weights. */
export type TensorHashes = Map<TensorData, string>;

/** Writes tensors with their description, `about`, as bytes. `hashes` is read and added to. */
export async function seal(
  tensors: Tensors,
  about: Record<string, unknown>,
  hashes: TensorHashes,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = canonicalJson(about);
  return writeSafetensors(tensors, {
    [ENTRY]: text,
    [HASH_ENTRY]: await contentHash(tensors, text, hashes),
  });
}

/** The checked `sonoseg` entry; `undefined` in a file of another program. */
export async function readEntry(
  { tensors, metadata }: SafetensorsFile,
  source: string,
): Promise<Record<string, unknown> | undefined> {
  const entry = metadata[ENTRY];
  if (entry === undefined) return undefined;
  if (metadata[HASH_ENTRY] !== await contentHash(tensors, entry)) {
    throw new InputError(`${source} is damaged: its content does not match the hash inside`);
  }
  return naming(source, () => {
    const about = record(parseJson(entry, "its sonoseg entry"), "its sonoseg entry");
    const format = whole(1)(about.format, "its format");
    if (format > LONG_FORMAT) {
      throw new InputError(
        `a newer Sonoseg wrote it, in format ${format}; this one reads formats 1 to ${LONG_FORMAT}: install the newer one`,
      );
    }
    return about;
  });
}

/** SHA-256 of the text and of each tensor's name, type, shape and SHA-256, sorted by name. */
async function contentHash(
  tensors: Tensors,
  text: string,
  hashes: TensorHashes = new Map(),
): Promise<string> {
  const lines = [text];
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name];
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const hash = hashes.get(data) ?? await sha256(bytes);
    hashes.set(data, hash);
    lines.push(JSON.stringify([name, data.constructor.name, shape, hash]));
  }
  return sha256(lines.join("\n"));
}
