/**
 * Tensors that a pickle rebuilds by other functions than the plain one: what they are, and what to
 * do so that a plain tensor takes their place. They stay opaque.
 *
 * @module
 */
import { quoted } from "./byte_reader.ts";
import type { PickleOpaque } from "./pickle_values.ts";

interface ForeignTensor {
  /** The function or class in the pickle. */
  readonly name: RegExp;
  readonly what: string;
  readonly instead: string;
}

const SAVE = `and save the state_dict again`;

const FOREIGN_TENSORS: readonly ForeignTensor[] = [
  {
    name: /^torch\._utils\._rebuild_qtensor$/,
    what: "a quantized tensor",
    instead: "save the model before it is quantized",
  },
  {
    name: /^torch\._utils\._rebuild_sparse/,
    what: "a sparse tensor",
    instead: `call to_dense() on it in PyTorch ${SAVE}`,
  },
  {
    name: /^torch\.Tensor\.expand$/,
    what: "a tensor that repeats its elements (expand)",
    instead: `call contiguous() on it in PyTorch ${SAVE}`,
  },
  {
    name: /^torch\._utils\._rebuild_meta_tensor/,
    what: "a tensor without data (device meta)",
    instead: "save the model where its weights are",
  },
  {
    name: /^torch\._utils\._rebuild_tensor_v3$/,
    what: "a tensor of an element type that is not read",
    instead: `call float() on it in PyTorch ${SAVE}`,
  },
  {
    name: /^torch\.(_utils\._rebuild_nested|nested\.)/,
    what: "a nested tensor",
    instead: "save plain tensors",
  },
  {
    name: /^torch\.distributed\..*(Tensor|_rebuild)/,
    what: "a part of a tensor, as a sharded training writes it",
    instead: "gather the full state_dict in PyTorch before it is saved",
  },
  {
    name: /^numpy\.(_?core\.(multiarray|numeric)\.(_reconstruct|_frombuffer)|ndarray)$/,
    what: "an array of NumPy",
    instead: `make it a tensor with torch.from_numpy ${SAVE}`,
  },
];

/** What a foreign tensor is: "a sparse tensor"; `undefined` for another object. */
export function foreignTensor({ name }: PickleOpaque): string | undefined {
  return FOREIGN_TENSORS.find((foreign) => foreign.name.test(name))?.what;
}

/** The sentence on an object, by what it is, under a name where a plain tensor is wanted. */
export function notPlain(what: string, name: string): string {
  const instead = FOREIGN_TENSORS.find((foreign) => foreign.what === what)?.instead;
  return `it holds ${what} under ${quoted(name)}, where a plain tensor is wanted` +
    (instead === undefined ? "" : `; ${instead}`);
}
