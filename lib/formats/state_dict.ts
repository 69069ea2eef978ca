/**
 * Reads a state_dict from a file. The format is detected from the content, not from the name.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Tensors } from "../core/tensor.ts";
import { isPth, readPth } from "./pth.ts";
import { readSafetensors } from "./safetensors.ts";

/** Named tensors and metadata. Both records have no prototype. */
export interface StateDictFile {
  readonly format: "safetensors" | "pth";
  readonly tensors: Tensors;
  readonly metadata: Record<string, string>;
}

/**
 * Reads a whole safetensors or PyTorch file, see {@linkcode readSafetensors} and
 * {@linkcode readPth}. Throws {@linkcode InputError} (without the file's name) at the first
 * defect.
 */
export function readStateDict(bytes: Uint8Array): StateDictFile {
  // The ninth byte of every safetensors file is the "{" of its header. PyTorch's files have another
  // byte there.
  if (bytes[8] === 0x7b) return { format: "safetensors", ...readSafetensors(bytes) };
  if (isPth(bytes)) return { format: "pth", ...readPth(bytes) };
  throw new InputError(
    `it is neither a safetensors file nor one that torch.save wrote: its ${bytes.length} bytes begin ` +
      `like neither`,
  );
}
