/**
 * When to write the report again while training goes on: as often as it may without holding
 * training up.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";

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

  /**
   * Writes when one more report, as dear as the dearest so far, keeps to the share. A damaged file
   * that it would show must not end training: `refused` is told what is wrong.
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
