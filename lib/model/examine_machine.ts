/**
 * Self-test of the machine: lists its engines and compares them with stored results.
 *
 * @module
 */
import { createCpuEngine } from "../engine/cpu/engine.ts";
import { selfTest, type StepFinding } from "../engine/doctor.ts";
import type { Engine } from "../engine/engine.ts";
import { gpuAdapterOf, noAdapter } from "../engine/gpu/adapter.ts";
import { createGpuEngine } from "../engine/gpu/engine.ts";
import { planOf, tensorsOfWorkload, WORKLOADS_BY_NAME } from "../engine/workloads.ts";
import type { StepKind } from "../plan/steps.ts";
import { checkHasVector, examineModel, type ModelFinding } from "./examine_model.ts";
import type { Model } from "./model_file.ts";

/** The arguments of {@linkcode examineMachine}. */
export interface ExamineRequest {
  /** By default the CPU, and the GPU where there is one. */
  readonly device?: "cpu" | "gpu" | undefined;
  /** Whether steps are timed. */
  readonly speed?: boolean | undefined;
  /** A model whose test vector is checked. */
  readonly model?: Model | undefined;
}

/** Callbacks that receive the devices before they are examined. */
export interface ExamineDisplay {
  /** The GPU, or that there is none. */
  gpu?(adapter: GPUAdapter | undefined): void;
  /** The CPU engine's description, such as "WebAssembly SIMD, 2 threads". */
  cpu?(description: string): void;
}

/** An engine and its results. */
export interface ExaminedEngine {
  readonly name: "GPU" | "CPU";
  readonly findings: readonly StepFinding[];
  /** FLOP per second by kind of step. */
  readonly rates: ReadonlyMap<StepKind, number>;
  /** The result of the model's test vector, when a model was given. */
  readonly model?: ModelFinding;
}

/** The workload whose training steps are timed, and the number of runs. */
const SPEED_WORKLOAD = "D";
const RUNS = 3;

/**
 * Examines the GPU, then the CPU.
 *
 * @throws {DeviceError} when a GPU is asked for and there is none.
 * @throws {InputError} for a model without a test vector.
 */
export async function examineMachine(
  request: ExamineRequest = {},
  display: ExamineDisplay = {},
): Promise<ExaminedEngine[]> {
  const { device, model } = request;
  if (model !== undefined) checkHasVector(model);
  const adapter = device === "cpu" ? undefined : await gpuAdapterOf();
  if (device === "gpu" && !adapter) throw noAdapter();
  if (device !== "cpu") display.gpu?.(adapter);
  const examined: ExaminedEngine[] = [];
  if (adapter) {
    const gpu = await createGpuEngine({ adapter });
    // Timing needs an adapter with timestamps.
    const speed = request.speed && adapter.features.has("timestamp-query");
    examined.push(await examineEngine("GPU", gpu, { ...request, speed }));
  }
  if (device !== "gpu") {
    const cpu = await createCpuEngine();
    display.cpu?.(cpu.adapter);
    examined.push(await examineEngine("CPU", cpu, request));
  }
  return examined;
}

async function examineEngine(
  name: ExaminedEngine["name"],
  engine: Engine,
  { speed, model: given }: ExamineRequest,
): Promise<ExaminedEngine> {
  const findings = await selfTest(engine);
  const model = given && await examineModel(engine, given);
  const rates = new Map<StepKind, number>();
  if (speed) {
    const workload = WORKLOADS_BY_NAME.get(SPEED_WORKLOAD)!;
    const tensors = tensorsOfWorkload(workload);
    const { kinds } = await engine.profile(planOf(workload), tensors, { runs: RUNS });
    for (const { kind, flops, ms } of kinds) if (flops > 0) rates.set(kind, flops / ms * 1000);
  }
  engine.close();
  return { name, findings, rates, ...(model && { model }) };
}
