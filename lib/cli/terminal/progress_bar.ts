/**
 * Displays progress on a list of items: on a terminal a bar that is redrawn in place, otherwise a
 * plain line at intervals.
 *
 * @module
 */
import { duration } from "../words/words.ts";
import type { Say } from "./say.ts";

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 15_000;
const WIDEST_BAR = 24;
/** The smallest useful width of the bar, in characters. A narrower line has no bar. */
const NARROWEST_BAR = 4;

/** Options of a progress bar. */
export interface ProgressOptions {
  /** The activity: "evaluating". */
  readonly doing: string;
  /** The items: "images". */
  readonly things: string;
  readonly total: number;
  readonly say: Say;
  /** Returns monotonic time in ms. */
  readonly now?: () => number;
}

/** Displays the number of finished items, the rate, and the remaining time. */
export class ProgressBar {
  readonly #options: Required<ProgressOptions>;
  readonly #start: number;
  #shown: number;

  constructor(options: ProgressOptions) {
    this.#options = { now: () => performance.now(), ...options };
    this.#start = this.#options.now();
    this.#shown = options.say.terminal ? -Infinity : this.#start;
  }

  /** Called after each item with the number of finished items. */
  done(count: number): void {
    const { doing, things, total, say, now } = this.#options;
    const time = now();
    if (time - this.#shown < (say.terminal ? REDRAW_MS : PLAIN_LINE_MS)) return;
    this.#shown = time;
    const rate = (1000 * count) / Math.max(1, time - this.#start);
    const figures = [
      `${count}/${total}`,
      `${rate.toFixed(1)} ${things}/s`,
      `${duration((1000 * (total - count)) / rate)} left`,
    ].join("  ");
    if (say.terminal) {
      say.write(`\r\x1b[K${barLine(doing, count / total, figures, say.columns())}`);
    } else {
      say.line(`${doing}  ${figures}`);
    }
  }

  /** Removes the bar so that other text can follow. */
  end(): void {
    if (this.#options.say.terminal) this.#options.say.write("\r\x1b[K");
  }
}

/** A line that fits into `columns` characters. The bar takes the space that the text leaves. */
export function barLine(before: string, share: number, after: string, columns: number): string {
  // The last column stays free, since some terminals wrap as soon as it is written.
  const room = columns - 1;
  const width = Math.min(WIDEST_BAR, room - before.length - after.length - "  [] ".length);
  const filled = Math.round(share * width);
  const bar = width < NARROWEST_BAR ? "" : `[${"#".repeat(filled)}${".".repeat(width - filled)}] `;
  return `${before}  ${bar}${after}`.slice(0, Math.max(0, room));
}
