/**
 * From `--device`, `--threads`, `--memory-limit` and `--gpu-memory` to an engine.
 *
 * @module
 */
import { chooseEngine, type ChosenEngine } from "../engine/choose.ts";
import type { FileStore } from "../store/store.ts";
import { TuningFile } from "../store/tuning_file.ts";
import type { RunSettings } from "../run/run_settings.ts";
import { spelled } from "./options/flags.ts";
import type { Say } from "./terminal/say.ts";

/**
 * Where the choice of kernels is remembered, and how it is said that they are measured; none with
 * `--no-autotune`.
 */
export interface Tuning {
  readonly data: FileStore;
  readonly autotune?: boolean | undefined;
  readonly say: Say;
}

/**
 * Makes the engine that the settings ask for. Throws `DeviceError` where there is no such device or
 * it computes wrongly.
 */
export function openEngine(
  { device, threads, memoryLimit, gpuMemory }: Pick<
    RunSettings,
    "device" | "threads" | "memoryLimit" | "gpuMemory"
  >,
  tuning?: Tuning,
): Promise<ChosenEngine> {
  const { data, autotune = true, say } = tuning ?? { autotune: false };
  const onStart = () => say?.line("measuring which kernels suit this GPU: once, at most 20 s");
  return chooseEngine({
    device,
    ...(threads !== null && { threads }),
    ...(memoryLimit !== null && { memoryLimit }),
    ...(gpuMemory !== null && { gpuMemory }),
    ...(autotune && data && { tuning: { store: new TuningFile(data), onStart } }),
  });
}

/**
 * The engine in words, and why it is this one: "cpu, WebAssembly SIMD, 2 threads (auto: no GPU was
 * found)".
 */
export function describeDevice({ engine, why }: ChosenEngine): string {
  return `${engine.name}, ${engine.adapter} (${spelled(why)})`;
}
