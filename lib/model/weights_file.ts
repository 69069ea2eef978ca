/**
 * Reads the weights in a file of Sonoseg or of another program, with what it says of them.
 *
 * @module
 */
import { naming } from "../core/errors.ts";
import { flag, formerly, number, object, optional, orNull, whole } from "../core/json.ts";
import type { Sentence } from "../core/sentence.ts";
import type { Tensors } from "../core/tensor.ts";
import { readTensorSets, type StateDictFile } from "../formats/state_dict.ts";
import { configFromJson, networkOfConfig } from "../train/config.ts";
import { rowFromJson } from "../train/progress_json.ts";
import { ACCUMULATED, AVERAGE, type ModelInfo, OPTIMIZER, progressOf } from "./checkpoint.ts";
import { findNetwork } from "./find_network.ts";
import { HISTORY_TENSOR } from "./history_tensor.ts";
import { type InputScaling, scalingIn } from "./input_scaling.ts";
import { cardFromJson } from "./model_card.ts";
import { normsIn, type ToldNorms } from "./network_entry.ts";
import { ENTRY, readEntry } from "./sealed_entry.ts";

const modelReader = formerly(
  { val_dice: "test_dice" },
  object<{ epoch: number; val_dice: number | null; averaged?: boolean | undefined }>({
    epoch: whole(),
    val_dice: orNull(number),
    averaged: optional(flag),
  }),
);

/** The weights in a file, with their description. */
export interface WeightsFile {
  readonly format: StateDictFile["format"];
  /**
   * All tensors except the optimiser's and the averages, unchecked, with the counters
   * `num_batches_tracked`.
   */
  readonly weights: Tensors;
  /** How the weights were trained; absent in files of other programs. */
  readonly info?: ModelInfo;
  /** The preparation of the input, if an import or export stored it beside bare weights. */
  readonly scaling?: InputScaling;
  /** The norms of the network, where the file tells them. */
  readonly norms?: ToldNorms;
  /** What was chosen or left out in a file of another program, as sentences. */
  readonly notes: readonly (string | Sentence)[];
}

/**
 * Decodes the weights of a checkpoint, a model, or a safetensors or .pth file of another program.
 * The content decides the format, not the name. Throws {@linkcode InputError} that names `source`.
 */
export async function decodeWeights(bytes: Uint8Array, source: string): Promise<WeightsFile> {
  const file = naming(source, () => readTensorSets(bytes));
  const { format, sets: [set] } = file;
  if (format === "pth" || set.metadata()[ENTRY] === undefined) {
    return naming(source, () => {
      const { tensors, metadata, notes } = findNetwork(file);
      const scaling = scalingIn(metadata);
      const norms = normsIn(metadata);
      return {
        format,
        weights: tensors,
        notes,
        ...(scaling && { scaling }),
        ...(norms && { norms }),
      };
    });
  }
  const tensors = set.read(set.shapes.keys());
  const about = (await readEntry({ tensors, metadata: set.metadata() }, source))!;
  const weights: Tensors = Object.create(null);
  for (const [name, tensor] of Object.entries(tensors)) {
    const beside = [OPTIMIZER, AVERAGE, ACCUMULATED].some((prefix) => name.startsWith(prefix)) ||
      name === HISTORY_TENSOR;
    if (about.kind !== "run" || !beside) weights[name] = tensor;
  }
  const config = configFromJson(about.config, `the configuration in ${source}`);
  const info = naming(source, () => ({ config, ...standingOf(about, tensors) }));
  const { norm = "batch", groups } = networkOfConfig(config);
  const norms = norm === "batch" ? undefined : { norm, ...(groups && { groups }) };
  return { format, weights, info, notes: [], ...(norms && { norms }) };
}

/** The number of finished epochs, the figures of the last one, and the card. */
function standingOf(
  about: Record<string, unknown>,
  tensors: Tensors,
): Omit<ModelInfo, "config"> {
  const card = cardFromJson(about);
  if (about.kind === "run") {
    const { epoch, history } = progressOf(about, tensors);
    const metrics = history.at(-1);
    return {
      epoch,
      valDice: metrics?.valDice ?? null,
      ...(metrics && { metrics }),
      ...(card && { card }),
    };
  }
  const { epoch, val_dice: valDice, averaged = false } = modelReader(about);
  const metrics = about.metrics === undefined ? undefined : rowFromJson(about.metrics, epoch);
  return {
    epoch,
    valDice,
    ...(averaged && { averaged }),
    ...(metrics && { metrics }),
    ...(card && { card }),
  };
}
