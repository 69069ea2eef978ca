/**
 * Finds the state_dict in the object that torch.save wrote: the state_dict itself, or a checkpoint
 * that also holds an optimiser, an epoch and other values of a training script.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { quoted } from "./byte_reader.ts";
import {
  describe,
  PickleDict,
  PickleList,
  PickleTuple,
  type PickleValue,
} from "./pickle_values.ts";
import { TorchTensor } from "./torch_pickle.ts";

/** The views of a state_dict and the texts and numbers around it. */
export interface PthContents {
  readonly views: ReadonlyMap<string, TorchTensor>;
  readonly metadata: Record<string, string>;
}

/** Usual keys of the network's state_dict in checkpoints. The first present key is used. */
const USUAL_KEYS = [
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

/** The largest nesting depth of the state_dict. */
const MOST_LEVELS = 4;
const MOST_LIST_ITEMS = 256;
const MOST_TEXT = 10_000;

/**
 * Finds the tensors of the network. Throws {@linkcode InputError} if there are none or several
 * sets.
 */
export function contentsOf(root: PickleValue): PthContents {
  if (!(root instanceof PickleDict)) {
    throw new InputError(
      `it holds ${describe(root)}, not a state_dict; in PyTorch, save model.state_dict()`,
    );
  }
  const path = findStateDict(root);
  if (path === undefined) {
    throw new InputError(
      "there is no state_dict in it, that is no dict of tensors; in PyTorch, save model.state_dict()",
    );
  }
  const metadata: Record<string, string> = Object.create(null);
  for (const dict of path) addMetadata(metadata, dict);
  return { views: withoutWrappers(tensorsIn(path.at(-1)!)), metadata };
}

/** The dicts from `root` down to the state_dict. */
function findStateDict(root: PickleDict): PickleDict[] | undefined {
  // A dict may occur in many places. Each is searched once for each level.
  const known = Array.from(
    { length: MOST_LEVELS + 1 },
    () => new Map<PickleDict, PickleDict[] | undefined>(),
  );
  const search = (dict: PickleDict, levels: number): PickleDict[] | undefined => {
    if (levels === 0) return undefined;
    if (!known[levels].has(dict)) known[levels].set(dict, searchOnce(dict, levels));
    return known[levels].get(dict);
  };
  const searchOnce = (dict: PickleDict, levels: number): PickleDict[] | undefined => {
    const below = (value: PickleValue) =>
      value instanceof PickleDict ? search(value, levels - 1) : undefined;
    for (const usual of USUAL_KEYS) {
      const found = below(dict.values[dict.keys.indexOf(usual)] ?? null);
      if (found) return [dict, ...found];
    }
    const named = dict.keys.flatMap((key, i) =>
      typeof key === "string" ? [{ key, value: dict.values[i] }] : []
    );
    if (named.some(({ value }) => value instanceof TorchTensor)) return [dict];
    const others = named.flatMap(({ key, value }) => {
      const found = below(value);
      return found ? [{ key, found }] : [];
    });
    if (others.length > 1) {
      const names = others.slice(0, 5).map(({ key }) => quoted(key)).join(", ");
      throw new InputError(
        `it holds several dicts of tensors (${names}); in PyTorch, save model.state_dict() alone`,
      );
    }
    return others.length === 1 ? [dict, ...others[0].found] : undefined;
  };
  return search(root, MOST_LEVELS);
}

function tensorsIn(dict: PickleDict): Map<string, TorchTensor> {
  const views = new Map<string, TorchTensor>();
  for (const [i, key] of dict.keys.entries()) {
    const value = dict.values[i];
    if (!(value instanceof TorchTensor)) continue;
    if (typeof key !== "string") {
      throw new InputError(`its state_dict has a tensor under ${describe(key)}, which is no text`);
    }
    if (views.has(key)) throw new InputError(`its state_dict has ${quoted(key)} twice`);
    views.set(key, value);
  }
  return views;
}

/** Removes the prefixes that all names share. */
function withoutWrappers(views: Map<string, TorchTensor>): Map<string, TorchTensor> {
  const names = [...views.keys()];
  const wrapperAt = (at: number) =>
    WRAPPERS.find((prefix) => names.every((name) => name.startsWith(prefix, at)));
  let shared = 0;
  for (let next = wrapperAt(0); next !== undefined; next = wrapperAt(shared)) shared += next.length;
  return new Map([...views].map(([name, view]) => [name.slice(shared), view]));
}

/** Adds the plain values of a dict: texts unchanged, numbers and flat lists as JSON. */
function addMetadata(metadata: Record<string, string>, dict: PickleDict): void {
  for (const [i, key] of dict.keys.entries()) {
    if (typeof key !== "string" || key in metadata) continue;
    const value = dict.values[i];
    const plain = plainOf(value);
    if (plain === undefined) continue;
    const text = typeof plain === "string" ? plain : JSON.stringify(plain);
    if (text.length <= MOST_TEXT) metadata[key] = text;
  }
}

type Plain = string | number | boolean | null;

function plainOf(value: PickleValue): Plain | Plain[] | undefined {
  if (!(value instanceof PickleList || value instanceof PickleTuple)) return scalarOf(value);
  if (value.items.length > MOST_LIST_ITEMS) return undefined;
  const plain = value.items.map(scalarOf);
  return plain.every((item) => item !== undefined) ? plain : undefined;
}

/** Converts numbers outside JSON (bigints, NaN) to text. */
function scalarOf(value: PickleValue): Plain | undefined {
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) {
    return String(value);
  }
  return typeof value !== "object" || value === null ? value : undefined;
}
