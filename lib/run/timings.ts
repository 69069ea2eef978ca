/**
 * `timings.csv`: how long each epoch took. Apart from the history, since it differs from run to
 * run.
 *
 * @module
 */
import { parse, stringify } from "@std/csv";
import type { EpochTiming } from "../report/curves.ts";

const COLUMNS = ["epoch", "train_seconds", "val_seconds", "train_images_per_second", "finished"];

/** The epochs timed so far, as rows of text. */
export class Timings {
  #rows: Record<string, string>[];

  /** Begins with what an earlier session wrote, up to the epoch from which the run goes on. */
  constructor(text = "", finishedEpochs = 0) {
    const rows = text.trim() === "" ? [] : parse(text, { skipFirstRow: true });
    // Earlier versions wrote `test_seconds`.
    for (const row of rows) row.val_seconds ??= row.test_seconds;
    this.#rows = rows.filter(({ epoch }) => Number(epoch) <= finishedEpochs);
  }

  /** Adds an epoch; `trainImages` are those trained on in this session. */
  add(epoch: number, trainImages: number, trainMs: number, testMs: number, finished: Date): void {
    this.#rows.push({
      epoch: String(epoch),
      train_seconds: (trainMs / 1000).toFixed(3),
      val_seconds: (testMs / 1000).toFixed(3),
      train_images_per_second: ((1000 * trainImages) / Math.max(trainMs, 0.001)).toFixed(2),
      finished: finished.toISOString(),
    });
  }

  /** The epochs as numbers; rows that are none are left out. */
  epochs(): EpochTiming[] {
    return this.#rows.map((row) => ({
      epoch: Number(row.epoch),
      trainSeconds: Number(row.train_seconds),
      valSeconds: Number(row.val_seconds),
      imagesPerSecond: Number(row.train_images_per_second),
    })).filter((row) => Object.values(row).every(Number.isFinite));
  }

  /** The text of the file. */
  toCsv(): string {
    return stringify(this.#rows, { columns: COLUMNS }).replaceAll("\r\n", "\n");
  }
}
