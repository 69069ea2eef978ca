/**
 * Displays training progress: on a terminal a bar that is redrawn in place, otherwise one plain
 * line per epoch. Both show the expected time after the first timed steps.
 *
 * @module
 */
import { FIRST_STEPS, type HistoryRow, type LoopEvent, visibleLine } from "../../mod.ts";
import { epochTime, expectedWords } from "../words/expected_words.ts";
import { EPOCH_FIGURES, epochBar, epochLine } from "./epoch_line.ts";

/** Options of a training display. */
export interface DisplayOptions {
  readonly epochs: number;
  /** The number of finished epochs at the start. */
  readonly start: number;
  readonly trainImages: number;
  readonly valImages: number;
  /** Whether to redraw a bar in place. */
  readonly terminal: boolean;
  /** Whether to write in colours. */
  readonly colours: boolean;
  /**
   * Returns the current width of the terminal. A longer line would wrap and could not be redrawn.
   */
  readonly columns: () => number;
  /** Writes text unchanged. */
  readonly write: (text: string) => void;
  /** Returns monotonic time in ms. */
  readonly now: () => number;
}

const REDRAW_MS = 100;

/** Displays a run. Its methods are callbacks of the training loop. */
export class TrainingDisplay {
  readonly #options: DisplayOptions;
  #steps = 0;
  #timedImages = 0;
  #timedMs = 0;
  #before: number;
  #estimated = false;
  /** The number of steps of the first epoch that an earlier session did. */
  #madeBefore = 0;
  #phaseStart: number;
  #phaseImages = 0;
  #drawn = -Infinity;
  #trainRate = 0;
  /** The expected time of an epoch, in ms: first from the timed steps, then that of the last. */
  #perEpoch: number | undefined;
  #epochStart: number;

  constructor(options: DisplayOptions) {
    this.#options = options;
    this.#phaseStart = this.#before = this.#epochStart = options.now();
  }

  /** Called right before the first step. Earlier preparation time is not counted. */
  begin(): void {
    this.#beginPhase(this.#options.now());
    this.#epochStart = this.#phaseStart;
    this.#line(EPOCH_FIGURES);
  }

  /** Called after each batch. */
  batchDone(event: LoopEvent): void {
    const now = this.#options.now();
    this.#phaseImages += event.images;
    if (event.phase === "train") this.#estimate(event, now);
    const rate = (this.#phaseImages * 1000) / Math.max(1, now - this.#phaseStart);
    const last = event.batch === event.batches;
    // An epoch is told when it is saved; by then the next one may have begun.
    if (event.phase === "train" && last) this.#trainRate = rate;
    if (this.#options.terminal && (last || now - this.#drawn >= REDRAW_MS)) {
      this.#drawn = now;
      this.#options.write(`\r\x1b[K${this.#bar(event, rate, now)}`);
    }
    if (last) this.#beginPhase(now);
  }

  /** Called after each epoch. */
  epochDone(row: HistoryRow, best: boolean): void {
    const { epochs, terminal, columns, colours, now } = this.#options;
    const ended = { row, best, epochs, rate: this.#trainRate };
    // Nothing in the line comes from a file.
    this.#write(epochLine(ended, terminal ? columns() : Infinity, colours));
    const time = now();
    // The first epoch of a session may be a part of one, and makes what later ones need.
    if (row.epoch > this.#options.start + 1) this.#perEpoch = time - this.#epochStart;
    this.#epochStart = time;
    this.#beginPhase(time);
  }

  /** Ends the bar so that other text can follow. */
  end(): void {
    if (this.#options.terminal) this.#options.write("\r\x1b[K");
  }

  #beginPhase(now: number): void {
    this.#phaseStart = this.#before = now;
    this.#phaseImages = 0;
  }

  #estimate(event: LoopEvent, now: number): void {
    if (this.#estimated) return;
    if (this.#steps++ === 0) this.#madeBefore = event.batch - 1;
    if (this.#steps > FIRST_STEPS.warmUp) {
      this.#timedImages += event.images;
      this.#timedMs += now - this.#before;
    }
    this.#before = now;
    if (this.#steps < FIRST_STEPS.warmUp + FIRST_STEPS.timed) return;
    this.#estimated = true;
    const { epochs, start } = this.#options;
    const perImage = this.#timedMs / this.#timedImages;
    const perEpoch = this.#perEpoch = epochTime(perImage, this.#options);
    const made = perImage * this.#options.trainImages * (this.#madeBefore / event.batches);
    const isResumed = start > 0 || made > 0;
    this.#line(expectedWords(perEpoch, perEpoch * (epochs - start) - made, isResumed));
  }

  #bar(event: LoopEvent, rate: number, now: number): string {
    const { epochs, trainImages, valImages, columns } = this.#options;
    const images = event.phase === "train" ? trainImages : valImages;
    const left = ((images * (1 - event.batch / event.batches)) / rate) * 1000;
    const perEpoch = this.#perEpoch;
    const ofEpoch = Math.max(left, (perEpoch ?? 0) - (now - this.#epochStart));
    const runLeft = perEpoch === undefined
      ? undefined
      : ofEpoch + perEpoch * (epochs - event.epoch);
    return epochBar({ event, epochs, rate, left, runLeft }, columns());
  }

  #line(text: string): void {
    this.#write(visibleLine(text));
  }

  #write(visible: string): void {
    this.#options.write(`${this.#options.terminal ? "\r\x1b[K" : ""}${visible}\n`);
  }
}
