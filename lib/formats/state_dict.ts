/**
 * Reads a state_dict from a file. The format is detected from the content, not from the name.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Tensors } from "../core/tensor.ts";
import { nameOfFile } from "./known_files.ts";
import { isPth, readPthSets } from "./pth.ts";
import { openSafetensors } from "./safetensors.ts";
import { readUnwrapped, type TensorSet, usualSet } from "./tensor_set.ts";

/** Named tensors and metadata. Both records have no prototype. */
export interface StateDictFile {
  readonly format: "safetensors" | "pth";
  readonly tensors: Tensors;
  readonly metadata: Record<string, string>;
}

/** A file with one or several sets of tensors. */
export interface TensorFile {
  readonly format: StateDictFile["format"];
  /** At least one. */
  readonly sets: readonly TensorSet[];
}

/**
 * Reads a whole safetensors or PyTorch file, see `readSafetensors` and `readPth`. Throws
 * {@linkcode InputError} (without the file's name) at the first defect.
 */
export function readStateDict(bytes: Uint8Array): StateDictFile {
  return readUsual(readTensorSets(bytes));
}

/**
 * The usual set of a file: in a PyTorch file without the prefixes that all names share. Throws
 * {@linkcode InputError} if several sets are equally likely.
 */
export function readUsual({ format, sets }: TensorFile): StateDictFile {
  const set = usualSet(sets);
  const tensors = format === "pth" ? readUnwrapped(set) : set.read(set.shapes.keys());
  return { format, tensors, metadata: set.metadata() };
}

/** As {@linkcode readStateDict}, but the caller chooses the set, and names are unchanged. */
export function readTensorSets(bytes: Uint8Array): TensorFile {
  // The ninth byte of every safetensors file is the "{" of its header. PyTorch's files have another
  // byte there. The eight bytes before it are the header's length, which no text looks like.
  const mayBeSafetensors = bytes[8] === 0x7b;
  if (mayBeSafetensors && bytes[7] === 0) return safetensorsFile(bytes);
  if (isPth(bytes)) return { format: "pth", sets: readPthSets(bytes) };
  const other = nameOfFile(bytes);
  if (other !== undefined) throw new InputError(other);
  if (mayBeSafetensors) return safetensorsFile(bytes);
  throw new InputError(
    `it is neither a safetensors file nor one that torch.save wrote: its ${bytes.length} bytes begin ` +
      `like neither`,
  );
}

function safetensorsFile(bytes: Uint8Array): TensorFile {
  const { entries, metadata, read } = openSafetensors(bytes);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const set: TensorSet = {
    path: [],
    shapes: new Map(entries.map(({ name, shape }) => [name, shape])),
    strangers: new Map(),
    metadata: () => metadata,
    read(names) {
      const chosen: Tensors = Object.create(null);
      for (const name of names) chosen[name] = read(byName.get(name)!);
      return chosen;
    },
  };
  return { format: "safetensors", sets: [set] };
}
