/**
 * Compares runs and writes the result in the folder of the runs: curves as a picture, figures as
 * JSON.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { RUNS_FOLDER } from "../dataset/image_files.ts";
import { type BootstrapOptions, DEFAULT_BOOTSTRAP } from "../evaluate/bootstrap.ts";
import { runCurvesPng } from "../report/run_curves.ts";
import type { FileStore } from "../store/store.ts";
import { compareRuns, type RunComparison } from "./compare_runs.ts";
import { checkName } from "./run_name.ts";
import { readRunRecord, type RunRecord } from "./run_record.ts";

/** What to compare. */
export interface CompareRequest {
  readonly data: FileStore;
  /** The names of the runs, two or more. */
  readonly runs: readonly string[];
  /** The base name of the two files. */
  readonly name: string;
  readonly bootstrap?: BootstrapOptions | undefined;
}

/** A comparison and its two files, relative to the data directory. */
export interface WrittenComparison {
  readonly comparison: RunComparison;
  readonly picture: string;
  readonly figures: string;
}

/**
 * Compares runs and writes the result.
 *
 * @throws {InputError} for fewer than two runs, a repeated run, an unreadable run, or an invalid
 *   name.
 */
export async function writeComparison(request: CompareRequest): Promise<WrittenComparison> {
  const { data, runs, name, bootstrap = DEFAULT_BOOTSTRAP } = request;
  checkName(name, "a comparison");
  const records: RunRecord[] = [];
  for (const run of runs) {
    const record = await readRunRecord(data, run);
    if (records.some((other) => other.name === record.name)) {
      throw new InputError(`run ${record.name} is named twice; expected each run once`);
    }
    records.push(record);
  }
  if (records.length < 2) {
    throw new InputError(
      `there is nothing to compare run ${records[0].name} with; name two or more`,
    );
  }
  const comparison = compareRuns(records, bootstrap);
  const [picture, figures] = ["png", "json"].map((end) => `${RUNS_FOLDER}/${name}.${end}`);
  await data.writeFile(figures, `${JSON.stringify(comparison, null, 2)}\n`);
  await data.writeFile(picture, await runCurvesPng(records));
  return { comparison, picture, figures };
}
