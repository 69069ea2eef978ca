/**
 * From `--device`, `--threads` and `--memory-limit` to an engine.
 *
 * @module
 */
import type { Engine } from "../engine/engine.ts";
import { createCpuEngine } from "../engine/cpu/engine.ts";
import { DeviceError } from "../errors.ts";
import type { Device, RunSettings } from "../train/run_settings.ts";

/** Makes the engine that the settings ask for. Throws {@linkcode DeviceError} for the GPU. */
export function openEngine(
  settings: Pick<RunSettings, "device" | "threads" | "memoryLimit">,
): Promise<Engine> {
  checkDevice(settings.device);
  return createCpuEngine({
    ...(settings.threads !== null && { threads: settings.threads }),
    ...(settings.memoryLimit !== null && { memoryLimit: settings.memoryLimit }),
  });
}

/** Throws {@linkcode DeviceError} for a device that this version cannot compute on. */
export function checkDevice(device: Device): void {
  if (device === "gpu") {
    throw new DeviceError(
      "--device gpu: the commands cannot use the GPU engine yet; --device cpu works",
    );
  }
}

/** The engine in words; says so when `auto` chose. */
export function describeDevice(engine: Engine, { device }: Pick<RunSettings, "device">): string {
  const chosen = device === "auto" ? " (auto: the commands compute on the CPU for now)" : "";
  return `${engine.name}, ${engine.adapter}${chosen}`;
}
