/**
 * From `--device`, `--threads`, `--memory-limit` and `--gpu-memory` to an engine.
 *
 * @module
 */
import { chooseEngine, type ChosenEngine } from "../engine/choose.ts";
import type { RunSettings } from "../train/run_settings.ts";

/** Makes the engine that the settings ask for. Throws `DeviceError` where there is no such device or it computes wrongly. */
export function openEngine(
  { device, threads, memoryLimit, gpuMemory }: Pick<
    RunSettings,
    "device" | "threads" | "memoryLimit" | "gpuMemory"
  >,
): Promise<ChosenEngine> {
  return chooseEngine({
    device,
    ...(threads !== null && { threads }),
    ...(memoryLimit !== null && { memoryLimit }),
    ...(gpuMemory !== null && { gpuMemory }),
  });
}

/** The engine in words, and why it is this one: "cpu, WebAssembly SIMD, 2 threads (auto: no GPU was found)". */
export function describeDevice({ engine, why }: ChosenEngine): string {
  return `${engine.name}, ${engine.adapter} (${why})`;
}
