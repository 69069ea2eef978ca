/**
 * A model in the formats of other programs: PyTorch's .pth, safetensors, ONNX.
 *
 * @module
 */
import { canonicalJson } from "../core/canonical_json.ts";
import { InputError } from "../core/errors.ts";
import { withoutEnding } from "../core/paths.ts";
import { sentence, setting } from "../core/sentence.ts";
import { writeOnnx } from "../formats/onnx.ts";
import { writePth } from "../formats/pth_writer.ts";
import { writeSafetensors } from "../formats/safetensors.ts";
import { THRESHOLD } from "../image/overlap.ts";
import { graphOf } from "../network/architectures.ts";
import { stateDictOf } from "../network/state_dict.ts";
import type { FileStore } from "../store/store.ts";
import { configToJson, DEFAULT_CONFIG } from "../train/config.ts";
import { rowToJson } from "../train/progress_json.ts";
import { encodeModel, type ModelInfo } from "./checkpoint.ts";
import type { Model } from "./model_file.ts";

/** A format that a model can be written in. */
export type ModelFormat = "pth" | "safetensors" | "onnx";

/** How the names of files end; the first is the usual one. */
const ENDINGS: Readonly<Record<ModelFormat, readonly string[]>> = {
  pth: [".pth", ".pt"],
  safetensors: [".safetensors"],
  onnx: [".onnx"],
};

/** A size in px. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Where a converted model is to go: `out`, or beside the model under its name with the other
 * ending. Throws {@linkcode InputError} when something is there already and for an ending that is
 * another format's.
 */
export async function freeOutput(
  data: FileStore,
  model: Model,
  format: ModelFormat,
  out?: string,
): Promise<string> {
  const endings = ENDINGS[format];
  const path = out === undefined ? withoutEnding(model.path) + endings[0] : data.relative(out);
  if (!endings.some((ending) => path.endsWith(ending))) {
    throw new InputError(
      sentence`${setting("out")} is ${path}; expected a name that ends with ${endings.join(" or ")},
        so that other programs know the file`,
    );
  }
  if (!await data.exists(path)) return path;
  const why = path === model.path
    ? "has this format already; to write a copy,"
    : "is there already and is not overwritten;";
  throw new InputError(sentence`${path} ${why} give another file with ${setting("out")}`);
}

/**
 * The bytes of a model in a format. A .pth file holds the state_dict; a safetensors file beside it
 * what is known of the training; an ONNX file the network with its input's `size` fixed or free,
 * and how to prepare the input. Throws {@linkcode InputError} for what the format cannot hold.
 */
export async function encodeAs(
  format: ModelFormat,
  model: Model,
  size?: Size,
): Promise<Uint8Array<ArrayBuffer>> {
  const { network, weights, batchesTracked, info } = model;
  switch (format) {
    case "pth":
      return writePth(stateDictOf(graphOf(network), weights, batchesTracked));
    case "safetensors":
      return info === undefined
        // What safetensors.torch writes into its own files.
        ? writeSafetensors(stateDictOf(graphOf(network), weights, batchesTracked), { format: "pt" })
        : await encodeModel({ weights, step: 0, batchesTracked }, info);
    case "onnx": {
      const { mean, std, width, height } = info?.config ?? DEFAULT_CONFIG;
      return writeOnnx(graphOf(network), weights, {
        ...size,
        mean,
        std,
        size: [width, height],
        threshold: THRESHOLD,
        ...(info && { metadata: onnxCard(info, size) }),
      });
    }
  }
}

/**
 * The model card as the metadata of an ONNX file, whose values are texts. The test vector is for an
 * input of the training's size: a file of another fixed size goes without.
 */
function onnxCard(info: ModelInfo, size: Size | undefined): Record<string, string> {
  const { config, epoch, valDice, metrics, card } = info;
  const fits = size === undefined || (size.width === config.width && size.height === config.height);
  return {
    epoch: String(epoch),
    ...(valDice !== null && { val_dice: String(valDice) }),
    config: canonicalJson(configToJson(config)),
    ...(metrics && { metrics: canonicalJson(rowToJson(metrics)) }),
    ...(card && { version: card.version, data: canonicalJson(card.data) }),
    ...(card && fits && { test_vector: canonicalJson(card.testVector) }),
  };
}
