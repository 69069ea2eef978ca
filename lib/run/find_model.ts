/**
 * Resolves a path or the name of a run to a model file.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { command, sentence, setting } from "../core/sentence.ts";
import { RUNS_FOLDER } from "../dataset/image_files.ts";
import { type Model, readAnyModel, readModel } from "../model/model_file.ts";
import { namedFiles } from "../store/named_files.ts";
import type { FileStore, Folders } from "../store/store.ts";
import { forInformation, type Warn } from "./for_information.ts";
import { groupOfRun, readGroup, type RunGroup } from "./groups_of_runs.ts";
import { manifestAt } from "./manifest.ts";
import { FILES, keptFile, RunFolder, runNames } from "./run_folder.ts";
import { savedConfig } from "./run_settings.ts";

/** A date as `Date.toISOString()` writes it. */
const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** How far the clock of another machine may be ahead, in ms: a day. */
const CLOCKS_APART = 24 * 60 * 60 * 1000;

/**
 * The model of the newest run that has one: of the run that was begun or resumed last, by the date
 * in its manifest. A date that is none, or that is still to come, counts as unknown: the run
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
    if (!await data.exists(`${folder}/${FILES.best}`)) continue;
    const path = await keptModel(await RunFolder.folderOf(data, name), data);
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
 * The path of the model that a run keeps: of its best epoch, or of its last, as its settings say.
 * Where that file is missing, the other one. Damaged settings count as missing.
 */
async function keptModel(run: RunFolder, output: FileStore): Promise<string> {
  const read = await forInformation(() => savedConfig(run));
  const kept = keptFile(read?.config ?? { keep: "best" });
  const other = kept === FILES.best ? FILES.last : FILES.best;
  return run.file(await output.exists(run.file(kept)) ? kept : other);
}

/**
 * The files of the models to predict with: files as they are given, the model that a named run
 * keeps, and those of all runs of a named group. Without a name, those of the newest run, or of the
 * group that it belongs to.
 *
 * @throws {InputError} if there is no such file or run, or no run at all.
 */
export async function modelFiles(
  { data, output = data }: Folders,
  given: readonly string[] | undefined,
  warn: Warn = () => {},
): Promise<string[]> {
  if (given === undefined) {
    const newest = await newestModel(output, warn);
    const group = await groupOfRun(output, runOf(newest)!);
    return group === undefined ? [newest] : await filesOfGroup(output, group);
  }
  const files = namedFiles(data, output);
  const found: string[] = [];
  for (const one of given) {
    // The path of a missing file is left to its reader.
    const isFile = await files.kindOf(one) === "file" || /\.(safetensors|pth?|ckpt|bin)$/.test(one);
    found.push(...isFile ? [one] : await filesOfRun({ data, output }, one));
  }
  return found;
}

/** Reads the models that {@linkcode modelFiles} finds. */
export async function readModels(
  { data, output = data }: Folders,
  given: readonly string[] | undefined,
  warn: Warn,
): Promise<Model[]> {
  const files = namedFiles(data, output);
  const models: Model[] = [];
  for (const file of await modelFiles({ data, output }, given, warn)) {
    models.push(await readModel(files, file));
  }
  return models;
}

async function filesOfGroup(output: FileStore, { members }: RunGroup): Promise<string[]> {
  const files: string[] = [];
  for (const name of members) {
    files.push(await keptModel(await RunFolder.existing(output, name), output));
  }
  return files;
}

/** The models of a run, its averaged weights, or the models of a group of runs. */
async function filesOfRun(
  { data, output = data }: Folders,
  named: string,
): Promise<string[]> {
  const name = namedFiles(data, output).relative(named).replace(/^runs\//, "");
  const names = await runNames(output);
  const [averaged, rest] = name.split("/");
  if (rest === "ema" && names.includes(averaged)) {
    const average = (await RunFolder.existing(output, averaged)).file(FILES.ema);
    if (await output.exists(average)) return [average];
    throw new InputError(
      sentence`run ${averaged} has no averaged weights; it was trained without ${setting("ema")}`,
    );
  }
  if (names.includes(name)) {
    return [await keptModel(await RunFolder.existing(output, name), output)];
  }
  const group = await readGroup(output, name);
  if (group !== undefined) return await filesOfGroup(output, group);
  const runs = names.length === 0 ? "there is no run yet" : `the runs are: ${names.join(", ")}`;
  throw new InputError(
    `${named} is neither a model file in the data directory nor the name of a run; ${runs}`,
  );
}

/**
 * Finds the model at a path or in a run: the model that the run keeps, or its other one.
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
  const [file, ...others] = await filesOfRun({ data, output }, fileOrRun);
  if (others.length === 0) return await readAnyModel(output, file);
  throw new InputError(
    `${fileOrRun} names ${others.length + 1} runs; name one of them, such as ${runOf(file)}`,
  );
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
