/**
 * Reads the reference numbers. tests/golden holds a small set and is always present;
 * ../shared/reference holds all numbers and is optional. Both have one format: a JSON file that
 * lists cases, and safetensors beside it.
 *
 * @module
 */
import type { Tensors } from "../../lib/core/tensor.ts";
import { readSafetensors } from "../../lib/formats/safetensors.ts";

const GOLDEN = "tests/golden";
const COMPLETE = "../shared/reference";

/** A folder of reference numbers. */
export interface ReferenceFolder {
  /** A short label for test names. */
  readonly label: string;
  readonly path: string;
}

const complete: ReferenceFolder[] = isThere(COMPLETE)
  ? [{ label: "reference", path: COMPLETE }]
  : [];
if (complete.length === 0) {
  console.warn(
    `*** ${COMPLETE} is not there: only the small numbers of ${GOLDEN} are checked. ***`,
  );
}

/** The folders that hold `file` (a path inside them). */
export function foldersWith(file: string): ReferenceFolder[] {
  return [{ label: "golden", path: GOLDEN }, ...complete].filter(({ path }) =>
    isThere(`${path}/${file}`)
  );
}

/** Parses a JSON file in a folder; the caller states its type. */
export function loadJson<T>(folder: ReferenceFolder, file: string): T {
  return JSON.parse(Deno.readTextFileSync(`${folder.path}/${file}`));
}

/** The tensors of a safetensors file in a folder. */
export function loadTensors(folder: ReferenceFolder, file: string): Tensors {
  return readSafetensors(Deno.readFileSync(`${folder.path}/${file}`)).tensors;
}

/** The tensors of one case: `case/tensor` is renamed to `tensor`. */
export function caseTensors(tensors: Tensors, name: string): Tensors {
  return withPrefix(`${name}/`, tensors);
}

/** The tensors whose names begin with a prefix, without it. */
export function withPrefix(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
