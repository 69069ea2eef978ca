/**
 * Opens an engine from the settings of a run.
 *
 * @module
 */
import { chooseEngine, type ChosenEngine } from "../engine/choose.ts";
import type { FileStore } from "../store/store.ts";
import { TuningFile } from "../store/tuning_file.ts";
import { newSettings, type RunSettings } from "./run_settings.ts";

/** Options of GPU kernel tuning. */
export interface TuningRequest {
  /** Stores the fastest kernels. Without a store, nothing is tuned. */
  readonly output?: FileStore | undefined;
  /** Whether kernels are tuned at first use. Default: true. */
  readonly autotune?: boolean | undefined;
  /** Called before tuning, which takes at most 20 s. */
  readonly onTuning?: (() => void) | undefined;
}

/**
 * Creates the engine that the settings select. Omitted settings have their defaults.
 *
 * @throws {DeviceError} if the device is missing or fails its self-test.
 */
export function openEngine(
  given?: Partial<RunSettings>,
  { output, autotune = true, onTuning }: TuningRequest = {},
): Promise<ChosenEngine> {
  const { device, threads, memoryLimit, gpuMemory } = newSettings(given);
  return chooseEngine({
    device,
    ...(threads !== null && { threads }),
    ...(memoryLimit !== null && { memoryLimit }),
    ...(gpuMemory !== null && { gpuMemory }),
    ...(autotune && output && {
      tuning: { store: new TuningFile(output), ...(onTuning && { onStart: onTuning }) },
    }),
  });
}
