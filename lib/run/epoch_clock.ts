/** Measures the epochs of a session. @module */
import type { Progress } from "../train/progress.ts";
import { Timings } from "./timings.ts";

/** Measures the times of the parts of an epoch in this session. */
export class EpochClock {
  #finished: number;
  #from = performance.now();
  #trained = performance.now();
  #images = 0;

  constructor(start: Progress) {
    this.#finished = start.epoch;
  }

  start(): void {
    this.#from = this.#trained = performance.now();
    this.#images = 0;
  }

  batchDone(phase: "train" | "validation", images: number): void {
    if (phase !== "train") return;
    this.#trained = performance.now();
    this.#images += images;
  }

  /** Records the epoch if it is a new one. Returns whether it is. */
  finishEpoch(epoch: number, timings: Timings): boolean {
    if (epoch === this.#finished) return false;
    this.#finished = epoch;
    const now = performance.now();
    timings.add(epoch, this.#images, this.#trained - this.#from, now - this.#trained, new Date());
    return true;
  }
}
