/**
 * What a pickle holds, as inert records.
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

/** A dict, in order, with keys of any kind. A key that was set twice stands in it twice. */
export class PickleDict {
  readonly keys: PickleValue[] = [];
  readonly values: PickleValue[] = [];

  /** @param ordered Whether it is a collections.OrderedDict, which may have attributes. */
  constructor(readonly ordered: boolean) {}
}

/** Something that a pickle would have imported: only its name, the module's with a dot before it. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** What the rules of a reader make of a call or of a persistent id. */
export abstract class PickleObject {
  /** For sentences: "a tensor". */
  abstract readonly description: string;
}

/** Whatever a pickle can hold. Whole numbers beyond 2^53 are bigints. */
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

/** A short description of a value, for sentences. */
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
