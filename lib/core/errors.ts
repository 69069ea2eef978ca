/**
 * The errors that Sonoseg raises on purpose. Whatever else reaches the top is a bug and is shown
 * with its stack.
 *
 * @module
 */
import { Sentence } from "./sentence.ts";

/** An error whose message may mention settings and commands, for a front end to spell. */
abstract class SpokenError extends Error {
  /** The message with its mentions; `message` calls settings by their fields. */
  readonly sentence: Sentence;

  constructor(message: string | Sentence, options?: ErrorOptions) {
    super(String(message), options);
    this.sentence = typeof message === "string" ? new Sentence([message]) : message;
  }

  /** The setting that the message names first, such as `batch`; `undefined` where it names none. */
  get field(): string | undefined {
    return this.sentence.parts.filter((part) => typeof part !== "string")
      .find(({ kind }) => kind === "setting")?.name;
  }
}

/** Something the user can put right: a file, an option, a folder. The command line ends with 2. */
export class InputError extends SpokenError {
  override name = "InputError";
}

/** The machine cannot do it: no adapter, a lost device, no memory. The command line ends with 3. */
export class DeviceError extends SpokenError {
  override name = "DeviceError";
}

/** A GPU has less memory than is needed, which WebGPU tells only when it is taken. */
export class OutOfMemoryError extends DeviceError {
  override name = "OutOfMemoryError";
}

/** Runs `read`; an {@linkcode InputError} of it gets other words around its own. */
export function reworded<Result>(
  read: () => Result,
  words: (message: Sentence) => string | Sentence,
): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(words(error.sentence));
  }
}
