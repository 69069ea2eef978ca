/**
 * Reads model files.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import type { Tensors } from "../core/tensor.ts";
import { graphOf, networkOf } from "../network/architectures.ts";
import type { Network } from "../network/network.ts";
import { batchesTracked, checkWeights } from "../network/weights.ts";
import type { FileReader } from "../store/store.ts";
import { decodeWeights, type ModelInfo, type WeightsFile } from "./checkpoint.ts";

/** A checked model. */
export interface Model {
  /** Relative to the data directory. */
  readonly path: string;
  /** The SHA-256 of the file, as hexadecimal text. */
  readonly sha256: string;
  readonly format: WeightsFile["format"];
  readonly network: Network;
  readonly weights: Tensors<Float32Array>;
  readonly batchesTracked: number;
  /** How it was trained; absent in files of other programs. */
  readonly info?: ModelInfo;
}

/**
 * Reads a model with one input channel and one class from a safetensors or .pth file. Throws
 * {@linkcode InputError} for any other content.
 */
export async function readModel(data: FileReader, file: string): Promise<Model> {
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

/**
 * Reads a model with any number of channels and classes. Throws {@linkcode InputError} for any
 * other content.
 */
export async function readAnyModel(data: FileReader, file: string): Promise<Model> {
  const path = data.relative(file);
  const bytes = await data.readFile(path);
  const { format, weights: tensors, info } = await decodeWeights(bytes, path);
  const network = networkOf(tensors, path);
  const weights = checkWeights(graphOf(network), tensors, path);
  return {
    path,
    sha256: await sha256(bytes),
    format,
    network,
    weights,
    batchesTracked: batchesTracked(graphOf(network), tensors, path),
    ...(info && { info }),
  };
}

/** Whether `train` and `predict` accept the network. */
export function isUsable({ inChannels, classes }: Network): boolean {
  return inChannels === 1 && classes === 1;
}
