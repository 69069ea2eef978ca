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
import { epochModels } from "./epoch_models.ts";
import { forInformation, type Warn } from "./for_information.ts";
import { groupOfRun, readGroup, type RunGroup } from "./groups_of_runs.ts";
import { newestRunWith } from "./newest_run.ts";
import { FILES, keptFile, RunFolder, runNames } from "./run_folder.ts";
import { savedConfig } from "./run_settings.ts";

/**
 * The model of the newest run that has one: of the run that was begun or resumed last, by the date
 * in its manifest. A date that is none, or that is still to come, counts as unknown: the run
 * is older than all others. `warn` gets a sentence on each such run.
 */
export async function newestModel(
  data: FileStore,
  warn: Warn = () => {},
  now?: number,
): Promise<string> {
  const name = await newestRunWith(data, FILES.best, warn, now);
  if (name !== undefined) return await keptModel(await RunFolder.folderOf(data, name), data);
  throw new InputError(
    sentence`there is no trained model in ${data.resolve(RUNS_FOLDER)}; train one first
      (${command("train")}), or give a file with ${setting("model")}`,
  );
}

/**
 * The path of the model that a run keeps: of its best epoch, or of its last, as its settings say.
 * Where that file is missing, the other one. Damaged settings count as missing.
 */
export async function keptModel(run: RunFolder, output: FileStore): Promise<string> {
  const read = await forInformation(() => savedConfig(run));
  const kept = keptFile(read?.config ?? { keep: "best" });
  const other = kept === FILES.best ? FILES.last : FILES.best;
  return run.file(await output.exists(run.file(kept)) ? kept : other);
}

/**
 * The files of the models to predict with: files as they are given, the model that a named run
 * keeps, those that it kept of single epochs (`NAME/epochs`), and those of all runs of a named
 * group. Without a name, those of the newest run, or of the group that it belongs to.
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

/**
 * The model of a run, its averaged weights, those that it kept of single epochs, or the models of a
 * group of runs.
 */
async function filesOfRun(
  { data, output = data }: Folders,
  named: string,
): Promise<string[]> {
  const name = namedFiles(data, output).relative(named).replace(/^runs\//, "");
  const names = await runNames(output);
  const [ofRun, rest, range, ...more] = name.split("/");
  if (rest === "ema" && range === undefined && names.includes(ofRun)) {
    const average = (await RunFolder.existing(output, ofRun)).file(FILES.ema);
    if (await output.exists(average)) return [average];
    throw new InputError(
      sentence`run ${ofRun} has no averaged weights; it was trained without ${setting("ema")}`,
    );
  }
  if (rest === FILES.epochs && more.length === 0 && names.includes(ofRun)) {
    return await epochModels(await RunFolder.existing(output, ofRun), range);
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
 * The file of one model: a path as it is given, or the model that a run keeps, or its other one.
 * `NAME/ema` are the averaged weights of run NAME.
 *
 * @throws {InputError} if there is no such run, or several models.
 */
export async function modelFile(folders: Folders, fileOrRun: string): Promise<string> {
  const files = await modelFiles(folders, [fileOrRun]);
  const [file] = files;
  if (files.length === 1) return file;
  const isGroup = new Set(files.map(runOf)).size > 1;
  const [many, one] = isGroup ? ["runs", runOf(file)] : ["models", file];
  throw new InputError(
    `${fileOrRun} names ${files.length} ${many}; name one of them, such as ${one}`,
  );
}

/**
 * Reads the model of {@linkcode modelFile}; without a name, that of the newest run.
 *
 * @throws {InputError} if there is no model.
 */
export async function findModel(
  { data, output = data }: Folders,
  fileOrRun?: string,
  warn?: Warn,
): Promise<Model> {
  const file = fileOrRun === undefined
    ? await newestModel(output, warn)
    : await modelFile({ data, output }, fileOrRun);
  return await readAnyModel(namedFiles(data, output), file);
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
