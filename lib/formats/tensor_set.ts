/**
 * Sets of named tensors in a file, before their data is read. A checkpoint may hold several: the
 * model, a moving average of it, the state of an optimiser.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import type { Tensors } from "../core/tensor.ts";
import { quoted } from "./byte_reader.ts";

/** One set. */
export interface TensorSet {
  /** The keys that lead to it in the file; empty for a plain state_dict. */
  readonly path: readonly string[];
  /** The shape of each tensor, by its name in the file. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** What else stands between the tensors, by name: "an object of numpy.ndarray". */
  readonly strangers: ReadonlyMap<string, string>;
  /** Layers of a whole model that compute something else than a U-Net's: what each is. */
  readonly unusual?: ReadonlyMap<string, string>;
  /** The plain values beside the tensors: texts unchanged, numbers and flat lists as JSON. */
  metadata(): Record<string, string>;
  /**
   * Reads some tensors. The record has no prototype. Throws {@linkcode InputError} for a name that
   * occurs twice, and for an element type that cannot be read.
   */
  read(names: Iterable<string>): Tensors;
}

/** Usual keys of the network's state_dict in checkpoints, from the most usual. */
export const USUAL_KEYS: readonly string[] = [
  "state_dict",
  "model_state_dict",
  "model_state",
  "model",
  "net",
  "network",
  "weights",
  "params",
  "module",
];

/** Prefixes that wrappers (DataParallel, torch.compile, a surrounding module) add to every name. */
const WRAPPERS = ["module.", "_orig_mod.", "model.", "net.", "network."];

/**
 * The set of the model, as the usual keys tell. Throws {@linkcode InputError} if several are
 * equally likely.
 */
export function usualSet(sets: readonly TensorSet[], depth = 0): TensorSet {
  if (sets.length === 1) return sets[0];
  for (const usual of USUAL_KEYS) {
    const below = sets.filter(({ path }) => path[depth] === usual);
    if (below.length > 0) return usualSet(below, depth + 1);
  }
  const here = sets.find(({ path }) => path.length === depth);
  if (here !== undefined) return here;
  const keys = [...new Set(sets.map(({ path }) => path[depth]))];
  if (keys.length === 1) return usualSet(sets, depth + 1);
  throw new InputError(
    `it holds several dicts of tensors (${keys.slice(0, 5).map(quoted).join(", ")}); in PyTorch, ` +
      `save model.state_dict() alone`,
  );
}

/** All tensors of a set, without the prefixes that all their names share. */
export function readUnwrapped(set: TensorSet): Tensors {
  const names = [...set.shapes.keys()];
  const wrapperAt = (at: number) =>
    WRAPPERS.find((prefix) => names.every((name) => name.startsWith(prefix, at)));
  let shared = 0;
  for (let next = wrapperAt(0); next !== undefined; next = wrapperAt(shared)) shared += next.length;
  const tensors: Tensors = Object.create(null);
  for (const [name, tensor] of Object.entries(set.read(names))) {
    tensors[name.slice(shared)] = tensor;
  }
  return tensors;
}
