/**
 * The engines that every suite tests. An engine is made once for a test file and closed by nobody: the process ends.
 *
 * @module
 */
import type { Engine } from "../../lib/engine/engine.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import { createGpuEngine } from "../../lib/engine/gpu/engine.ts";
import { gpuAdapterOf, isSoftware } from "../../lib/engine/gpu/adapter.ts";
import { ReferenceEngine } from "../reference/engine.ts";

/** An engine under test. */
export interface TestedEngine {
  /** For test names. */
  readonly label: string;
  /** Too slow for whole networks at full width and for long trainings. */
  readonly slow: boolean;
  readonly engine: Engine;
}

/** The specification of every step. */
export const referenceEngine = new ReferenceEngine();

/** The adapter of the GPU tests. */
export const gpuAdapter = await gpuAdapterOf();

/** Engines that must agree with the specification. */
export const fastEngines: readonly TestedEngine[] = [
  { label: "CPU", slow: false, engine: await createCpuEngine({ threads: 2 }) },
  ...await gpuEngines(),
];

/** The GPU engine, if there is an adapter; in continuous integration there must be one, if only lavapipe. */
async function gpuEngines(): Promise<TestedEngine[]> {
  const adapter = gpuAdapter;
  if (!adapter) {
    if (Deno.env.get("CI") === "true") {
      throw new Error("no GPU adapter: install one, Mesa's lavapipe will do (mesa-vulkan-drivers)");
    }
    console.warn(
      "GPU TESTS ARE SKIPPED: navigator.gpu has no adapter (mesa-vulkan-drivers has one)",
    );
    return [];
  }
  const engine = await createGpuEngine({ adapter });
  return [{ label: "GPU", slow: isSoftware(adapter), engine }];
}

/** All engines; each must agree with PyTorch's numbers. */
export const engines: readonly TestedEngine[] = [
  { label: "float64", slow: true, engine: referenceEngine },
  ...fastEngines,
];
