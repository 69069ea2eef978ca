/**
 * Finds the sets of named tensors in the object that torch.save wrote: a state_dict, or a
 * checkpoint that also holds an optimiser, copies of the model, and other values of a training
 * script, or a whole model as an object.
 *
 * @module
 */
import { foreignTensor } from "./foreign_tensors.ts";
import { moduleContents } from "./pickled_module.ts";
import {
  describe,
  dictIn,
  PickleDict,
  PickleList,
  PickleOpaque,
  PickleTuple,
  type PickleValue,
} from "./pickle_values.ts";
import { TorchTensor } from "./torch_pickle.ts";

/** A dict that holds tensors under names, or a whole model. */
export interface NamedViews {
  /** The keys from the root down to the dict. */
  readonly path: readonly string[];
  /** The tensors with their names, in order. A name may occur twice. */
  readonly views: readonly (readonly [name: PickleValue, view: TorchTensor])[];
  /** Other objects that stand between the tensors, by name: what they are. */
  readonly strangers: ReadonlyMap<string, string>;
  /** The layers of a whole model that are unusual, by name: what they are. */
  readonly unusual?: ReadonlyMap<string, string>;
  /** The dicts from the root down, which hold texts and numbers as well. */
  readonly dicts: readonly PickleDict[];
  /** Whether it is a whole model, not a dict. */
  readonly isModel: boolean;
}

/** The sets in a file, and what is there in their place. */
export interface FoundViews {
  readonly sets: NamedViews[];
  /** The first parameter that is a tensor of another kind, in a dict without a plain one. */
  readonly foreign?: { readonly name: string; readonly what: string };
}

/** The largest nesting depth of a state_dict. */
const MOST_LEVELS = 8;
/** The longest key of a dict on the way, in characters; the rest is cut. */
const MOST_KEY = 100;
/** The most sets of tensors; an optimiser may have one for each parameter. */
const MOST_SETS = 10_000;

interface Place {
  readonly value: PickleValue;
  readonly path: readonly string[];
  readonly dicts: readonly PickleDict[];
}

/** All sets of tensors, those of the outer dicts first. */
export function viewsIn(root: PickleValue): FoundViews {
  const found: NamedViews[] = [];
  let foreign: FoundViews["foreign"];
  let level: Place[] = [{ value: root, path: [], dicts: [] }];
  // A dict or list may occur in many places. It is searched where it occurs first.
  const seen = new Set<PickleValue>([containerOf(root)]);
  for (let depth = 0; depth <= MOST_LEVELS && level.length > 0; depth++) {
    const below: Place[] = [];
    for (const place of level) {
      const views = viewsAt(place);
      if (views === undefined) foreign ??= foreignAt(place.value);
      else if (found.length < MOST_SETS) found.push(views);
      // A whole model has all of its tensors already.
      if (views?.isModel) continue;
      for (const [key, value] of containersIn(place.value, depth === 0)) {
        const container = containerOf(value);
        if (seen.has(container)) continue;
        seen.add(container);
        below.push(placeBelow(place, key, value));
      }
    }
    level = below;
  }
  return { sets: found, ...(foreign && { foreign }) };
}

/** The first parameter in a dict that is a tensor of another kind. */
function foreignAt(value: PickleValue): FoundViews["foreign"] {
  const dict = dictIn(value);
  for (const [i, name] of dict?.keys.entries() ?? []) {
    const inner = dict!.values[i];
    const what = inner instanceof PickleOpaque ? foreignTensor(inner) : undefined;
    if (typeof name !== "string" || what === undefined) continue;
    if (/(weight|bias|running_mean|running_var)$/.test(name)) return { name, what };
  }
  return undefined;
}

/** The tensors directly in a dict, or anywhere in a whole model. */
function viewsAt({ value, path, dicts }: Place): NamedViews | undefined {
  const model = value instanceof PickleOpaque ? moduleContents(value) : undefined;
  if (model !== undefined) {
    const { tensors, unusual } = model;
    return { path, views: [...tensors], strangers: new Map(), unusual, dicts, isModel: true };
  }
  const dict = dictIn(value);
  if (dict === undefined) return undefined;
  const entries = dict.keys.map((key, i) => [key, dict.values[i]] as const);
  const views = entries.filter((entry): entry is [PickleValue, TorchTensor] =>
    entry[1] instanceof TorchTensor
  );
  if (!views.some(([name]) => typeof name === "string")) return undefined;
  const strangers = new Map<string, string>();
  for (const [key, inner] of entries) {
    if (typeof key === "string" && inner instanceof PickleOpaque) {
      strangers.set(key, foreignTensor(inner) ?? describe(inner));
    }
  }
  return { path, views, strangers, dicts: [...dicts, dict], isModel: false };
}

function placeBelow({ value: outer, path, dicts }: Place, key: string, value: PickleValue): Place {
  const dict = dictIn(outer);
  return {
    value,
    path: [...path, key.slice(0, MOST_KEY)],
    dicts: dict === undefined ? dicts : [...dicts, dict],
  };
}

/**
 * The containers under the texts of a dict, or in a list, with their keys. Numbers are keys of
 * whole networks, such as folds, in the outermost dict alone; further down, optimisers have them.
 */
function* containersIn(
  value: PickleValue,
  isOuter: boolean,
): Generator<[key: string, container: PickleValue]> {
  if (value instanceof PickleList || value instanceof PickleTuple) {
    for (const [index, item] of value.items.entries()) {
      if (isContainer(item)) yield [`[${index}]`, item];
    }
    return;
  }
  const dict = dictIn(value);
  for (const [i, key] of dict?.keys.entries() ?? []) {
    const inner = dict!.values[i];
    if (!isContainer(inner)) continue;
    if (typeof key === "string") yield [key, inner];
    else if (isOuter && typeof key === "number") yield [`[${key}]`, inner];
  }
}

/** What a search remembers: objects that share their attributes are searched once. */
function containerOf(value: PickleValue): PickleValue {
  return dictIn(value) ?? value;
}

function isContainer(value: PickleValue): boolean {
  return value instanceof PickleDict || value instanceof PickleList ||
    value instanceof PickleTuple || value instanceof PickleOpaque;
}
