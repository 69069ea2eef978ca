/**
 * Resolves a path or the name of a run to a model file.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { command, sentence, setting } from "../core/sentence.ts";
import { RUNS_FOLDER } from "../dataset/image_files.ts";
import { type Model, readAnyModel } from "../model/model_file.ts";
import { namedFiles } from "../store/named_files.ts";
import type { FileStore, Folders } from "../store/store.ts";
import { forInformation, type Warn } from "./for_information.ts";
import { manifestAt } from "./manifest.ts";
import { FILES, RunFolder, runNames } from "./run_folder.ts";

/** A date as `Date.toISOString()` writes it. */
const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** How far the clock of another machine may be ahead, in ms: a day. */
const CLOCKS_APART = 24 * 60 * 60 * 1000;

/**
 * The best model of the newest run that has one: of the run that was begun or resumed last, by the
 * date in its manifest. A date that is none, or that is still to come, counts as unknown: the run
 * is older than all others. `warn` gets a sentence on each such run.
 */
export async function newestModel(
  data: FileStore,
  warn: Warn = () => {},
  now: number = Date.now(),
): Promise<string> {
  let newest: { path: string; started: number } | undefined;
  for (const name of await runNames(data)) {
    const folder = `${RUNS_FOLDER}/${name}`;
    const path = `${folder}/${FILES.best}`;
    if (!await data.exists(path)) continue;
    const manifest = `${folder}/${FILES.manifest}`;
    const started = await startOf(data, manifest, now) ?? -Infinity;
    if (started === -Infinity) {
      warn(`${manifest} has no date that can be right, so every other run counts as newer`);
    }
    if (newest === undefined || started >= newest.started) newest = { path, started };
  }
  if (newest !== undefined) return newest.path;
  throw new InputError(
    sentence`there is no trained model in ${data.resolve(RUNS_FOLDER)}; train one first
      (${command("train")}), or give a file with ${setting("model")}`,
  );
}

/**
 * Finds the model at a path or in a run: the best model, or the last if there is no best.
 * `NAME/ema` are the averaged weights of run NAME.
 *
 * @throws {InputError} if there is no model.
 */
export async function findModel(
  { data, output = data }: Folders,
  fileOrRun: string,
): Promise<Model> {
  const files = namedFiles(data, output);
  if (await files.kindOf(fileOrRun) === "file") return await readAnyModel(files, fileOrRun);
  const path = files.relative(fileOrRun);
  const name = path.replace(/^runs\//, "");
  const names = await runNames(output);
  const [averaged, rest] = name.split("/");
  if (rest === "ema" && names.includes(averaged)) {
    const average = (await RunFolder.existing(output, averaged)).file(FILES.ema);
    if (await output.exists(average)) return await readAnyModel(output, average);
    throw new InputError(
      sentence`run ${averaged} has no averaged weights; it was trained without ${setting("ema")}`,
    );
  }
  if (!names.includes(name)) {
    const runs = names.length === 0 ? "there is no run yet" : `the runs are: ${names.join(", ")}`;
    throw new InputError(
      `${fileOrRun} is neither a model file in the data directory nor the name of a run; ${runs}`,
    );
  }
  const run = await RunFolder.existing(output, name);
  const best = run.file(FILES.best);
  return await readAnyModel(output, await output.exists(best) ? best : run.file(FILES.last));
}

/** The name of the run whose folder holds a file; `undefined` for other files. */
export function runOf(path: string): string | undefined {
  const [runs, name, rest] = path.split("/");
  return runs === RUNS_FOLDER && rest !== undefined ? name : undefined;
}

/** The path of a folder in the run of a model; in the store itself for a model of no run. */
export function folderBeside(model: string, folder: string): string {
  const run = runOf(model);
  return run === undefined ? folder : `${RUNS_FOLDER}/${run}/${folder}`;
}

/** When a run was last begun or resumed, in ms since 1970; `undefined` where that is not known. */
async function startOf(
  data: FileStore,
  path: string,
  now: number,
): Promise<number | undefined> {
  const manifest = await forInformation(() => manifestAt(data, path));
  const started = manifest?.sessions?.at(-1)?.started;
  if (typeof started !== "string" || !ISO_DATE.test(started)) return undefined;
  const time = Date.parse(started);
  return time <= now + CLOCKS_APART ? time : undefined;
}
