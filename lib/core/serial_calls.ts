/**
 * Calls on something that can do one thing at a time.
 *
 * @module
 */

/**
 * Runs asynchronous calls one after the other, in the order in which they come, until it is closed.
 */
export class SerialCalls {
  readonly #what: string;
  readonly #release: () => void;
  /** Calls that run or wait. */
  #pending = 0;
  /** Ends with the last of them. */
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  /**
   * @param what What the calls are made on, for the refusal: "the trainer".
   * @param release Called once, when it is closed and nothing runs.
   */
  constructor(what: string, release: () => void) {
    this.#what = what;
    this.#release = release;
  }

  /**
   * Runs a call: at once if no other runs, else after those that came before. Rejects after
   * {@linkcode close}.
   */
  run<Result>(call: () => Promise<Result>): Promise<Result> {
    const start = async () => {
      this.check();
      return await call();
    };
    const result = this.#pending === 0 ? start() : this.#last.then(start);
    this.#pending++;
    const end = () => void this.#pending--;
    this.#last = result.then(end, end);
    return result;
  }

  /** Throws if it is closed. */
  check(): void {
    if (this.#closed) throw new Error(`${this.#what} is closed and takes no more calls`);
  }

  /** Refuses the calls that wait and those to come. The call that runs goes on to its end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#pending === 0) this.#release();
    else this.#last.then(this.#release);
  }
}
