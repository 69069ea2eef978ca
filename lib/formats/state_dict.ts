/**
 * Reading a state_dict from any file that holds one; the content tells which format it is, not the name.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Tensors } from "../core/tensor.ts";
import { isPth, readPth } from "./pth.ts";
import { readSafetensors } from "./safetensors.ts";

/** Named tensors and what stands beside them. Both records have no prototype. */
export interface StateDictFile {
  readonly format: "safetensors" | "pth";
  readonly tensors: Tensors;
  readonly metadata: Record<string, string>;
}

/**
 * Reads a whole safetensors or PyTorch file, see {@linkcode readSafetensors} and {@linkcode readPth}.
 * Throws {@linkcode InputError} (without the file's name) at the first thing that is wrong.
 */
export function readStateDict(bytes: Uint8Array): StateDictFile {
  // The ninth byte opens the header of every safetensors file; where PyTorch's begin, it is another.
  if (bytes[8] === 0x7b) return { format: "safetensors", ...readSafetensors(bytes) };
  if (isPth(bytes)) return { format: "pth", ...readPth(bytes) };
  throw new InputError(
    `it is neither a safetensors file nor one that torch.save wrote: its ${bytes.length} bytes begin ` +
      `like neither`,
  );
}
