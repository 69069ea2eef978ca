/**
 * Validates JSON: small readers are combined into the shape of a file. Entries outside the shape
 * are dropped.
 *
 * @module
 */
import { InputError } from "./errors.ts";
import { brief } from "./visible.ts";

/**
 * Checks a value and returns it. Throws {@linkcode InputError} with the place of the value: `at` is
 * its path in the file, empty for the whole file.
 */
export interface Reader<Value> {
  (json: unknown, at?: string): Value;
  /** Whether an object may lack the key. */
  readonly mayBeAbsent?: true;
}

/** The largest number of values in a file and of keys in an object, and the deepest nesting. */
const MOST_VALUES = 20_000_000;
const MOST_KEYS = 1_000_000;
const DEEPEST = 100;

/**
 * Parses JSON. Throws {@linkcode InputError} with the name of the file and the expected content,
 * and for more values than the engine can hold.
 */
export function parseJson(
  text: string,
  source: string,
  expected = "a file that Sonoseg wrote",
): unknown {
  const excess = excessOf(text);
  if (excess !== undefined) throw new InputError(`${source} ${excess}; expected ${expected}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(`${source} is no JSON; expected ${expected}`);
  }
}

/** The characters that give JSON its shape. */
const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = '"\\,[]{}'
  .split("").map((character) => character.charCodeAt(0));

/** What a text has too much of, found without parsing; `undefined` for nothing. */
function excessOf(text: string): string | undefined {
  let values = 0;
  let depth = 0;
  /** For each open list or object: how many keys it may still have. */
  const keysLeft = new Float64Array(DEEPEST + 1);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth = Math.max(0, depth - 1);
    else if (code === COMMA || code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++values > MOST_VALUES) return `holds more than ${MOST_VALUES} values`;
      if (code !== COMMA) {
        if (++depth > DEEPEST) return `is nested more than ${DEEPEST} deep`;
        keysLeft[depth] = code === OPEN_OBJECT ? MOST_KEYS : Infinity;
      } else if ((keysLeft[depth] -= 1) === 0) {
        return `has an object of more than ${MOST_KEYS} keys`;
      }
    }
  }
}

/** The index of the quote that ends the string from `start`; the end of the text if none does. */
export function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return text.length;
}

/** Whether a value is a JSON object. */
export function isRecord(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** Returns a JSON object. Throws {@linkcode InputError}, naming what was expected, otherwise. */
export function record(json: unknown, what: string): Record<string, unknown> {
  if (!isRecord(json)) throw new InputError(`${what} is no JSON object`);
  return json;
}

/** Whether a reader accepts a value. */
export function fits<Value>(reader: Reader<Value>, json: unknown): json is Value {
  try {
    reader(json);
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return false;
  }
}

/** Accepts every value unchanged. */
export const anything: Reader<unknown> = (json) => json;

export const text: Reader<string> = (json, at = "") => {
  if (typeof json !== "string") throw new InputError(`${named(at)} is no text`);
  return json;
};

export const number: Reader<number> = (json, at = "") => {
  if (typeof json !== "number" || !Number.isFinite(json)) {
    throw new InputError(`${named(at)} is no number`);
  }
  return json;
};

export const flag: Reader<boolean> = (json, at = "") => {
  if (typeof json !== "boolean") throw new InputError(`${named(at)} is neither true nor false`);
  return json;
};

/** A whole number from `least` to `most`. */
export function whole(least = 0, most = Number.MAX_SAFE_INTEGER): Reader<number> {
  return checked(number, (value) => {
    if (Number.isInteger(value) && value >= least && value <= most) return undefined;
    const limit = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
    return `is ${value}, expected a whole number from ${least}${limit}`;
  });
}

/** One of a few values. */
export function oneOf<const Value extends string | number>(...values: Value[]): Reader<Value> {
  return (json, at = "") => {
    if (values.includes(json as Value)) return json as Value;
    const shown = values.map((value) => JSON.stringify(value)).join(" or ");
    throw new InputError(
      `${named(at)} is ${brief(JSON.stringify(json) ?? "absent")}, expected ${shown}`,
    );
  };
}

export function orNull<Value>(reader: Reader<Value>): Reader<Value | null> {
  return (json, at = "") => json === null ? null : reader(json, at);
}

/** An object's key that may be missing. It is then missing from the result too. */
export function optional<Value>(reader: Reader<Value>): Reader<Value | undefined> {
  return Object.assign(
    (json: unknown, at?: string) => reader(json, at),
    {
      mayBeAbsent: true,
    } as const,
  );
}

/** A list with a minimum or an exact number of items. */
export function list<Value>(
  reader: Reader<Value>,
  { least = 0, exactly }: { readonly least?: number; readonly exactly?: number } = {},
): Reader<Value[]> {
  return (json, at = "") => {
    if (!Array.isArray(json)) throw new InputError(`${named(at)} is no list`);
    if (exactly !== undefined ? json.length !== exactly : json.length < least) {
      const expected = exactly ?? `at least ${least}`;
      throw new InputError(`${named(at)} has ${json.length} items, expected ${expected}`);
    }
    return json.map((item, index) => reader(item, `${at}[${index}]`));
  };
}

/** A list of numbers as a tuple: `numbers<[x: number, y: number]>(2)`. */
export function numbers<Tuple extends readonly number[]>(count: Tuple["length"]): Reader<Tuple> {
  return list(number, { exactly: count }) as Reader<unknown> as Reader<Tuple>;
}

/** An object with these keys. */
export function object<Value>(
  readers: { readonly [Key in keyof Value]-?: Reader<Value[Key]> },
): Reader<Value> {
  const entries = Object.entries(readers) as [string, Reader<unknown>][];
  return (json, at = "") => {
    const given = record(json, named(at));
    const read = entries.flatMap(([key, reader]) => {
      const place = inside(at, key);
      if (Object.hasOwn(given, key)) return [[key, reader(given[key], place)]];
      if (reader.mayBeAbsent) return [];
      throw new InputError(`it has no ${place}`);
    });
    return Object.fromEntries(read) as Value;
  };
}

/**
 * Reads an object of an earlier version as well, in which keys had other names: `{ now: before }`.
 */
export function formerly<Value>(
  names: Readonly<Record<string, string>>,
  reader: Reader<Value>,
): Reader<Value> {
  return (json, at) => reader(isRecord(json) ? renamed(json, names) : json, at);
}

/** An object under its present names; a key that is there under both keeps the present one. */
function renamed(
  json: Record<string, unknown>,
  names: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const found = Object.entries(names).filter(([now, before]) =>
    !Object.hasOwn(json, now) && Object.hasOwn(json, before)
  );
  return { ...json, ...Object.fromEntries(found.map(([now, before]) => [now, json[before]])) };
}

/** An object with the same reader for each of some keys. */
export function objectOf<Key extends string, Value>(
  keys: readonly Key[],
  reader: Reader<Value>,
): Reader<Record<Key, Value>> {
  const readers = Object.fromEntries(keys.map((key) => [key, reader]));
  return object(readers as Parameters<typeof object<Record<Key, Value>>>[0]);
}

/** An object with any keys. */
export function table<Value>(reader: Reader<Value>): Reader<Record<string, Value>> {
  return (json, at = "") => {
    const entries = Object.entries(record(json, named(at)));
    return Object.fromEntries(entries.map(([key, value]) => [key, reader(value, inside(at, key))]));
  };
}

/**
 * Adds a condition to a reader. `problem` describes what is wrong with a value: "is 3, expected 4".
 */
export function checked<Value>(
  reader: Reader<Value>,
  problem: (value: Value) => string | undefined,
): Reader<Value> {
  return (json, at = "") => {
    const value = reader(json, at);
    const words = problem(value);
    if (words !== undefined) throw new InputError(`${named(at)} ${words}`);
    return value;
  };
}

function named(at: string): string {
  return at === "" ? "it" : at;
}

function inside(at: string, key: string): string {
  return at === "" ? key : `${at}.${key}`;
}
