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
import { FILES, RunFolder, runNames } from "./run_folder.ts";

/** The best model of the newest run that has one. Runs are ordered by their start time. */
export async function newestModel(data: FileStore): Promise<string> {
  let newest: { path: string; started: string } | undefined;
  for (const name of await runNames(data)) {
    const folder = `${RUNS_FOLDER}/${name}`;
    const path = `${folder}/${FILES.best}`;
    if (!await data.exists(path)) continue;
    const started = await startOf(data, `${folder}/${FILES.manifest}`);
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

/**
 * The time at which a run was last started or resumed, as ISO text; "" if its manifest lacks it.
 */
async function startOf(data: FileStore, manifest: string): Promise<string> {
  if (!await data.exists(manifest)) return "";
  try {
    const { sessions } = JSON.parse(await data.readText(manifest));
    const { started } = sessions.at(-1);
    return typeof started === "string" ? started : "";
  } catch {
    // A damaged manifest must not prevent prediction.
    return "";
  }
}
