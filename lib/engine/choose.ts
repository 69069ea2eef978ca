/**
 * Chooses the engine: the GPU if it is a real one and passes the self-test, otherwise the CPU.
 *
 * @module
 */
import { DeviceError, InputError } from "../core/errors.ts";
import { command, type Sentence, sentence, setting } from "../core/sentence.ts";
import { createCpuEngine } from "./cpu/engine.ts";
import { selfTest } from "./doctor.ts";
import { LOSES_NAN } from "./doctor_nan.ts";
import type { Engine } from "./engine.ts";
import { describeAdapter, gpuAdapterOf, isSoftware, noAdapter } from "./gpu/adapter.ts";
import { createGpuEngine } from "./gpu/engine.ts";
import type { TuningOptions } from "./gpu/tuning.ts";

/** Options of {@linkcode chooseEngine}. */
export interface EngineOptions {
  /** `auto` uses a real GPU if there is one; `gpu` uses any adapter, even one in software. */
  readonly device: "auto" | "gpu" | "cpu";
  /** Threads of the CPU engine. */
  readonly threads?: number;
  /** The most memory of the CPU engine, in bytes. */
  readonly memoryLimit?: number;
  /** The most GPU memory, in bytes. */
  readonly gpuMemory?: number;
  /** Whether and how a GPU's kernels are measured at first use. */
  readonly tuning?: TuningOptions;
}

/** An engine, and the reason for the choice. */
export interface ChosenEngine {
  readonly engine: Engine;
  readonly why: string | Sentence;
}

/**
 * Makes the requested engine.
 *
 * @throws {DeviceError} when a GPU is requested and there is none, or it fails the self-test.
 * @throws {InputError} for numbers out of range.
 */
export async function chooseEngine(options: EngineOptions): Promise<ChosenEngine> {
  const { adapter, why } = await selectAdapter(options.device);
  if (!adapter) return { engine: await cpu(options), why };
  try {
    return { engine: await gpu(options, adapter), why };
  } catch (error) {
    if (!(error instanceof DeviceError) || options.device === "gpu") throw error;
    return { engine: await cpu(options), why: sentence`auto: ${error.sentence}` };
  }
}

/**
 * The adapter to compute on, none for the CPU, and the reason.
 *
 * @throws {DeviceError} when a GPU is requested and there is none.
 */
export async function selectAdapter(
  device: EngineOptions["device"],
): Promise<{ readonly adapter?: GPUAdapter; readonly why: string }> {
  if (device === "cpu") return { why: "asked for" };
  const adapter = await gpuAdapterOf();
  const software = adapter !== undefined && isSoftware(adapter);
  if (device === "gpu") {
    if (!adapter) throw noAdapter();
    const slower = software ? "; an adapter in software, the CPU engine is faster" : "";
    return { adapter, why: `asked for${slower}` };
  }
  if (!adapter) return { why: "auto: no GPU was found" };
  if (software) {
    const name = describeAdapter(adapter);
    return { why: `auto: the only adapter, ${name}, computes in software, which is slower` };
  }
  return { adapter, why: "auto: a GPU was found" };
}

/** The most threads for each core: more only take memory, up to 9 MiB each. */
const THREADS_PER_CORE = 4;
/** So many threads are fine on every machine. */
const FEW_THREADS = 16;

function cpu({ threads, memoryLimit }: EngineOptions): Promise<Engine> {
  const cores = navigator.hardwareConcurrency || 1;
  const most = Math.max(FEW_THREADS, THREADS_PER_CORE * cores);
  if (threads !== undefined && threads > most) {
    throw new InputError(
      sentence`${
        setting("threads", threads)
      } is more than this machine is good for (${cores} cores);
        give at most ${most}, or none for one per core`,
    );
  }
  return createCpuEngine({
    ...(threads !== undefined && { threads }),
    ...(memoryLimit !== undefined && { memoryLimit }),
  });
}

async function gpu({ gpuMemory, tuning }: EngineOptions, adapter: GPUAdapter): Promise<Engine> {
  const engine = await createGpuEngine({
    adapter,
    ...(gpuMemory !== undefined && { gpuMemory }),
    tuning,
  });
  try {
    await assertSelfTest(engine);
    return engine;
  } catch (error) {
    engine.close();
    throw error;
  }
}

/** Throws `DeviceError` for an engine that fails the short self-test. */
async function assertSelfTest(engine: Engine): Promise<void> {
  const findings = await selfTest(engine, { short: true });
  const failed = findings.filter(({ healthy }) => !healthy).map(({ kind }) => kind);
  if (failed.length === 0) return;
  const lost = findings.some(({ losesNan }) => losesNan) ? `, and ${LOSES_NAN}` : "";
  throw new DeviceError(
    sentence`the GPU (${engine.adapter}) computes ${
      failed.join(", ")
    } wrongly${lost}; it cannot be used:
      update its driver, or compute with ${setting("device", "cpu")}; ${
      command("doctor")
    } shows the details`,
  );
}
