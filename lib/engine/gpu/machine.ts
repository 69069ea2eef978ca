/**
 * What one trainer, predictor or test program runs on: memory, its compiled plans, and the way in and out.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { type TensorData, type Tensors } from "../../core/tensor.ts";
import { planInput } from "../plan_input.ts";
import type { Gpu } from "./adapter.ts";
import { pack, unpack } from "./layout.ts";
import { Memory } from "./memory.ts";
import type { Pipelines } from "./pipelines.ts";
import { compile, type CompiledPlan, type MemoryMap } from "./program.ts";
import type { Runner } from "./runner.ts";

export class Machine {
  readonly gpu: Gpu;
  readonly memory: Memory;
  readonly runner: Runner;
  readonly plans: readonly CompiledPlan[];

  private constructor(gpu: Gpu, memory: Memory, runner: Runner, plans: readonly CompiledPlan[]) {
    this.gpu = gpu;
    this.memory = memory;
    this.runner = runner;
    this.plans = plans;
  }

  /** Makes the memory of these plans and compiles them. Throws `DeviceError` where either fails. */
  static async make(
    gpu: Gpu,
    pipelines: Pipelines,
    runner: Runner,
    map: MemoryMap,
  ): Promise<Machine> {
    const memory = await Memory.make(gpu, map.bytes);
    gpu.device.pushErrorScope("validation");
    const plans = compile(map, gpu.device, pipelines, memory);
    const error = await gpu.device.popErrorScope();
    if (error) gpu.fail(`the GPU refused a kernel: ${error.message}`);
    gpu.check();
    return new Machine(gpu, memory, runner, plans);
  }

  /** Writes row-major values into a tensor. */
  write(compiled: CompiledPlan, name: string, data: TensorData): void {
    const spec = compiled.specs.get(name);
    if (!spec) throw new InputError(`the plan has no tensor ${name}`);
    this.memory.write(compiled.place(name), pack(spec, data));
  }

  /** Writes the persistent tensors that `tensors` has. */
  load(compiled: CompiledPlan, tensors: Tensors): void {
    for (const name of compiled.plan.persistent) {
      if (tensors[name]) this.write(compiled, name, tensors[name].data);
    }
  }

  /** Reads tensors as row-major values. */
  async read(
    { specs, place }: CompiledPlan,
    names: readonly string[],
  ): Promise<Tensors<Float32Array>> {
    for (const name of names) {
      if (!specs.has(name)) throw new InputError(`the plan has no tensor ${name}`);
    }
    const bytes = await this.memory.read(names.map(place));
    return Object.fromEntries(names.map((name, index) => {
      const spec = specs.get(name)!;
      return [name, { shape: spec.shape, data: unpack(spec, bytes[index]) }];
    }));
  }

  close(): void {
    this.memory.close();
  }
}

/** The compiled plan for a batch's shape. */
export function planFor(
  plans: readonly CompiledPlan[],
  n: number,
  height: number,
  width: number,
): CompiledPlan {
  const found = plans.find(({ specs }) => {
    const input = planInput(specs);
    return input.n === n && input.height === height && input.width === width;
  });
  if (!found) {
    throw new InputError(`no plan was made for batches of ${n} images of ${width}x${height}`);
  }
  return found;
}
