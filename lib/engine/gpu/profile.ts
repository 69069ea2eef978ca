/**
 * Where the time of a plan goes on the GPU engine: each dispatch is a pass of its own with a timestamp at either end, and
 * dispatches are summed by the kind of their step.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import type { Tensors } from "../../tensor.ts";
import type { Plan } from "../plan.ts";
import { type PlanTimes, summarise } from "../profile.ts";
import type { StepKind } from "../steps.ts";
import { tensorsOf } from "../tensors_of.ts";
import { Gpu } from "./adapter.ts";
import { Machine } from "./machine.ts";
import { readBuffer } from "./memory.ts";
import { Pipelines } from "./pipelines.ts";
import { type CompiledPlan, mapMemory } from "./program.ts";
import { type Call, Runner } from "./runner.ts";

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

/** Dispatches whose timestamps are taken together: two each, and no query set may be larger than 4096. */
const PORTION = 256;

/** Bytes of a timestamp. */
const STAMP_BYTES = 8;

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
    if (!gpu.device.features.has("timestamp-query")) {
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

/** Takes the time of calls on the GPU itself. */
class Clock {
  readonly #gpu: Gpu;
  readonly #stamps: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #staging: GPUBuffer;

  constructor(gpu: Gpu) {
    const count = 2 * PORTION;
    const size = count * STAMP_BYTES;
    this.#gpu = gpu;
    this.#stamps = gpu.device.createQuerySet({ type: "timestamp", count });
    this.#resolved = gpu.device.createBuffer({
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    this.#staging = gpu.device.createBuffer({
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  /** Milliseconds of one run of these calls by the kind of step. */
  async timeKinds(calls: readonly Call[]): Promise<Map<StepKind, number>> {
    const times = new Map<StepKind, number>();
    for (let at = 0; at < calls.length; at += PORTION) {
      const portion = calls.slice(at, at + PORTION);
      const stamps = await this.#run(portion);
      portion.forEach(({ kind }, index) => {
        const ms = Number(stamps[2 * index + 1] - stamps[2 * index]) / 1e6;
        times.set(kind, (times.get(kind) ?? 0) + ms);
      });
    }
    return times;
  }

  /** Nanoseconds at the beginning and the end of each call. */
  async #run(calls: readonly Call[]): Promise<BigUint64Array> {
    const { device } = this.#gpu;
    const encoder = device.createCommandEncoder();
    calls.forEach(({ pipeline, bindings, x, y }, index) => {
      const pass = encoder.beginComputePass({
        timestampWrites: {
          querySet: this.#stamps,
          beginningOfPassWriteIndex: 2 * index,
          endOfPassWriteIndex: 2 * index + 1,
        },
      });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(x, y);
      pass.end();
    });
    const count = 2 * calls.length;
    const bytes = count * STAMP_BYTES;
    encoder.resolveQuerySet(this.#stamps, 0, count, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    return new BigUint64Array(await readBuffer(this.#gpu, this.#staging, bytes));
  }
}

function bytesByKind({ plan, place }: CompiledPlan): Map<StepKind, number> {
  const bytes = new Map<StepKind, number>();
  for (const step of plan.steps) {
    const { reads, writes } = tensorsOf(step);
    const sum = [...reads, ...writes].reduce((total, name) => total + place(name).bytes, 0);
    bytes.set(step.kind, (bytes.get(step.kind) ?? 0) + sum);
  }
  return bytes;
}
