/**
 * Writes a model in the formats of other programs: PyTorch's .pth, safetensors, ONNX.
 *
 * @module
 */
import { isAbsolute } from "@std/path";
import { canonicalJson } from "../core/canonical_json.ts";
import { InputError } from "../core/errors.ts";
import { baseName, withoutEnding } from "../core/paths.ts";
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
import { type InputScaling, scalingMetadata, type Size } from "./input_scaling.ts";
import type { Model } from "./model_file.ts";
import { bitsInUseOf, toldInput } from "./model_input.ts";
import { normMetadata } from "./network_entry.ts";

/** A format that a model can be written in. */
export type ModelFormat = "pth" | "safetensors" | "onnx";

/** The endings of each format's files; the first is the default. */
const ENDINGS: Readonly<Record<ModelFormat, readonly string[]>> = {
  pth: [".pth", ".pt"],
  safetensors: [".safetensors"],
  onnx: [".onnx"],
};

/**
 * The path of a converted model: `out`, or beside the model with the format's ending.
 *
 * @throws InputError when that file exists, and for the ending of another format.
 */
export async function freeOutput(
  data: FileStore,
  model: Model,
  format: ModelFormat,
  out?: string,
): Promise<string> {
  const endings = ENDINGS[format];
  // The model may lie in another directory, which is only read.
  const beside = isAbsolute(model.path) ? baseName(model.path) : model.path;
  const path = out === undefined ? withoutEnding(beside) + endings[0] : data.relative(out);
  if (!endings.some((ending) => path.endsWith(ending))) {
    throw new InputError(
      sentence`${setting("out")} is ${path || "."}; expected a name that ends with ${
        endings.join(" or ")
      },
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
 * Encodes a model in a format. A .pth file holds the state_dict and, as its attribute, how to
 * prepare the input. A safetensors file adds the model's description. An ONNX file holds the
 * network with a fixed (`size`) or free input and describes how to prepare the input.
 *
 * @throws InputError for a model that the format cannot hold.
 */
export async function encodeAs(
  format: ModelFormat,
  model: Model,
  size?: Size,
): Promise<Uint8Array<ArrayBuffer>> {
  const { network, weights, batchesTracked, info } = model;
  const scaling = scalingOf(model);
  const metadata = { ...(scaling && scalingMetadata(scaling)), ...normMetadata(network) };
  switch (format) {
    case "pth":
      return writePth(stateDictOf(graphOf(network), weights, batchesTracked), metadata);
    case "safetensors":
      return info === undefined
        // The entry that safetensors.torch writes.
        ? writeSafetensors(stateDictOf(graphOf(network), weights, batchesTracked), {
          format: "pt",
          ...metadata,
        })
        : await encodeModel({ weights, step: 0, batchesTracked }, info);
    case "onnx": {
      const { mean, std, width, height, fit } = { ...DEFAULT_CONFIG, ...toldInput({ scaling }) };
      return writeOnnx(graphOf(network), weights, {
        ...size,
        mean,
        std,
        size: [width, height],
        threshold: THRESHOLD,
        metadata: { fit, ...(info && onnxCard(info, size)), ...bitsEntry(model) },
      });
    }
  }
}

/**
 * The model card as metadata of an ONNX file, with texts as values. The test vector is for the
 * training size, so a file of another fixed size has none.
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

function bitsEntry(model: Model): Record<string, string> {
  const bits = bitsInUseOf(model);
  return bits === undefined ? {} : { bits_in_use: String(bits) };
}

/** How a model's input is prepared; `undefined` if that is not known. */
function scalingOf(model: Model): InputScaling | undefined {
  const { info, scaling } = model;
  if (info === undefined) return scaling;
  const { mean, std, width, height, fit } = info.config;
  const bitsInUse = bitsInUseOf(model);
  return { mean, std, size: { width, height }, fit, ...(bitsInUse && { bitsInUse }) };
}
