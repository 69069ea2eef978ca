/**
 * Decides when the report is written again during training, within a time budget.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";

/** The largest share of the elapsed time that reports may take. */
const SHARE = 0.01;

/** Limits reports by the cost of the earlier ones. */
export class ReportRefresh {
  readonly #now: () => number;
  readonly #begin: number;
  #spent = 0;
  #dearest: number;

  /**
   * `firstMs` is the expected time of the first report, in ms. `now` returns monotonic time in ms.
   */
  constructor(now: () => number = () => performance.now(), firstMs = 300) {
    this.#now = now;
    this.#begin = now();
    this.#dearest = firstMs;
  }

  /**
   * Writes a report if its cost, taken as the highest so far, stays within the time budget. Returns
   * whether it did. An `InputError`, such as a damaged file, does not end training: `refused`
   * receives its message.
   */
  async whenDue(write: () => Promise<void>, refused: (why: string) => void): Promise<boolean> {
    const from = this.#now();
    if (this.#spent + this.#dearest > SHARE * (from - this.#begin)) return false;
    try {
      await write();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused(error.message);
    }
    const taken = this.#now() - from;
    this.#spent += taken;
    this.#dearest = Math.max(this.#dearest, taken);
    return true;
  }
}
