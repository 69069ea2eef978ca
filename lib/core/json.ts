/**
 * Reading JSON of which every field is checked.
 *
 * @module
 */
import { InputError } from "./errors.ts";

/** Parses JSON; throws {@linkcode InputError}, naming the file. */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(`${source} is no JSON; expected a file that Sonoseg wrote`);
  }
}

/** A JSON object, or an {@linkcode InputError} that says what it should have been. */
export function record(json: unknown, what: string): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new InputError(`${what} is no JSON object`);
  }
  return json as Record<string, unknown>;
}
