/**
 * Collects files that cannot be used, so that one error reports them together.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { Sentence } from "../core/sentence.ts";

const LISTED_FILES = 10;

/** The unusable files of a data set. */
export class BadFiles {
  readonly #problems: InputError[] = [];

  /** Whether any file was refused. */
  get any(): boolean {
    return this.#problems.length > 0;
  }

  /** Whether the list is full, so that the search can stop. */
  get isFull(): boolean {
    return this.#problems.length >= LISTED_FILES;
  }

  /** Adds the refused files of an image. */
  add(refused: readonly { readonly error: InputError }[]): void {
    for (const { error } of refused) this.#problems.push(error);
  }

  /** Throws {@linkcode InputError} that lists the first ten files, if there are any. */
  refuse(): void {
    if (!this.any) return;
    if (this.#problems.length === 1) throw this.#problems[0];
    const listed = this.#problems.slice(0, LISTED_FILES);
    const count = this.isFull ? `at least ${listed.length}` : `${listed.length}`;
    const lines = listed.flatMap(({ sentence }) => ["\n  ", ...sentence.parts]);
    throw new InputError(new Sentence([`${count} files cannot be used:`, ...lines]));
  }
}
