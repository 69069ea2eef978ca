/**
 * Where the time of a plan goes on the GPU engine: each dispatch is a pass of its own with a timestamp at either end, and
 * dispatches are summed by the kind of their step.
 *
 * @module
 */
import { type Plan, stepsOf } from "../../plan/plan.ts";
import { DeviceError } from "../../core/errors.ts";
import type { Tensors } from "../../core/tensor.ts";
import { type PlanTimes, summarise } from "../profile.ts";
import type { StepKind } from "../../plan/steps.ts";
import { operandsOf } from "../../plan/operands.ts";
import { Gpu } from "./adapter.ts";
import { Clock } from "./clock.ts";
import { Machine } from "./machine.ts";
import { Pipelines } from "./pipelines.ts";
import { type CompiledPlan, mapMemory } from "./program.ts";
import { Runner } from "./runner.ts";

/** Where the time of a plan goes on a GPU. */
export interface GpuProfile extends PlanTimes {
  /** In words. */
  readonly adapter: string;
  /** Bytes of the tensors that the steps of a kind read and write, each counted once a step. */
  readonly bytes: ReadonlyMap<StepKind, number>;
  /** Bytes of GPU memory that the plan needs. */
  readonly memoryBytes: number;
}

/** Runs before the first that counts. */
const WARM_UP_RUNS = 2;

/**
 * Runs a plan `runs` times. `tensors` are its persistent tensors and inputs by name (what is left out counts as zero).
 * Throws `DeviceError` where the adapter has no timestamps.
 */
export async function profilePlanOnGpu(
  plan: Plan,
  tensors: Tensors,
  { adapter, runs }: { readonly adapter: GPUAdapter; readonly runs: number },
): Promise<GpuProfile> {
  const gpu = await Gpu.open(adapter);
  try {
    if (!Clock.isIn(gpu)) {
      throw new DeviceError(`${gpu.adapter} has no timestamps, which a profile needs`);
    }
    const map = mapMemory([plan], gpu.limits);
    const runner = new Runner(gpu);
    const machine = await Machine.make(gpu, new Pipelines(gpu.device), runner, map);
    const [compiled] = machine.plans;
    for (const [name, { data }] of Object.entries(tensors)) {
      if (compiled.specs.has(name)) machine.write(compiled, name, data);
    }
    await runner.run(compiled.setup);
    for (let run = 0; run < WARM_UP_RUNS; run++) await runner.run(compiled.steps);
    const clock = new Clock(gpu);
    const times: Map<StepKind, number>[] = [];
    for (let run = 0; run < runs; run++) times.push(await clock.timeKinds(compiled.steps));
    return {
      ...summarise(plan, compiled.specs, times),
      adapter: gpu.adapter,
      bytes: bytesByKind(compiled),
      memoryBytes: map.bytes,
    };
  } finally {
    gpu.close();
  }
}

function bytesByKind({ plan, place }: CompiledPlan): Map<StepKind, number> {
  const bytes = new Map<StepKind, number>();
  for (const step of stepsOf(plan)) {
    const { reads, writes } = operandsOf(step);
    const sum = [...reads, ...writes].reduce((total, name) => total + place(name).bytes, 0);
    bytes.set(step.kind, (bytes.get(step.kind) ?? 0) + sum);
  }
  return bytes;
}
