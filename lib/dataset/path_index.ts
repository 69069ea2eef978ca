/**
 * Finds paths by other forms of their names.
 *
 * @module
 */
import { MOST_DEPTH } from "../store/walk.ts";

/** Paths by each of their forms. */
export function indexOf(
  paths: readonly string[],
  formsOf: (path: string) => readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  for (const path of paths) {
    for (const form of new Set(formsOf(path))) append(index, form, path);
  }
  return index;
}

/** Adds a value to the list of a key. */
export function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}

/** A path and all its ends, the longest first: "a/b/c", "b/c", "c". */
export function endsOf(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "").slice(-MOST_DEPTH);
  return parts.map((_, k) => parts.slice(k).join("/"));
}
