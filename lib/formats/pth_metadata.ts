/**
 * The texts and numbers that a training script stored beside the tensors.
 *
 * @module
 */
import { PickleDict, PickleList, PickleTuple, type PickleValue } from "./pickle_values.ts";

const MOST_LIST_ITEMS = 256;
const MOST_TEXT = 10_000;
/** The limit of all texts together: one list may stand under very many names. */
const MOST_IN_ALL = 1_000_000;

/**
 * The plain values of some dicts and of their attributes: texts unchanged, numbers and flat lists
 * as JSON.
 */
export function plainValues(dicts: readonly PickleDict[]): Record<string, string> {
  const metadata: Record<string, string> = Object.create(null);
  let left = MOST_IN_ALL;
  for (const dict of dicts.flatMap((outer) => [outer, outer.attributes ?? []].flat())) {
    for (const [i, key] of dict.keys.entries()) {
      if (left < 0) return metadata;
      if (typeof key !== "string" || key in metadata) continue;
      const value = dict.values[i];
      const text = typeof value === "string" && value.length > MOST_TEXT
        ? undefined
        : textOf(value);
      left -= text?.length ?? 1;
      if (text !== undefined && text.length <= MOST_TEXT) metadata[key] = text;
    }
  }
  return metadata;
}

function textOf(value: PickleValue): string | undefined {
  const plain = plainOf(value);
  return typeof plain === "string" || plain === undefined ? plain : JSON.stringify(plain);
}

type Plain = string | number | boolean | null;

function plainOf(value: PickleValue): Plain | Plain[] | undefined {
  if (!(value instanceof PickleList || value instanceof PickleTuple)) return scalarOf(value);
  if (value.items.length > MOST_LIST_ITEMS) return undefined;
  const plain = value.items.map((item) =>
    typeof item === "string" && item.length > MOST_TEXT ? undefined : scalarOf(item)
  );
  return plain.every((item) => item !== undefined) ? plain : undefined;
}

/** Converts numbers outside JSON (bigints, NaN) to text. */
function scalarOf(value: PickleValue): Plain | undefined {
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) {
    return String(value);
  }
  return typeof value !== "object" || value === null ? value : undefined;
}
