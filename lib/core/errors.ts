/**
 * The errors that Sonoseg raises on purpose. Any other error that reaches the top is a bug and is
 * shown with its stack.
 *
 * @module
 */
import { Sentence, sentence } from "./sentence.ts";

/** An error whose message may mention settings and commands. The front end spells them. */
abstract class SpokenError extends Error {
  /** The message with its mentions. `message` names settings by their fields. */
  readonly sentence: Sentence;

  constructor(message: string | Sentence, options?: ErrorOptions) {
    const sentence = typeof message === "string" ? new Sentence([message]) : message;
    super(String(sentence), options);
    this.sentence = sentence;
  }

  /** The setting that the message names first, such as `batch`; `undefined` where it names none. */
  get field(): string | undefined {
    return this.sentence.parts.filter((part) => typeof part !== "string")
      .find(({ kind }) => kind === "setting")?.name;
  }
}

/** An error that the user can fix: in a file, an option, a folder. The exit status is 2. */
export class InputError extends SpokenError {
  override name = "InputError";
}

/** A failure of the machine: no adapter, a lost device, no memory. The exit status is 3. */
export class DeviceError extends SpokenError {
  override name = "DeviceError";
}

/** The GPU has too little memory. WebGPU reports this only when memory is allocated. */
export class OutOfMemoryError extends DeviceError {
  override name = "OutOfMemoryError";
}

/** Runs `read` and rewords the {@linkcode InputError} that it throws. */
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

/** Runs `read` and puts the name of the file before the {@linkcode InputError} that it throws. */
export function naming<Result>(source: string, read: () => Result): Result {
  return reworded(read, (why) => sentence`${source} cannot be used: ${why}`);
}
