/**
 * Checkpoints (the whole state of a run) and models (weights alone) as safetensors bytes.
 *
 * Weights have PyTorch's names, and the counters `*.num_batches_tracked` are int64 scalars, so that
 * other programs can read them. The optimiser's slots are named `optimizer.SLOT.PARAMETER`, the
 * moving averages `ema.PARAMETER`, the gradients of a step that is not made yet
 * `accumulated.PARAMETER`. The metadata entry `sonoseg` is one canonical JSON text with the kind of
 * file, the configuration, the counters, the progress and the model card. The entry `sha256` covers
 * that text and all tensors. No time, host or path is stored: equal states are equal bytes.
 *
 * @module
 */
import { InputError, naming } from "../core/errors.ts";
import { number, object, optional, orNull, record, text, whole } from "../core/json.ts";
import { plural } from "../core/plural.ts";
import type { Tensors } from "../core/tensor.ts";
import type { TrainingState } from "../engine/engine.ts";
import { readSafetensors } from "../formats/safetensors.ts";
import { graphOf } from "../network/architectures.ts";
import { type Network } from "../network/network.ts";
import { counterNames, parametersOf } from "../network/parameters.ts";
import { type LossScale, SCALE_BOUNDS } from "../plan/loss_scaling.ts";
import { OPTIMIZERS } from "../plan/optimizers.ts";
import {
  configFromJson,
  configToJson,
  networkOfConfig,
  type TrainingConfig,
} from "../train/config.ts";
import type { Checkpoint } from "../train/loop.ts";
import { hasAverage, type HistoryRow, type Progress } from "../train/progress.ts";
import { progressFromJson, progressToJson, rowToJson } from "../train/progress_json.ts";
import {
  HISTORY_TENSOR,
  historyFromTensor,
  historyToTensor,
  LONG_HISTORY,
} from "./history_tensor.ts";
import { cardFromJson, cardToJson, type ModelCard } from "./model_card.ts";
import { FORMAT, LONG_FORMAT, readEntry, seal, type TensorHashes } from "./sealed_entry.ts";

/** A checkpoint with the configuration and the hashes of its run. */
export interface SavedRun extends Checkpoint {
  readonly config: TrainingConfig;
  /** A hash of the images and masks at the start of the run. */
  readonly dataHash: string;
  /** The SHA-256 of the best model's file at the time of saving; absent before the first one. */
  readonly bestHash?: string;
  /** The SHA-256 of the file of the averaged weights; absent where there is none. */
  readonly averageHash?: string;
  /** The card of these weights; absent in files of format 1. */
  readonly card?: ModelCard;
}

/** What a file says of a model besides its weights. */
export interface ModelInfo {
  readonly config: TrainingConfig;
  /** The number of finished epochs. */
  readonly epoch: number;
  readonly valDice: number | null;
  /** Whether the weights are the moving average. */
  readonly averaged?: boolean;
  /** The figures of that epoch; absent in files of format 1. */
  readonly metrics?: HistoryRow;
  /** Absent in files of format 1. */
  readonly card?: ModelCard;
}

/** Prefix of the optimiser's tensors: `optimizer.SLOT.PARAMETER`. */
export const OPTIMIZER = "optimizer.";

/** Prefix of the moving averages in a checkpoint: `ema.PARAMETER`. */
export const AVERAGE = "ema.";

/** Prefix of the gradients of a step that is not made yet: `accumulated.PARAMETER`. */
export const ACCUMULATED = "accumulated.";

/** Encodes all that resuming a run needs. `hashes` is read and added to. */
export function encodeRun(
  run: SavedRun,
  hashes: TensorHashes = new Map(),
): Promise<Uint8Array<ArrayBuffer>> {
  const { state, progress, config, dataHash, bestHash, averageHash, card } = run;
  const { slots = {}, average = {}, accumulated, lossScale, step, batchesTracked } = state;
  const tensors = modelTensors(state, networkOfConfig(config));
  // Slots are zeros before the first step. They are left out, since some trainers do not list them.
  for (const [slot, part] of step === 0 ? [] : Object.entries(slots)) {
    for (const [name, tensor] of Object.entries(part)) {
      tensors[`${OPTIMIZER}${slot}.${name}`] = tensor;
    }
  }
  // Before the first batch the averages are the weights.
  for (const [name, tensor] of step === 0 && !accumulated ? [] : Object.entries(average)) {
    tensors[`${AVERAGE}${name}`] = tensor;
  }
  for (const [name, tensor] of Object.entries(accumulated?.gradients ?? {})) {
    tensors[`${ACCUMULATED}${name}`] = tensor;
  }
  const isLong = progress.history.length > LONG_HISTORY;
  if (isLong) tensors[HISTORY_TENSOR] = historyToTensor(progress.history);
  const { history, ...position } = progressToJson(isLong ? { ...progress, history: [] } : progress);
  return seal(tensors, {
    format: isLong ? LONG_FORMAT : FORMAT,
    kind: "run",
    config: configToJson(config),
    data_sha256: dataHash,
    best_sha256: bestHash ?? null,
    ...(averageHash !== undefined && { ema_sha256: averageHash }),
    step,
    batches_tracked: batchesTracked,
    ...(accumulated && { accumulated: accumulated.batches }),
    ...(lossScale && { loss_scale: { ...lossScale } }),
    progress: isLong ? position : { ...position, history },
    ...(card && cardToJson(card)),
  }, hashes);
}

interface RunEntries {
  readonly step: number;
  readonly batches_tracked: number;
  readonly accumulated?: number;
  readonly loss_scale?: LossScale;
  readonly data_sha256: string;
  readonly best_sha256?: string | null;
  readonly ema_sha256?: string;
}

const runReader = object<RunEntries>({
  step: whole(),
  batches_tracked: whole(),
  accumulated: optional(whole()),
  loss_scale: optional(object<LossScale>({ scale: number, steps: whole(), skipped: whole() })),
  data_sha256: text,
  best_sha256: optional(orNull(text)),
  ema_sha256: optional(text),
});

/**
 * Decodes the result of {@linkcode encodeRun}. Throws {@linkcode InputError} that names `source`
 * for any other bytes.
 */
export async function decodeRun(bytes: Uint8Array, source: string): Promise<SavedRun> {
  const file = naming(source, () => readSafetensors(bytes));
  const about = await readEntry(file, source);
  if (about?.kind !== "run") {
    throw new InputError(`${source} is no checkpoint of a run: there is nothing in it to resume`);
  }
  const config = configFromJson(about.config, `the configuration in ${source}`);
  return naming(source, () => {
    const {
      step,
      batches_tracked: batchesTracked,
      accumulated,
      loss_scale: lossScale,
      data_sha256: dataHash,
      best_sha256: bestHash,
      ema_sha256: averageHash,
    } = runReader(about);
    const progress = progressOf(about, file.tensors);
    const parameters = parametersOf(graphOf(networkOfConfig(config)));
    const trained = parameters.filter((spec) => spec.trained);
    const tensors = new Map(Object.entries(file.tensors));
    const isAveraged = config.ema !== null;
    if (progress.history.some((row) => hasAverage(row) !== isAveraged)) {
      const [has, is] = isAveraged ? ["lacks", "are"] : ["has", "are not"];
      throw new InputError(
        `its history ${has} figures of averaged weights, but they ${is} averaged`,
      );
    }
    checkAccumulated(accumulated, config, progress);
    checkLossScale(lossScale, config, batchesTracked);
    if (about.format === LONG_FORMAT) tensors.delete(HISTORY_TENSOR);
    const state = {
      weights: take(tensors, parameters, ""),
      ...(step > 0 && {
        slots: Object.fromEntries(
          OPTIMIZERS[config.optimizer].slots.map((
            slot,
          ) => [slot, take(tensors, trained, `${OPTIMIZER}${slot}.`)]),
        ),
      }),
      ...(isAveraged && (step > 0 || accumulated !== undefined) && {
        average: take(tensors, parameters, AVERAGE),
      }),
      ...(accumulated !== undefined && {
        accumulated: { batches: accumulated, gradients: take(tensors, trained, ACCUMULATED) },
      }),
      ...(lossScale && { lossScale }),
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
      ...(averageHash !== undefined && { averageHash }),
      ...(card && { card }),
    };
  });
}

/** Refuses gradients of other batches than those since the last step of the epoch. */
function checkAccumulated(
  given: number | undefined,
  { accumulate }: TrainingConfig,
  { losses }: Progress,
): void {
  const expected = losses.length % accumulate;
  if (given === undefined || given === expected && given > 0) return;
  throw new InputError(
    `it holds the gradients of ${plural(given, "batch", "batches")}; expected ${expected} after ` +
      `${losses.length} in steps of ${accumulate}`,
  );
}

/** Refuses a state of loss scaling that no training with this configuration leaves. */
function checkLossScale(
  given: LossScale | undefined,
  { precision }: TrainingConfig,
  batchesTracked: number,
): void {
  if (precision === "float32" ? given !== undefined : !given && batchesTracked > 0) {
    throw new InputError(
      `it ${given ? "has" : "lacks"} a loss scale, but its precision is ${precision}`,
    );
  }
  if (given === undefined) return;
  const { least, most } = SCALE_BOUNDS;
  if (!(given.scale >= least && given.scale <= most && Number.isInteger(Math.log2(given.scale)))) {
    throw new InputError(
      `its loss scale is ${given.scale}; expected a power of two from ${least} to ${most}`,
    );
  }
}

/** The position of a run, whose history may be a tensor. */
export function progressOf(about: Record<string, unknown>, tensors: Tensors): Progress {
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
  return seal(modelTensors(state, networkOfConfig(info.config)), {
    format: FORMAT,
    kind: "model",
    config: configToJson(info.config),
    epoch: info.epoch,
    val_dice: info.valDice,
    ...(info.averaged && { averaged: true }),
    ...(info.metrics && { metrics: rowToJson(info.metrics) }),
    ...(info.card && cardToJson(info.card)),
  }, hashes);
}

function modelTensors({ weights, batchesTracked }: TrainingState, network: Network): Tensors {
  const tensors: Tensors = { ...weights };
  for (const name of counterNames(graphOf(network))) {
    tensors[name] = { shape: [], data: BigInt64Array.of(BigInt(batchesTracked)) };
  }
  return tensors;
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
