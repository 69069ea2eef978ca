/**
 * Collects files that cannot be used, so that one error reports them together.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";

const LISTED_FILES = 10;

/** The files of a data set that turned out to be of no use. */
export class BadFiles {
  readonly #problems: InputError[] = [];

  /** Whether there is any. */
  get any(): boolean {
    return this.#problems.length > 0;
  }

  /** Whether there are as many as are listed: looking for more is of no use. */
  get isFull(): boolean {
    return this.#problems.length >= LISTED_FILES;
  }

  /** Takes in the refused files of an image. */
  add(refused: readonly { readonly error: InputError }[]): void {
    this.#problems.push(...refused.map(({ error }) => error));
  }

  /** Throws {@linkcode InputError} that lists the first ten, if there is any. */
  refuse(): void {
    if (!this.any) return;
    if (this.#problems.length === 1) throw this.#problems[0];
    const lines = this.#problems.slice(0, LISTED_FILES).map(({ message }) => `  ${message}`);
    const count = this.isFull ? `at least ${lines.length}` : `${lines.length}`;
    throw new InputError(`${count} files cannot be used:\n${lines.join("\n")}`);
  }
}
