/**
 * Descriptions of engines.
 *
 * @module
 */
import type { ChosenEngine } from "../../mod.ts";
import { spelled } from "../options/flags.ts";

/** Printed before GPU kernels are tuned. */
export const TUNING = "measuring which kernels suit this GPU: once, at most 20 s";

/**
 * Describes the engine and the reason for its choice: "cpu, WebAssembly SIMD, 2 threads (auto: no
 * GPU was found)".
 */
export function describeDevice({ engine, why }: ChosenEngine): string {
  return `${engine.name}, ${engine.adapter} (${spelled(why)})`;
}
