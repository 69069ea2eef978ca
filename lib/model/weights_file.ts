/**
 * Reads the weights in a file of Sonoseg or of another program, with what it says of them.
 *
 * @module
 */
import { canonicalJson } from "../core/canonical_json.ts";
import { InputError, naming } from "../core/errors.ts";
import { formerly, number, object, orNull, parseJson, whole } from "../core/json.ts";
import type { Sentence } from "../core/sentence.ts";
import type { Tensors } from "../core/tensor.ts";
import { readTensorSets, type StateDictFile } from "../formats/state_dict.ts";
import { configFromJson } from "../train/config.ts";
import { rowFromJson } from "../train/progress_json.ts";
import { type ModelInfo, OPTIMIZER, progressOf } from "./checkpoint.ts";
import { findNetwork } from "./find_network.ts";
import { HISTORY_TENSOR } from "./history_tensor.ts";
import { cardFromJson } from "./model_card.ts";
import { ENTRY, readEntry } from "./sealed_entry.ts";

/** In an imported file: how the input is prepared. */
const SCALING_ENTRY = "sonoseg_input";

const modelReader = formerly(
  { val_dice: "test_dice" },
  object<{ epoch: number; val_dice: number | null }>({
    epoch: whole(),
    val_dice: orNull(number),
  }),
);

/** How the input of a network is prepared: `(grey / 255 - mean) / std`. */
export interface InputScaling {
  readonly mean: number;
  readonly std: number;
}

/** The weights in a file, with their description. */
export interface WeightsFile {
  readonly format: StateDictFile["format"];
  /** All tensors except the optimiser's, unchecked, with the counters `num_batches_tracked`. */
  readonly weights: Tensors;
  /** How the weights were trained; absent in files of other programs. */
  readonly info?: ModelInfo;
  /** The preparation of the input, if an import stored it beside another program's weights. */
  readonly scaling?: InputScaling;
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
  const metadata = format === "safetensors" ? set.metadata() : {};
  if (metadata[ENTRY] === undefined) {
    return naming(source, () => {
      const { tensors, notes } = findNetwork(file);
      const scaling = scalingOf(metadata[SCALING_ENTRY]);
      return { format, weights: tensors, notes, ...(scaling && { scaling }) };
    });
  }
  const tensors = set.read(set.shapes.keys());
  const about = (await readEntry({ tensors, metadata }, source))!;
  const weights: Tensors = Object.create(null);
  for (const [name, tensor] of Object.entries(tensors)) {
    const beside = name.startsWith(OPTIMIZER) || name === HISTORY_TENSOR;
    if (about.kind !== "run" || !beside) weights[name] = tensor;
  }
  const config = configFromJson(about.config, `the configuration in ${source}`);
  const info = naming(source, () => ({ config, ...standingOf(about, tensors) }));
  return { format, weights, info, notes: [] };
}

/** The metadata of a file without a `sonoseg` entry, which says how the input is prepared. */
export function scalingMetadata({ mean, std }: InputScaling): Record<string, string> {
  return { [SCALING_ENTRY]: canonicalJson({ mean, std }) };
}

const scalingReader = object<InputScaling>({ mean: number, std: number });

function scalingOf(entry: string | undefined): InputScaling | undefined {
  if (entry === undefined) return undefined;
  const scaling = scalingReader(parseJson(entry, `its ${SCALING_ENTRY} entry`));
  if (scaling.std <= 0) throw new InputError(`its ${SCALING_ENTRY} entry has std ${scaling.std}`);
  return scaling;
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
  const { epoch, val_dice: valDice } = modelReader(about);
  const metrics = about.metrics === undefined ? undefined : rowFromJson(about.metrics, epoch);
  return {
    epoch,
    valDice,
    ...(metrics && { metrics }),
    ...(card && { card }),
  };
}
