/**
 * Compares runs and writes the result in the folder of the runs: curves and differences as a
 * picture, figures as JSON.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import { RUNS_FOLDER } from "../dataset/image_files.ts";
import { type BootstrapOptions, checkBootstrap, DEFAULT_BOOTSTRAP } from "../evaluate/bootstrap.ts";
import { comparisonPng } from "../report/comparison_picture.ts";
import { Hold } from "../store/hold.ts";
import { isOwn, OWN } from "../store/own_files.ts";
import type { FileStore, Folders } from "../store/store.ts";
import { compareRuns, type RunComparison } from "./compare_runs.ts";
import { checkName } from "./run_name.ts";
import { readRunRecord, type RunRecord } from "./run_record.ts";

/** What to compare. */
export interface CompareRequest extends Folders {
  /** The names of the runs, two or more. */
  readonly runs: readonly string[];
  /** The base name of the two files. */
  readonly name: string;
  readonly bootstrap?: BootstrapOptions | undefined;
}

/** A comparison and its two files, relative to the store. */
export interface WrittenComparison {
  readonly comparison: RunComparison;
  readonly picture: string;
  readonly figures: string;
}

/**
 * Compares runs and writes the result.
 *
 * @throws {InputError} for fewer than two runs, a repeated run, an unreadable run, an invalid name,
 *   an invalid bootstrap, or the name of a file that is no comparison.
 */
export async function writeComparison(request: CompareRequest): Promise<WrittenComparison> {
  const { data, output = data, runs, name, bootstrap = DEFAULT_BOOTSTRAP } = request;
  checkName(name, "a comparison");
  checkBootstrap(bootstrap);
  const records: RunRecord[] = [];
  for (const run of runs) {
    const record = await readRunRecord(output, run);
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
  const [picture, figures] = ["png", "json"].map((end) => `${RUNS_FOLDER}/${name}.${end}`);
  // The name of a run has no dot at its beginning, so it is never that of the lock.
  const lock = `${RUNS_FOLDER}/.${name}.lock`;
  await using _hold = await Hold.ofLock(output, lock, "compare", output.resolve(figures));
  await checkOwn(output, figures, picture);
  const comparison = compareRuns(records, bootstrap);
  await output.writeFile(figures, `${JSON.stringify(comparison, null, 2)}\n`);
  const { verdict, warnings, differences } = comparison;
  const sentences = [...verdict, ...warnings.map((warning) => `Note: ${warning}`)];
  await output.writeFile(picture, await comparisonPng({ runs: records, sentences, differences }));
  return { comparison, picture, figures };
}

/** Refuses to replace files that no comparison wrote. */
async function checkOwn(output: FileStore, figures: string, picture: string): Promise<void> {
  if (await isOwn(output, figures, OWN.comparison)) return;
  for (const path of [figures, picture]) {
    if (!await output.exists(path)) continue;
    throw new InputError(
      sentence`${path} is there already and is no comparison that this program wrote; choose another
        ${setting("name")}`,
    );
  }
}
