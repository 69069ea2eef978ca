/**
 * Displays training progress: on a terminal a bar that is redrawn in place, otherwise one plain
 * line per epoch. Both show the expected time after the first timed steps.
 *
 * @module
 */
import { type HistoryRow, type LoopEvent, visibleLine, visibleMessage } from "../../mod.ts";
import { duration, figure, plural } from "../words/words.ts";
import { barLine } from "./progress_bar.ts";

/** Options of a training display. */
export interface DisplayOptions {
  readonly epochs: number;
  /** The number of finished epochs at the start. */
  readonly start: number;
  readonly trainImages: number;
  readonly valImages: number;
  /** Whether to redraw a bar in place. */
  readonly terminal: boolean;
  /**
   * Returns the current width of the terminal. A longer line would wrap and could not be redrawn.
   */
  readonly columns: () => number;
  /** Writes text unchanged. */
  readonly write: (text: string) => void;
  /** Returns monotonic time in ms. */
  readonly now: () => number;
}

/** The number of first steps that compile and warm up. The estimate uses the later ones. */
const WARM_UP_STEPS = 2;
const TIMED_STEPS = 3;
/** The cost of a forward pass in evaluation, relative to a training step. */
const VALIDATION_COST = 1 / 3;
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

  constructor(options: DisplayOptions) {
    this.#options = options;
    this.#phaseStart = this.#before = options.now();
  }

  /** Called right before the first step. Earlier preparation time is not counted. */
  begin(): void {
    this.#beginPhase(this.#options.now());
  }

  /** Called after each batch. */
  batchDone(event: LoopEvent): void {
    const now = this.#options.now();
    this.#phaseImages += event.images;
    if (event.phase === "train") this.#estimate(event, now);
    const rate = (this.#phaseImages * 1000) / Math.max(1, now - this.#phaseStart);
    if (event.phase === "train") this.#trainRate = rate;
    const last = event.batch === event.batches;
    if (this.#options.terminal && (last || now - this.#drawn >= REDRAW_MS)) {
      this.#drawn = now;
      this.#options.write(`\r\x1b[K${bar(event, this.#options, rate)}`);
    }
    if (last) this.#beginPhase(now);
  }

  /** Called after each epoch. */
  epochDone(row: HistoryRow, best: boolean): void {
    this.#line(epochLine(row, best, this.#options, this.#trainRate));
    this.#beginPhase(this.#options.now());
  }

  /** Called when something fails that training does not need. */
  warn(text: string): void {
    this.#write(visibleMessage(`warning: ${text}`));
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
    if (this.#steps > WARM_UP_STEPS) {
      this.#timedImages += event.images;
      this.#timedMs += now - this.#before;
    }
    this.#before = now;
    if (this.#steps < WARM_UP_STEPS + TIMED_STEPS) return;
    this.#estimated = true;
    const { trainImages, valImages, epochs, start } = this.#options;
    const perImage = this.#timedMs / this.#timedImages;
    const perEpoch = perImage * (trainImages + valImages * VALIDATION_COST);
    const made = perImage * trainImages * (this.#madeBefore / event.batches);
    const rest = duration(perEpoch * (epochs - start) - made);
    const isResumed = start > 0 || made > 0;
    this.#line(
      `expected: about ${duration(perEpoch)} per epoch, ${rest} ${isResumed ? "to go" : "in all"}`,
    );
  }

  #line(text: string): void {
    this.#write(visibleLine(text));
  }

  #write(visible: string): void {
    this.#options.write(`${this.#options.terminal ? "\r\x1b[K" : ""}${visible}\n`);
  }
}

function bar(event: LoopEvent, options: DisplayOptions, rate: number): string {
  const images = event.phase === "train" ? options.trainImages : options.valImages;
  const left = ((images * (1 - event.batch / event.batches)) / rate) * 1000;
  const phase = event.phase === "train" ? "training" : "validate";
  const figures = [
    `${event.batch}/${event.batches}`,
    `${rate.toFixed(1)} images/s`,
    `loss ${figure(event.loss)}`,
    `${duration(left)} left`,
  ].join("  ");
  const before = `epoch ${event.epoch}/${options.epochs} ${phase}`;
  return barLine(before, event.batch / event.batches, figures, options.columns());
}

function epochLine(
  row: HistoryRow,
  best: boolean,
  { epochs }: DisplayOptions,
  rate: number,
): string {
  const parts = [
    `epoch ${String(row.epoch).padStart(String(epochs).length)}/${epochs}`,
    `train loss ${figure(row.trainLoss)}`,
  ];
  if (row.valLoss !== null) parts.push(`validation loss ${figure(row.valLoss)}`);
  if (row.valDice !== null) {
    parts.push(`validation Dice ${figure(row.valDice)}`, `IoU ${figure(row.valIou)}`);
  }
  if (row.lesionFree > 0) {
    parts.push(`false alarms ${row.falseAlarms} of ${plural(row.lesionFree, "lesion-free image")}`);
  }
  if (row.emaLoss !== undefined && row.emaLoss !== null) {
    parts.push(`averaged: loss ${figure(row.emaLoss)}`);
    if (row.emaDice !== null) parts.push(`Dice ${figure(row.emaDice!)}`);
  }
  parts.push(`${rate.toFixed(1)} images/s`);
  if (best) parts.push("best so far");
  return parts.join("  ");
}
