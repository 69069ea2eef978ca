/**
 * A queue of calls on an object that can run one call at a time.
 *
 * @module
 */

/** Runs asynchronous calls one after the other, in the order of arrival, until it is closed. */
export class SerialCalls {
  readonly #what: string;
  readonly #release: () => void;
  /** The number of calls that run or wait. */
  #pending = 0;
  /** Resolves when the last of them ends. */
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  /**
   * @param what The object of the calls, for error messages: "the trainer".
   * @param release Called once, when the queue is closed and no call runs.
   */
  constructor(what: string, release: () => void) {
    this.#what = what;
    this.#release = release;
  }

  /**
   * Runs a call: at once if no other runs, else after the earlier ones. Rejects after
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

  /** Throws if the queue is closed. */
  check(): void {
    if (this.#closed) throw new Error(`${this.#what} is closed and takes no more calls`);
  }

  /** Rejects all waiting and later calls. The call that runs is completed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#pending === 0) this.#release();
    else this.#last.then(this.#release);
  }
}
