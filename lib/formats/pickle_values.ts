/**
 * The values of a pickle, as inert records.
 *
 * @module
 */
import { printable } from "../core/printable.ts";
import { quoted } from "./byte_reader.ts";

/** A tuple. */
export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

/** A list; it grows while the pickle is read. */
export class PickleList {
  readonly items: PickleValue[] = [];
}

/** A dict in insertion order, with keys of any kind. A key that was set twice occurs twice. */
export class PickleDict {
  readonly keys: PickleValue[] = [];
  readonly values: PickleValue[] = [];
  /** The attributes, of an OrderedDict. */
  attributes: PickleDict | undefined;
  /** The place of each key, made when it is first asked for. */
  #places: Map<PickleValue, number> | undefined;

  /** @param ordered Whether it is a collections.OrderedDict, which may have attributes. */
  constructor(readonly ordered: boolean) {}

  /** The value of a key, as it was set last; only for a dict that no longer grows. */
  get(key: string): PickleValue | undefined {
    this.#places ??= new Map(this.keys.map((name, place) => [name, place]));
    return this.values[this.#places.get(key) ?? -1];
  }
}

/** A global that a pickle imports: only its name, "module.name". */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** The result of a reader's rules for a call or a persistent id. */
export abstract class PickleObject {
  /** The description in messages: "a tensor". */
  abstract readonly description: string;
}

/**
 * Stands for an object of a class, or the result of a function, that the reader does not know. The
 * class is not imported and the function is not called: what the pickle says of the object is kept
 * as data.
 */
export class PickleOpaque extends PickleObject {
  /** The attributes: usually a dict, or a tuple of two dicts. */
  state: PickleValue = null;
  /** The items of a subclass of dict. */
  items: PickleDict | undefined;

  /** @param name The name of the class or function. */
  constructor(readonly name: string) {
    super();
  }

  get description(): string {
    return `an object of ${printable(this.name)}`;
  }
}

/** Any value of a pickle. Whole numbers beyond 2^53 are bigints. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleList
  | PickleDict
  | PickleGlobal
  | PickleObject;

/** The dict in a value: a dict itself, the items of an object, or its attributes. */
export function dictIn(value: PickleValue | undefined): PickleDict | undefined {
  if (value instanceof PickleDict) return value;
  if (!(value instanceof PickleOpaque)) return undefined;
  const { items } = value;
  return items !== undefined && items.keys.length > 0 ? items : attributesOf(value);
}

/** The attributes of an object. */
export function attributesOf({ state }: PickleOpaque): PickleDict | undefined {
  // A class with __slots__ has a tuple: its dict, or None, and the dict of its slots.
  const dicts = state instanceof PickleTuple ? state.items.slice(0, 2) : [state];
  return dicts.find((dict) => dict instanceof PickleDict);
}

/** A short description of a value, for messages. */
export function describe(value: PickleValue): string {
  if (typeof value === "string") return quoted(value);
  if (value === null) return "None";
  if (typeof value !== "object") return String(value);
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof PickleTuple) return `a tuple of ${value.items.length}`;
  if (value instanceof PickleList) return `a list of ${value.items.length}`;
  if (value instanceof PickleDict) return `a dict of ${value.keys.length}`;
  return value instanceof PickleGlobal ? printable(value.name) : value.description;
}
