/**
 * Checkpoints (the whole state of a run) and models (weights alone) as safetensors bytes.
 *
 * Weights have PyTorch's names, and the counters `*.num_batches_tracked` are int64 scalars, so that
 * other programs can read them. The optimiser's slots are named `optimizer.SLOT.PARAMETER`. The
 * metadata entry `sonoseg` is one canonical JSON text with the kind of file, the configuration, the
 * counters, the progress and the model card. The entry `sha256` covers that text and all tensors.
 * No time, host or path is stored: equal states are equal bytes.
 *
 * @module
 */
import { canonicalJson } from "../core/canonical_json.ts";
import { InputError, reworded } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import {
  formerly,
  number,
  object,
  optional,
  orNull,
  parseJson,
  record,
  text,
  whole,
} from "../core/json.ts";
import type { TensorData, Tensors } from "../core/tensor.ts";
import type { TrainingState } from "../engine/engine.ts";
import { readSafetensors, type SafetensorsFile, writeSafetensors } from "../formats/safetensors.ts";
import { readStateDict, type StateDictFile } from "../formats/state_dict.ts";
import { graphOf } from "../network/architectures.ts";
import { type Network } from "../network/network.ts";
import { counterNames, parametersOf } from "../network/parameters.ts";
import { DEFAULT_OPTIMIZER, OPTIMIZERS } from "../plan/optimizers.ts";
import {
  configFromJson,
  configToJson,
  networkOfConfig,
  type TrainingConfig,
} from "../train/config.ts";
import type { Checkpoint } from "../train/loop.ts";
import type { HistoryRow, Progress } from "../train/progress.ts";
import {
  progressFromJson,
  progressToJson,
  rowFromJson,
  rowToJson,
} from "../train/progress_json.ts";
import {
  HISTORY_TENSOR,
  historyFromTensor,
  historyToTensor,
  LONG_HISTORY,
} from "./history_tensor.ts";
import { cardFromJson, cardToJson, type ModelCard } from "./model_card.ts";

/** A checkpoint with the configuration and the hashes of its run. */
export interface SavedRun extends Checkpoint {
  readonly config: TrainingConfig;
  /** A hash of the images and masks at the start of the run. */
  readonly dataHash: string;
  /** The SHA-256 of the best model's file at the time of saving; absent before the first one. */
  readonly bestHash?: string;
  /** The card of these weights; absent in files of format 1. */
  readonly card?: ModelCard;
}

/** What a file says of a model besides its weights. */
export interface ModelInfo {
  readonly config: TrainingConfig;
  /** The number of finished epochs. */
  readonly epoch: number;
  readonly valDice: number | null;
  /** The figures of that epoch; absent in files of format 1. */
  readonly metrics?: HistoryRow;
  /** Absent in files of format 1. */
  readonly card?: ModelCard;
}

/** Prefix of the optimiser's tensors: `optimizer.SLOT.PARAMETER`. */
const OPTIMIZER = "optimizer.";
const { slots: SLOTS } = OPTIMIZERS[DEFAULT_OPTIMIZER.rule];
const ENTRY = "sonoseg";
const HASH_ENTRY = "sha256";

/**
 * The format that is written. Formats 1 (no card) and 2 (other names) can be read as well. A run
 * with a long history is of format 4, in which the history is a tensor.
 */
const FORMAT = 3;
const LONG_FORMAT = 4;

/** A cache of SHA-256 hashes of tensor data, shared by files with the same weights. */
export type TensorHashes = Map<TensorData, string>;

/** Encodes all that resuming a run needs. `hashes` is read and added to. */
export function encodeRun(
  run: SavedRun,
  hashes: TensorHashes = new Map(),
): Promise<Uint8Array<ArrayBuffer>> {
  const { state, progress, config, dataHash, bestHash, card } = run;
  const { slots = {}, step, batchesTracked } = state;
  const tensors = modelTensors(state, networkOfConfig(config));
  // Slots are zeros before the first step. They are left out, since some trainers do not list them.
  for (const [slot, part] of step === 0 ? [] : Object.entries(slots)) {
    for (const [name, tensor] of Object.entries(part)) {
      tensors[`${OPTIMIZER}${slot}.${name}`] = tensor;
    }
  }
  const isLong = progress.history.length > LONG_HISTORY;
  if (isLong) tensors[HISTORY_TENSOR] = historyToTensor(progress.history);
  const { history, ...position } = progressToJson(isLong ? { ...progress, history: [] } : progress);
  return encode(tensors, {
    format: isLong ? LONG_FORMAT : FORMAT,
    kind: "run",
    config: configToJson(config),
    data_sha256: dataHash,
    best_sha256: bestHash ?? null,
    step,
    batches_tracked: batchesTracked,
    progress: isLong ? position : { ...position, history },
    ...(card && cardToJson(card)),
  }, hashes);
}

interface RunEntries {
  readonly step: number;
  readonly batches_tracked: number;
  readonly data_sha256: string;
  readonly best_sha256?: string | null;
}

const runReader = object<RunEntries>({
  step: whole(),
  batches_tracked: whole(),
  data_sha256: text,
  best_sha256: optional(orNull(text)),
});

const modelReader = formerly(
  { val_dice: "test_dice" },
  object<{ epoch: number; val_dice: number | null }>({
    epoch: whole(),
    val_dice: orNull(number),
  }),
);

/**
 * Decodes the result of {@linkcode encodeRun}. Throws {@linkcode InputError} that names `source`
 * for any other bytes.
 */
export async function decodeRun(bytes: Uint8Array, source: string): Promise<SavedRun> {
  const file = named(source, () => readSafetensors(bytes));
  const about = await readEntry(file, source);
  if (about?.kind !== "run") {
    throw new InputError(`${source} is no checkpoint of a run: there is nothing in it to resume`);
  }
  const config = configFromJson(about.config, `the configuration in ${source}`);
  return named(source, () => {
    const { step, batches_tracked: batchesTracked, data_sha256: dataHash, best_sha256: bestHash } =
      runReader(about);
    const progress = progressOf(about, file.tensors);
    const parameters = parametersOf(graphOf(networkOfConfig(config)));
    const trained = parameters.filter((spec) => spec.trained);
    const tensors = new Map(Object.entries(file.tensors));
    if (about.format === LONG_FORMAT) tensors.delete(HISTORY_TENSOR);
    const state = {
      weights: take(tensors, parameters, ""),
      ...(step > 0 && {
        slots: Object.fromEntries(
          SLOTS.map((slot) => [slot, take(tensors, trained, `${OPTIMIZER}${slot}.`)]),
        ),
      }),
      step,
      batchesTracked,
    };
    for (const name of counterNames(graphOf(networkOfConfig(config)))) {
      if (tensors.get(name)?.data[0] !== BigInt(batchesTracked)) {
        throw new InputError(`${name} is missing or is not ${batchesTracked}`);
      }
      tensors.delete(name);
    }
    for (const name of tensors.keys()) {
      throw new InputError(`the tensor ${name} does not belong here`);
    }
    const card = cardFromJson(about);
    return {
      state,
      progress,
      config,
      dataHash,
      ...(typeof bestHash === "string" && { bestHash }),
      ...(card && { card }),
    };
  });
}

/** The position of a run, whose history may be a tensor. */
function progressOf(about: Record<string, unknown>, tensors: Tensors): Progress {
  if (about.format !== LONG_FORMAT) return progressFromJson(about.progress);
  if (!Object.hasOwn(tensors, HISTORY_TENSOR)) throw new InputError("it has no history");
  const history = historyFromTensor(tensors[HISTORY_TENSOR]);
  return progressFromJson({ ...record(about.progress, "progress"), history: [] }, history);
}

/** Encodes a model alone: weights and how they were trained. `hashes` is read and added to. */
export function encodeModel(
  state: TrainingState,
  info: ModelInfo,
  hashes: TensorHashes = new Map(),
): Promise<Uint8Array<ArrayBuffer>> {
  return encode(modelTensors(state, networkOfConfig(info.config)), {
    format: FORMAT,
    kind: "model",
    config: configToJson(info.config),
    epoch: info.epoch,
    val_dice: info.valDice,
    ...(info.metrics && { metrics: rowToJson(info.metrics) }),
    ...(info.card && cardToJson(info.card)),
  }, hashes);
}

/** The weights in a file, with their description. */
export interface WeightsFile {
  readonly format: StateDictFile["format"];
  /** All tensors except the optimiser's, unchecked, with the counters `num_batches_tracked`. */
  readonly weights: Tensors;
  /** How the weights were trained; absent in files of other programs. */
  readonly info?: ModelInfo;
}

/**
 * Decodes the weights of a checkpoint, a model, or a safetensors or .pth file of another program.
 * The content decides the format, not the name. Throws {@linkcode InputError} that names `source`.
 */
export async function decodeWeights(bytes: Uint8Array, source: string): Promise<WeightsFile> {
  const file = named(source, () => readStateDict(bytes));
  const { format } = file;
  const about = format === "safetensors" ? await readEntry(file, source) : undefined;
  const weights: Tensors = Object.create(null);
  for (const [name, tensor] of Object.entries(file.tensors)) {
    const beside = name.startsWith(OPTIMIZER) || name === HISTORY_TENSOR;
    if (about?.kind !== "run" || !beside) weights[name] = tensor;
  }
  if (about === undefined) return { format, weights };
  const config = configFromJson(about.config, `the configuration in ${source}`);
  const info = named(source, () => ({ config, ...standingOf(about, file.tensors) }));
  return { format, weights, info };
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

function modelTensors({ weights, batchesTracked }: TrainingState, network: Network): Tensors {
  const tensors: Tensors = { ...weights };
  for (const name of counterNames(graphOf(network))) {
    tensors[name] = { shape: [], data: BigInt64Array.of(BigInt(batchesTracked)) };
  }
  return tensors;
}

async function encode(
  tensors: Tensors,
  about: Record<string, unknown>,
  hashes: TensorHashes,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = canonicalJson(about);
  return writeSafetensors(tensors, {
    [ENTRY]: text,
    [HASH_ENTRY]: await contentHash(tensors, text, hashes),
  });
}

/** The checked `sonoseg` entry; `undefined` in a file of another program. */
async function readEntry(
  { tensors, metadata }: SafetensorsFile,
  source: string,
): Promise<Record<string, unknown> | undefined> {
  const entry = metadata[ENTRY];
  if (entry === undefined) return undefined;
  if (metadata[HASH_ENTRY] !== await contentHash(tensors, entry)) {
    throw new InputError(`${source} is damaged: its content does not match the hash inside`);
  }
  return named(source, () => {
    const about = record(parseJson(entry, "its sonoseg entry"), "its sonoseg entry");
    const format = whole(1)(about.format, "its format");
    if (format > LONG_FORMAT) {
      throw new InputError(
        `a newer Sonoseg wrote it, in format ${format}; this one reads formats 1 to ${LONG_FORMAT}: install the newer one`,
      );
    }
    return about;
  });
}

/** SHA-256 of the text and of each tensor's name, type, shape and SHA-256, sorted by name. */
async function contentHash(
  tensors: Tensors,
  text: string,
  hashes: TensorHashes = new Map(),
): Promise<string> {
  const lines = [text];
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name];
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const hash = hashes.get(data) ?? await sha256(bytes);
    hashes.set(data, hash);
    lines.push(JSON.stringify([name, data.constructor.name, shape, hash]));
  }
  return sha256(lines.join("\n"));
}

/**
 * Takes `prefix + name` out of `tensors` for each specification, as float32 with a checked shape.
 */
function take(
  tensors: Map<string, Tensors[string]>,
  specs: readonly { readonly name: string; readonly shape: readonly number[] }[],
  prefix: string,
): Tensors<Float32Array> {
  const taken: Tensors<Float32Array> = {};
  for (const { name, shape } of specs) {
    const tensor = tensors.get(prefix + name);
    if (tensor === undefined) throw new InputError(`the tensor ${prefix + name} is missing`);
    if (!(tensor.data instanceof Float32Array) || String(tensor.shape) !== String(shape)) {
      throw new InputError(
        `the tensor ${prefix + name} has shape [${tensor.shape}]; expected float32 [${shape}]`,
      );
    }
    taken[name] = { shape: tensor.shape, data: tensor.data };
    tensors.delete(prefix + name);
  }
  return taken;
}

function named<Result>(source: string, read: () => Result): Result {
  return reworded(read, (why) => `${source} cannot be used: ${why}`);
}
