/**
 * Work on a list of things as it is seen: on a terminal a bar that is redrawn in place, otherwise a
 * plain line now and then.
 *
 * @module
 */
import { duration } from "../words/words.ts";
import type { Say } from "./say.ts";

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 15_000;
const WIDEST_BAR = 24;
/** A narrower bar says nothing; the line goes without. */
const NARROWEST_BAR = 4;

/** What a bar shows. */
export interface ProgressOptions {
  /** What is done: "evaluating". */
  readonly doing: string;
  /** What it is done to: "images". */
  readonly things: string;
  readonly total: number;
  readonly say: Say;
  /** Milliseconds that only go forward. */
  readonly now?: () => number;
}

/** Shows how many of the things are done, how fast, and how long the others will take. */
export class ProgressBar {
  readonly #options: Required<ProgressOptions>;
  readonly #start: number;
  #shown: number;

  constructor(options: ProgressOptions) {
    this.#options = { now: () => performance.now(), ...options };
    this.#start = this.#options.now();
    this.#shown = options.say.terminal ? -Infinity : this.#start;
  }

  /** After each thing: how many are done. */
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

  /** Takes the bar away, so that other text can follow. */
  end(): void {
    if (this.#options.say.terminal) this.#options.say.write("\r\x1b[K");
  }
}

/** One line that fits into so many columns: the bar takes what the words leave. */
export function barLine(before: string, share: number, after: string, columns: number): string {
  // The last column stays free: some terminals wrap as soon as it is written.
  const room = columns - 1;
  const width = Math.min(WIDEST_BAR, room - before.length - after.length - "  [] ".length);
  const filled = Math.round(share * width);
  const bar = width < NARROWEST_BAR ? "" : `[${"#".repeat(filled)}${".".repeat(width - filled)}] `;
  return `${before}  ${bar}${after}`.slice(0, Math.max(0, room));
}
