/** Compiled plans on the CPU. @module */
import { maskFloats } from "../../core/batch.ts";
import type { Tensor, TensorData, Tensors } from "../../core/tensor.ts";
import { type Plan, RUN } from "../../plan/plan.ts";
import type { StepKind } from "../../plan/steps.ts";
import type { Program } from "../backend.ts";
import { callsOf, type CompiledPlan, tensorIn } from "../compiled.ts";
import type { PlacedJob } from "./compile.ts";
import { LAYOUT } from "./layout.ts";
import type { Machine } from "./machine.ts";

/** Compiled plans and the machine that runs them. */
export class CpuProgram implements Program {
  readonly plans: readonly Plan[];
  readonly #machine: Machine;
  readonly #compiled: readonly CompiledPlan<PlacedJob>[];
  readonly #onClose: () => void;
  readonly #log: Float32Array[] = [];

  constructor(
    machine: Machine,
    compiled: readonly CompiledPlan<PlacedJob>[],
    onClose: () => void,
  ) {
    this.plans = compiled.map(({ plan }) => plan);
    this.#machine = machine;
    this.#compiled = compiled;
    this.#onClose = onClose;
  }

  write(plan: number, tensor: string, values: TensorData): void {
    const { spec, region } = tensorIn(this.#compiled[plan], tensor);
    LAYOUT.pack(spec, values, this.#machine.memory.buffer, region.at);
  }

  writeMask(plan: number, bytes: Uint8Array): void {
    this.write(plan, "mask", maskFloats(bytes));
  }

  run(plan: number, segments = RUN): Promise<void> {
    return this.#machine.run(callsOf(this.#compiled[plan], segments));
  }

  read(plan: number, tensors: readonly string[]): Promise<Tensors<Float32Array>> {
    return Promise.resolve(Object.fromEntries(tensors.map((name) => {
      const { spec: { shape } } = tensorIn(this.#compiled[plan], name);
      return [name, { shape, data: this.#valuesOf(plan, name) }];
    })));
  }

  log(plan: number, tensor: string): Promise<void> {
    this.#log.push(this.#valuesOf(plan, tensor));
    return Promise.resolve();
  }

  readLater(plan: number, tensors: readonly string[]): () => Promise<Tensors<Float32Array>> {
    return () => this.read(plan, tensors);
  }

  async take(plan: number, tensor: string): Promise<() => Promise<Tensor<Float32Array>>> {
    const { [tensor]: values } = await this.read(plan, [tensor]);
    return () => Promise.resolve(values);
  }

  takeLog(): Promise<Float32Array[]> {
    return Promise.resolve(this.knownLog());
  }

  knownLog(): Float32Array[] {
    return this.#log.splice(0);
  }

  async timeKinds(plan: number): Promise<Map<StepKind, number>> {
    const times = new Map<StepKind, number>();
    for (const job of callsOf(this.#compiled[plan])) {
      const start = performance.now();
      await this.#machine.run([job]);
      times.set(job.kind, (times.get(job.kind) ?? 0) + performance.now() - start);
    }
    return times;
  }

  bytesOf(plan: number, tensor: string): number {
    return this.#compiled[plan].bytesOf(tensor);
  }

  close(): void {
    this.#onClose();
  }

  #valuesOf(plan: number, tensor: string): Float32Array {
    const { spec, region } = tensorIn(this.#compiled[plan], tensor);
    return LAYOUT.unpack(spec, this.#machine.memory.buffer, region.at);
  }
}
