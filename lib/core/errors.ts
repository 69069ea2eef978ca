/**
 * The errors that Sonoseg raises on purpose. Whatever else reaches the top is a bug and is shown with
 * its stack.
 *
 * @module
 */

/** Something the user can put right: a file, an option, a folder. The command line ends with 2. */
export class InputError extends Error {
  override name = "InputError";
}

/** The machine cannot do it: no adapter, a lost device, no memory. The command line ends with 3. */
export class DeviceError extends Error {
  override name = "DeviceError";
}

/** A GPU has less memory than is needed, which WebGPU tells only when it is taken. */
export class OutOfMemoryError extends DeviceError {
  override name = "OutOfMemoryError";
}

/** Runs `read`; an {@linkcode InputError} of it gets other words around its own. */
export function reworded<Result>(read: () => Result, words: (message: string) => string): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(words(error.message));
  }
}
