/**
 * What a run may be resumed with differently: the device, its threads and memory, the number of sample pictures, how often
 * it is saved. None changes a bit of the result but the device: another one adds in another order. `config.json` holds it
 * beside the configuration.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { configFromJson, configToJson, type TrainingConfig } from "../train/config.ts";
import { record } from "../core/json.ts";

/** Where to compute. */
export type Device = "auto" | "cpu" | "gpu";

/** How a run is made rather than what it makes. */
export interface RunSettings {
  readonly device: Device;
  /** Threads of the CPU engine; `null` for one per core. */
  readonly threads: number | null;
  /** The most memory for the CPU engine, in bytes; `null` for all that it can address. */
  readonly memoryLimit: number | null;
  /** The most memory for the GPU engine, in bytes; `null` for what the GPU has. */
  readonly gpuMemory: number | null;
  /** Test images drawn into `samples/`. */
  readonly samples: number;
  /** After how many epochs each the first test images are drawn into `snapshots/`; `null`: ever more rarely, 0: never. */
  readonly snapshots: number | null;
  /** Minutes between the checkpoints inside an epoch; 0 for none. */
  readonly saveEvery: number;
}

export const DEFAULT_SETTINGS: RunSettings = {
  device: "auto",
  threads: null,
  memoryLimit: null,
  gpuMemory: null,
  samples: 10,
  snapshots: null,
  saveEvery: 10,
};

const MOST_THREADS = 256;

/** Checks every field; throws {@linkcode InputError} for the first that cannot be used. */
export function checkSettings(settings: RunSettings): void {
  const { device, threads, memoryLimit, gpuMemory, samples, snapshots, saveEvery } = settings;
  if (device !== "auto" && device !== "cpu" && device !== "gpu") {
    throw new InputError(`--device is ${JSON.stringify(device)}; expected auto, cpu or gpu`);
  }
  if (threads !== null && !isWhole(threads, 1, MOST_THREADS)) {
    throw new InputError(
      `--threads is ${threads}; expected a whole number from 1 to ${MOST_THREADS}`,
    );
  }
  for (const [option, value] of [["memory-limit", memoryLimit], ["gpu-memory", gpuMemory]]) {
    if (value !== null && !isWhole(value, 1, Number.MAX_SAFE_INTEGER)) {
      throw new InputError(`--${option} is ${value}; expected a number of bytes such as 2GiB`);
    }
  }
  if (!isWhole(samples, 0, 1_000_000)) {
    throw new InputError(`--samples is ${samples}; expected a whole number from 0`);
  }
  if (snapshots !== null && !isWhole(snapshots, 0, 1_000_000)) {
    throw new InputError(`--snapshots is ${snapshots}; expected a whole number from 0`);
  }
  if (!(Number.isFinite(saveEvery) && saveEvery >= 0)) {
    throw new InputError(
      `--save-every is ${saveEvery}; expected minutes, or 0 to save only after each epoch`,
    );
  }
}

/** The text of `config.json`. */
export function runConfigToJson(
  config: TrainingConfig,
  { device, threads, memoryLimit, gpuMemory, samples, snapshots, saveEvery }: RunSettings,
): Record<string, unknown> {
  return {
    ...configToJson(config),
    device,
    threads,
    memory_limit: memoryLimit,
    gpu_memory: gpuMemory,
    samples,
    snapshots,
    save_every: saveEvery,
  };
}

/**
 * Reads what {@linkcode runConfigToJson} wrote; files of earlier versions have fewer keys.
 * Throws {@linkcode InputError}, naming `source`.
 */
export function runConfigFromJson(
  json: unknown,
  source: string,
): { config: TrainingConfig; settings: RunSettings } {
  const given = record(json, source);
  // Files of earlier versions lack these.
  const {
    gpu_memory: gpuMemory = DEFAULT_SETTINGS.gpuMemory,
    snapshots = DEFAULT_SETTINGS.snapshots,
    save_every: saveEvery = DEFAULT_SETTINGS.saveEvery,
    ...others
  } = given;
  const { device, threads, memory_limit: memoryLimit, samples, ...rest } = others;
  for (const [name, value] of Object.entries({ device, threads, memoryLimit, samples })) {
    if (value === undefined) throw new InputError(`${source} has no usable ${name}`);
  }
  const settings = {
    device,
    threads,
    memoryLimit,
    gpuMemory,
    samples,
    snapshots,
    saveEvery,
  } as RunSettings;
  try {
    checkSettings(settings);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${source} cannot be used: ${error.message}`);
  }
  return { config: configFromJson(rest, source), settings };
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}
