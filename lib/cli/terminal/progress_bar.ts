/**
 * Displays progress on a list of items: on a terminal a bar that is redrawn in place, otherwise a
 * plain line at intervals.
 *
 * @module
 */
import type { TrainDisplay } from "../../mod.ts";
import { duration } from "../words/words.ts";
import { barLine, joined } from "./fitted.ts";
import type { Say } from "./say.ts";

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 15_000;

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
    const before = [{ text: doing, rank: 2 }];
    const figures = [
      { text: `${count}/${total}`, rank: 0 },
      { text: `${rate.toFixed(1)} ${things}/s`, rank: 4 },
      { text: `${duration((1000 * (total - count)) / rate)} left`, rank: 1 },
    ];
    if (say.terminal) {
      say.write(`\r\x1b[K${barLine(before, count / total, figures, say.columns())}`);
    } else {
      say.line(joined([...before, ...figures]));
    }
  }

  /** Removes the bar so that other text can follow. */
  end(): void {
    if (this.#options.say.terminal) this.#options.say.write("\r\x1b[K");
  }
}

/** Tells on a terminal how many images are read. The line vanishes at the end. */
export function readingLine(say: Say): Required<Pick<TrainDisplay, "reading" | "readingEnded">> {
  const redraw = (text: string) => {
    if (say.terminal) say.write(`\r\x1b[K${text}`);
  };
  return {
    reading: (done, total) => redraw(`reading images: ${done} of ${total}`),
    readingEnded: () => redraw(""),
  };
}
