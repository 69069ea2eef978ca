/**
 * Model files: which one to take, and what is in it.
 *
 * @module
 */
import { RUNS_FOLDER } from "../dataset/discover.ts";
import type { DataFolder } from "../store/folder.ts";
import { InputError } from "../core/errors.ts";
import type { Tensors } from "../core/tensor.ts";
import type { Network } from "../network/network.ts";
import { batchesTracked, checkWeights, networkOf } from "../network/weights.ts";
import { decodeWeights, type ModelInfo, type WeightsFile } from "./checkpoint.ts";
import { FILES, runNames } from "../run/run_folder.ts";

/** A checked model. */
export interface Model {
  /** Relative to the data directory. */
  readonly path: string;
  readonly format: WeightsFile["format"];
  readonly network: Network;
  readonly weights: Tensors<Float32Array>;
  readonly batchesTracked: number;
  /** How it was trained; absent in files of other programs. */
  readonly info?: ModelInfo;
}

/**
 * Reads a model of one grey channel and one class from a safetensors or .pth file. Throws {@linkcode InputError} for
 * anything else.
 */
export async function readModel(data: DataFolder, file: string): Promise<Model> {
  const model = await readAnyModel(data, file);
  const { path, network } = model;
  if (!isUsable(network)) {
    throw new InputError(
      `${path} is a model for ${network.inChannels} channels and ${network.classes} classes; ` +
        `expected one grey channel and one class`,
    );
  }
  return model;
}

/** Reads a model of any number of channels and classes. Throws {@linkcode InputError} for anything else. */
export async function readAnyModel(data: DataFolder, file: string): Promise<Model> {
  const path = data.relative(file);
  const { format, weights: tensors, info } = await decodeWeights(await data.readFile(path), path);
  const network = networkOf(tensors, path);
  const weights = checkWeights(network, tensors, path);
  return {
    path,
    format,
    network,
    weights,
    batchesTracked: batchesTracked(network, tensors, path),
    ...(info && { info }),
  };
}

/** Whether `train` and `predict` take such a network. */
export function isUsable({ inChannels, classes }: Network): boolean {
  return inChannels === 1 && classes === 1;
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
