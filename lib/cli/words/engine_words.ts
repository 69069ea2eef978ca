/**
 * What is said of engines.
 *
 * @module
 */
import type { ChosenEngine } from "../../mod.ts";
import { spelled } from "../options/flags.ts";

/** Said before a GPU's kernels are measured. */
export const TUNING = "measuring which kernels suit this GPU: once, at most 20 s";

/**
 * The engine in words, and why it is this one: "cpu, WebAssembly SIMD, 2 threads (auto: no GPU was
 * found)".
 */
export function describeDevice({ engine, why }: ChosenEngine): string {
  return `${engine.name}, ${engine.adapter} (${spelled(why)})`;
}
