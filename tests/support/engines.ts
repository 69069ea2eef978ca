/**
 * The backends that every suite tests. An engine is made once for a test file and closed by nobody: the process ends.
 *
 * @module
 */
import { BackendEngine } from "../../lib/engine/backend_engine.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import { createGpuEngine } from "../../lib/engine/gpu/engine.ts";
import { gpuAdapterOf, isSoftware } from "../../lib/engine/gpu/adapter.ts";
import { ReferenceBackend } from "../reference/backend.ts";

/** An engine under test. */
export interface TestedEngine {
  /** For test names. */
  readonly label: string;
  /** Too slow for whole networks at full width and for long trainings. */
  readonly slow: boolean;
  readonly engine: Engine;
  /** Makes another, for tests that close it. */
  readonly make: () => Promise<Engine>;
}

/** The adapter of the GPU tests. */
export const gpuAdapter = await gpuAdapterOf();

const reference: TestedEngine = await tested("float64", true, () => {
  return Promise.resolve(new BackendEngine(new ReferenceBackend()));
});

/** The specification of every step. */
export const referenceEngine: Engine = reference.engine;

/** Engines that must agree with the specification. */
export const fastEngines: readonly TestedEngine[] = [
  await tested("CPU", false, () => createCpuEngine({ threads: 2 })),
  ...await gpuEngines(),
];

/** All engines; each must agree with PyTorch's numbers. */
export const engines: readonly TestedEngine[] = [reference, ...fastEngines];

async function tested(
  label: string,
  slow: boolean,
  make: () => Promise<Engine>,
): Promise<TestedEngine> {
  return { label, slow, engine: await make(), make };
}

/** The GPU engine, if there is an adapter; in continuous integration there must be one, if only lavapipe. */
async function gpuEngines(): Promise<TestedEngine[]> {
  if (gpuAdapter) {
    const make = async () => createGpuEngine({ adapter: (await gpuAdapterOf())! });
    return [await tested("GPU", isSoftware(gpuAdapter), make)];
  }
  if (Deno.env.get("CI") === "true") {
    throw new Error("no GPU adapter: install one, Mesa's lavapipe will do (mesa-vulkan-drivers)");
  }
  console.warn("GPU TESTS ARE SKIPPED: navigator.gpu has no adapter (mesa-vulkan-drivers has one)");
  return [];
}
