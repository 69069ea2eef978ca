/**
 * When to write the report again while training goes on: as often as it may without holding training up.
 *
 * @module
 */

/** The share of the time that reports may take, at most. */
const SHARE = 0.01;

/** Decides by what the report has cost so far. */
export class ReportRefresh {
  readonly #now: () => number;
  readonly #begin: number;
  #spent = 0;
  #dearest: number;

  /** `firstMs` is what the first report is expected to take. */
  constructor(now: () => number = () => performance.now(), firstMs = 300) {
    this.#now = now;
    this.#begin = now();
    this.#dearest = firstMs;
  }

  /** Writes when one more report, as dear as the dearest so far, keeps to the share. */
  async whenDue(write: () => Promise<void>): Promise<boolean> {
    const from = this.#now();
    if (this.#spent + this.#dearest > SHARE * (from - this.#begin)) return false;
    await write();
    const taken = this.#now() - from;
    this.#spent += taken;
    this.#dearest = Math.max(this.#dearest, taken);
    return true;
  }
}
