/**
 * Files of a run that are there for information, such as `timings.csv`. Nothing needs them, so a
 * damaged one counts as missing.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";

/** Receives a warning, a sentence. */
export type Warn = (text: string) => void;

/**
 * What `read` gives; `undefined` where it throws {@linkcode InputError}, of which `warn` gets the
 * message.
 */
export async function forInformation<Value>(
  read: () => Promise<Value>,
  warn: Warn = () => {},
): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    warn(`${error.message}; the file is for information, so it counts as missing`);
    return undefined;
  }
}
