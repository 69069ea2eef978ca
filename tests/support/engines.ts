/**
 * The backends that every suite tests, and engines on them. An engine is made once for a test file.
 * It is never closed; it ends with the process.
 *
 * @module
 */
import { MOST_MEMORY_BYTES } from "../../lib/core/wasm.ts";
import type { Backend } from "../../lib/engine/backend.ts";
import { BackendEngine } from "../../lib/engine/backend_engine.ts";
import { CpuBackend } from "../../lib/engine/cpu/backend.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { Gpu, gpuAdapterOf, isSoftware } from "../../lib/engine/gpu/adapter.ts";
import { GpuBackend } from "../../lib/engine/gpu/backend.ts";
import { ReferenceBackend } from "../reference/backend.ts";

/** An engine under test. */
export interface TestedEngine {
  /** For test names. */
  readonly label: string;
  /** Whether it is too slow for networks of full width and for long trainings. */
  readonly slow: boolean;
  readonly engine: Engine;
  /** Makes another backend of the same kind, for tests that close it or use it directly. */
  readonly makeBackend: () => Promise<Backend>;
}

/** The adapter of the GPU tests. */
export const gpuAdapter = await gpuAdapterOf();

const reference = await tested("float64", true, () => Promise.resolve(new ReferenceBackend()));

/** The specification of every step. */
export const referenceEngine: Engine = reference.engine;

/** Engines that must agree with the specification. */
export const fastEngines: readonly TestedEngine[] = [
  await tested("CPU", false, () => Promise.resolve(new CpuBackend(2, MOST_MEMORY_BYTES))),
  ...await gpuEngines(),
];

/** The GPU engine on an adapter in software, which compiles each network for seconds. */
export const softwareEngines = fastEngines.filter(({ slow }) => slow);

/** The CPU engine, and the GPU engine on a real GPU. */
export const quickEngines = fastEngines.filter(({ slow }) => !slow);

/** All engines; each must agree with PyTorch's numbers. */
export const engines: readonly TestedEngine[] = [reference, ...fastEngines];

async function tested(
  label: string,
  slow: boolean,
  makeBackend: () => Promise<Backend>,
): Promise<TestedEngine> {
  return { label, slow, engine: new BackendEngine(await makeBackend()), makeBackend };
}

/**
 * The GPU engine, if there is an adapter. Continuous integration must have one, at least lavapipe.
 */
async function gpuEngines(): Promise<TestedEngine[]> {
  if (gpuAdapter) {
    // An adapter can open only one device.
    const make = async () => new GpuBackend(await Gpu.open((await gpuAdapterOf())!), Infinity);
    return [await tested("GPU", isSoftware(gpuAdapter), make)];
  }
  if (Deno.env.get("CI") === "true") {
    throw new Error("no GPU adapter: install one, Mesa's lavapipe will do (mesa-vulkan-drivers)");
  }
  console.warn("GPU TESTS ARE SKIPPED: navigator.gpu has no adapter (mesa-vulkan-drivers has one)");
  return [];
}
