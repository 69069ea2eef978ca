/**
 * The values of a pickle, as inert records.
 *
 * @module
 */
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

  /** @param ordered Whether it is a collections.OrderedDict, which may have attributes. */
  constructor(readonly ordered: boolean) {}
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

/** A short description of a value, for messages. */
export function describe(value: PickleValue): string {
  if (typeof value === "string") return quoted(value);
  if (value === null) return "None";
  if (typeof value !== "object") return String(value);
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof PickleTuple) return `a tuple of ${value.items.length}`;
  if (value instanceof PickleList) return `a list of ${value.items.length}`;
  if (value instanceof PickleDict) return `a dict of ${value.keys.length}`;
  return value instanceof PickleGlobal ? value.name : value.description;
}
