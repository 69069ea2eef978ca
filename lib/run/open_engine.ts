/**
 * From a run's settings to an engine.
 *
 * @module
 */
import { chooseEngine, type ChosenEngine } from "../engine/choose.ts";
import type { FileStore } from "../store/store.ts";
import { TuningFile } from "../store/tuning_file.ts";
import { newSettings, type RunSettings } from "./run_settings.ts";

/** How a GPU's kernels are chosen. */
export interface TuningRequest {
  /** Remembers which kernels were fastest. Without it nothing is measured. */
  readonly data?: FileStore | undefined;
  /** Whether kernels are measured at first use; by default they are. */
  readonly autotune?: boolean | undefined;
  /** Called before they are measured, which takes at most 20 s. */
  readonly onTuning?: (() => void) | undefined;
}

/**
 * Makes the engine that the settings ask for. What they leave out has its default.
 *
 * @throws {DeviceError} where there is no such device or it computes wrongly.
 */
export function openEngine(
  given?: Partial<RunSettings>,
  { data, autotune = true, onTuning }: TuningRequest = {},
): Promise<ChosenEngine> {
  const { device, threads, memoryLimit, gpuMemory } = newSettings(given);
  return chooseEngine({
    device,
    ...(threads !== null && { threads }),
    ...(memoryLimit !== null && { memoryLimit }),
    ...(gpuMemory !== null && { gpuMemory }),
    ...(autotune && data && {
      tuning: { store: new TuningFile(data), ...(onTuning && { onStart: onTuning }) },
    }),
  });
}
