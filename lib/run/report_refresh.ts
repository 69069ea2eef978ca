/**
 * Decides when the report is written again during training, within a time budget. The first report
 * comes with the first epoch, whatever it costs, so that there is something to look at.
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
  #isFirst = true;
  #spent = 0;
  #dearest = 0;

  /** `now` returns monotonic time in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#begin = now();
  }

  /**
   * Writes the first report, and a later one if its cost, taken as the highest so far, stays within
   * the time budget. The first loads the charts' library, so it counts for the budget but not as
   * the cost of later ones. Returns whether it wrote. An `InputError`, such as a damaged file, does
   * not end training: `refused` receives its message.
   */
  async whenDue(write: () => Promise<void>, refused: (why: string) => void): Promise<boolean> {
    const from = this.#now();
    if (!this.#isFirst && this.#spent + this.#dearest > SHARE * (from - this.#begin)) return false;
    try {
      await write();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused(error.message);
    }
    const taken = this.#now() - from;
    this.#spent += taken;
    if (!this.#isFirst) this.#dearest = Math.max(this.#dearest, taken);
    this.#isFirst = false;
    return true;
  }
}
