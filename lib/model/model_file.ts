/**
 * Reads model files.
 *
 * @module
 */
import { naming } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { command, type Sentence, sentence, setting } from "../core/sentence.ts";
import type { Tensors } from "../core/tensor.ts";
import { graphOf, networkOf } from "../network/architectures.ts";
import { asGrey, foldBiases } from "../network/fold.ts";
import type { Network } from "../network/network.ts";
import { batchesTracked, checkWeights } from "../network/weights.ts";
import type { FileReader } from "../store/store.ts";
import type { ModelInfo } from "./checkpoint.ts";
import type { InputScaling } from "./input_scaling.ts";
import { type ToldNorms, withNorms } from "./network_entry.ts";
import { decodeWeights, type WeightsFile } from "./weights_file.ts";

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
  /** How its input is prepared, for bare weights whose preparation is known. */
  readonly scaling?: InputScaling;
  /** What reading it chose, left out or changed, as sentences; absent if nothing. */
  readonly notes?: readonly (string | Sentence)[];
}

/** Pytorch-UNet's own training scripts divide colour images by 255, and nothing else. */
const COLOUR_SCALING: InputScaling = { mean: 0, std: 1 };

/**
 * Reads a model for grey images with one class from a safetensors or .pth file. A network for three
 * channels or two classes is folded into one, which its notes say. `norms` tells those of a file
 * that does not tell them. Throws {@linkcode InputError}
 * for any other content.
 */
export async function readModel(
  data: FileReader,
  file: string,
  norms?: ToldNorms,
): Promise<Model> {
  const path = data.relative(file);
  return await modelOf(await data.readFile(path), path, norms);
}

/** {@linkcode readModel} of the bytes of a file. */
export async function modelOf(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  norms?: ToldNorms,
): Promise<Model> {
  const model = await anyModelOf(bytes, path, norms);
  const { network, weights, notes = [] } = model;
  if (isUsable(network)) return model;
  const grey = naming(path, () => asGrey(graphOf(network), network, weights));
  return {
    ...model,
    network: grey.network,
    weights: grey.weights,
    ...(network.inChannels === 3 && { scaling: model.scaling ?? COLOUR_SCALING }),
    notes: [...notes, noteOnGrey(grey.note!, network, model.scaling)],
  };
}

function noteOnGrey(
  folded: string,
  { inChannels }: Network,
  scaling: InputScaling | undefined,
): string | Sentence {
  if (inChannels !== 3 || scaling !== undefined) return folded;
  return sentence`${folded}; its input is taken as grey / 255, without mean and std, as in
    Pytorch-UNet's own scripts; for another scaling give ${command("import")} its
    ${setting("mean")} and ${setting("std")}`;
}

/**
 * Reads a model with any number of channels and classes. Throws {@linkcode InputError} for any
 * other content.
 */
export async function readAnyModel(
  data: FileReader,
  file: string,
  given?: ToldNorms,
): Promise<Model> {
  const path = data.relative(file);
  return await anyModelOf(await data.readFile(path), path, given);
}

async function anyModelOf(
  bytes: Uint8Array<ArrayBuffer>,
  path: string,
  given: ToldNorms | undefined,
): Promise<Model> {
  const decoded = await decodeWeights(bytes, path);
  const { format, weights: found, info, scaling, notes, norms } = decoded;
  const network = naming(path, () => withNorms(networkOf(found, path), norms, given));
  const graph = graphOf(network);
  const { tensors, count } = foldBiases(graph, found);
  const said = count === 0 ? notes : [
    ...notes,
    `the biases of ${count} convolutions are part of the running means, as they cancel`,
  ];
  const weights = checkWeights(graph, tensors, path);
  return {
    path,
    sha256: await sha256(bytes),
    format,
    network,
    weights,
    batchesTracked: batchesTracked(graph, tensors, path),
    ...(info && { info }),
    ...(scaling && { scaling }),
    ...(said.length > 0 && { notes: said }),
  };
}

/** Whether a network takes one grey channel and tells one class. */
export function isUsable({ inChannels, classes }: Network): boolean {
  return inChannels === 1 && classes === 1;
}
