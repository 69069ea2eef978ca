/**
 * Which engine computes: the GPU where there is a real one, otherwise the CPU.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import { createCpuEngine } from "./cpu/engine.ts";
import type { Engine } from "./engine.ts";
import { describeAdapter, gpuAdapterOf, isSoftware } from "./gpu/adapter.ts";
import { createGpuEngine } from "./gpu/engine.ts";

/** What the user asks for. */
export interface EngineWishes {
  /** `auto` takes a real GPU if there is one; `gpu` takes what is there, even an adapter in software. */
  readonly device: "auto" | "gpu" | "cpu";
  /** Threads of the CPU engine. */
  readonly threads?: number;
  /** The most memory of the CPU engine, in bytes. */
  readonly memoryLimit?: number;
  /** The most GPU memory, in bytes. */
  readonly gpuMemory?: number;
}

/** An engine, and in words why it is this one. */
export interface ChosenEngine {
  readonly engine: Engine;
  readonly why: string;
}

/**
 * Makes the engine that is asked for. Throws `DeviceError` when a GPU is asked for and there is none, `InputError` for
 * numbers out of range.
 */
export async function chooseEngine(wishes: EngineWishes): Promise<ChosenEngine> {
  if (wishes.device === "cpu") return { engine: await cpu(wishes), why: "asked for" };
  const adapter = await gpuAdapterOf();
  if (wishes.device === "gpu") {
    const engine = await gpu(wishes, adapter);
    const software = adapter && isSoftware(adapter);
    return {
      engine,
      why: software ? "asked for; an adapter in software, the CPU engine is faster" : "asked for",
    };
  }
  if (!adapter) return { engine: await cpu(wishes), why: "auto: no GPU was found" };
  const name = describeAdapter(adapter);
  if (isSoftware(adapter)) {
    const why = `auto: the only adapter, ${name}, computes in software, which is slower`;
    return { engine: await cpu(wishes), why };
  }
  try {
    return { engine: await gpu(wishes, adapter), why: "auto: a GPU was found" };
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { engine: await cpu(wishes), why: `auto: ${error.message}` };
  }
}

function cpu({ threads, memoryLimit }: EngineWishes): Promise<Engine> {
  return createCpuEngine({
    ...(threads !== undefined && { threads }),
    ...(memoryLimit !== undefined && { memoryLimit }),
  });
}

function gpu({ gpuMemory }: EngineWishes, adapter: GPUAdapter | undefined): Promise<Engine> {
  return createGpuEngine({
    ...(adapter && { adapter }),
    ...(gpuMemory !== undefined && { gpuMemory }),
  });
}
