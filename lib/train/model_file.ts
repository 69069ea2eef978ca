/**
 * Model files: which one to take, and what is in it.
 *
 * @module
 */
import { RUNS_FOLDER } from "../data/discover.ts";
import type { DataFolder } from "../data/folder.ts";
import { InputError } from "../errors.ts";
import type { Tensors } from "../tensor.ts";
import type { Network } from "../unet/network.ts";
import { batchesTracked, checkWeights, networkOf } from "../unet/weights.ts";
import { decodeWeights } from "./checkpoint.ts";
import type { TrainingConfig } from "./config.ts";
import { FILES, runNames } from "./run_folder.ts";

/** A checked model. */
export interface Model {
  /** Relative to the data directory. */
  readonly path: string;
  readonly network: Network;
  readonly weights: Tensors<Float32Array>;
  readonly batchesTracked: number;
  /** How it was trained; absent in files of other programs. */
  readonly config?: TrainingConfig;
}

/** Reads a model of one grey channel and one class. Throws {@linkcode InputError} for anything else. */
export async function readModel(data: DataFolder, file: string): Promise<Model> {
  const path = data.relative(file);
  const { weights: tensors, config } = await decodeWeights(await data.readFile(path), path);
  const network = networkOf(tensors, path);
  if (network.inChannels !== 1 || network.classes !== 1) {
    throw new InputError(
      `${path} is a model for ${network.inChannels} channels and ${network.classes} classes; ` +
        `expected one grey channel and one class`,
    );
  }
  const weights = checkWeights(network, tensors, path);
  return {
    path,
    network,
    weights,
    batchesTracked: batchesTracked(network, tensors, path),
    ...(config && { config }),
  };
}

/** The best model of the newest run that has one, by the time at which the run began. */
export async function newestModel(data: DataFolder): Promise<string> {
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
    `there is no trained model in ${
      data.resolve(RUNS_FOLDER)
    }; train one first (deno task train), or ` +
      `give a file with --model`,
  );
}

/** The run whose folder holds a file, by name; `undefined` for files elsewhere. */
export function runOf(path: string): string | undefined {
  const [runs, name, rest] = path.split("/");
  return runs === RUNS_FOLDER && rest !== undefined ? name : undefined;
}

/** When a run was last begun or resumed, as ISO text; "" when its manifest does not tell. */
async function startOf(data: DataFolder, manifest: string): Promise<string> {
  if (!await data.exists(manifest)) return "";
  try {
    const { sessions } = JSON.parse(new TextDecoder().decode(await data.readFile(manifest)));
    const { started } = sessions.at(-1);
    return typeof started === "string" ? started : "";
  } catch {
    // A damaged manifest must not keep anyone from predicting.
    return "";
  }
}
