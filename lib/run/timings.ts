/**
 * `timings.csv`: the time of each epoch. It is separate from the history because it differs between
 * equal runs.
 *
 * @module
 */
import { parse } from "@std/csv";
import { checkLines, csvText } from "../core/csv.ts";
import { InputError } from "../core/errors.ts";
import { TEXT_LIMITS } from "../core/text.ts";
import type { EpochTiming } from "../report/curves.ts";
import { FILES, type RunFolder } from "./run_folder.ts";

const COLUMNS = ["epoch", "train_seconds", "val_seconds", "train_images_per_second", "finished"];
const HEAD = COLUMNS.join(",");
const FORMER_HEAD = HEAD.replace("val_seconds", "test_seconds");

/** A row of the file, under the names of its columns. */
type Row = Readonly<Record<string, string>>;

/** The epochs timed so far. */
export class Timings {
  readonly #rows: Row[];

  constructor(rows: readonly Row[] = []) {
    this.#rows = [...rows];
  }

  /**
   * Reads the file, up to the epoch at which the run resumes.
   *
   * @throws {InputError} for other text; the message names `source`.
   */
  static fromCsv(text: string, source: string, finishedEpochs = Infinity): Timings {
    // Earlier versions wrote `test_seconds`.
    const now = text.replace(FORMER_HEAD, HEAD);
    if (!now.startsWith(HEAD)) throw new InputError(`${source} does not begin with "${HEAD}"`);
    checkLines(now, source);
    let rows: Record<string, string>[];
    try {
      rows = parse(now, { skipFirstRow: true });
    } catch (error) {
      throw new InputError(`${source} is no table: ${(error as Error).message}`);
    }
    const bad = rows.findIndex((row) => !isRow(row));
    if (bad >= 0) throw new InputError(`row ${bad + 1} of ${source} is no epoch with its times`);
    return new Timings(rows.filter(({ epoch }) => Number(epoch) <= finishedEpochs));
  }

  /** Adds an epoch. Times are in ms; `trainImages` counts the images trained on in this session. */
  add(epoch: number, trainImages: number, trainMs: number, testMs: number, finished: Date): void {
    this.#rows.push({
      epoch: String(epoch),
      train_seconds: (trainMs / 1000).toFixed(3),
      val_seconds: (testMs / 1000).toFixed(3),
      train_images_per_second: ((1000 * trainImages) / Math.max(trainMs, 0.001)).toFixed(2),
      finished: finished.toISOString(),
    });
  }

  /** The epochs as numbers. */
  epochs(): EpochTiming[] {
    return this.#rows.map((row) => ({
      epoch: Number(row.epoch),
      trainSeconds: Number(row.train_seconds),
      valSeconds: Number(row.val_seconds),
      imagesPerSecond: Number(row.train_images_per_second),
    }));
  }

  /** When the last epoch was finished, as ISO time. */
  finished(): string | undefined {
    return this.#rows.at(-1)?.finished;
  }

  /** When an epoch ended, in seconds since 1970; `undefined` where that is not known. */
  finishedAt(epoch: number): number | undefined {
    const row = this.#rows.find((row) => Number(row.epoch) === epoch);
    return row && Date.parse(row.finished) / 1000;
  }

  /** The text of the file. */
  toCsv(): string {
    return csvText(COLUMNS, this.#rows);
  }
}

/** Whether a row has an epoch, times and a date. */
function isRow(row: Partial<Row>): row is Row {
  const [epoch, ...times] = COLUMNS.slice(0, -1).map((name) => Number(row[name] || NaN));
  return Number.isSafeInteger(epoch) && epoch > 0 &&
    times.every((time) => Number.isFinite(time) && time >= 0) &&
    !Number.isNaN(Date.parse(row.finished ?? ""));
}

/**
 * The timings of a run, empty where it has none.
 *
 * @throws {InputError} if the file is damaged.
 */
export async function readTimings(run: RunFolder, finishedEpochs?: number): Promise<Timings> {
  const text = await run.readText(FILES.timings, { limit: TEXT_LIMITS.epochs });
  return text === undefined
    ? new Timings()
    : Timings.fromCsv(text, run.file(FILES.timings), finishedEpochs);
}
