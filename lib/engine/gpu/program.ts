/** Compiled plans on a GPU. @module */
import { DeviceError, InputError } from "../../core/errors.ts";
import type { Tensor, TensorData, Tensors } from "../../core/tensor.ts";
import { type Plan, RUN } from "../../plan/plan.ts";
import type { StepKind } from "../../plan/steps.ts";
import type { Program } from "../backend.ts";
import { callsOf, type PlacedTensor, tensorIn } from "../compiled.ts";
import { firstLines, type Gpu } from "./adapter.ts";
import { Clock } from "./clock.ts";
import { compile, type GpuPlan, type MemoryMap } from "./compile.ts";
import { LAYOUT } from "./layout.ts";
import { Memory } from "./memory.ts";
import type { Pipelines } from "./pipelines.ts";
import { ResultLog } from "./result_log.ts";
import { record, type Runner } from "./runner.ts";

/** Objects that all programs of a GPU use. */
export interface SharedGpu {
  readonly gpu: Gpu;
  readonly pipelines: Pipelines;
  readonly runner: Runner;
}

/** Compiled plans and the memory in which they run. */
export class GpuProgram implements Program {
  readonly plans: readonly Plan[];
  readonly #gpu: Gpu;
  readonly #runner: Runner;
  readonly #memory: Memory;
  readonly #compiled: readonly GpuPlan[];
  readonly #onClose: (program: GpuProgram) => void;
  /** Made at first use, since few programs log or are timed. */
  #log: ResultLog | undefined;
  #clock: Clock | undefined;
  /** Ends when the last reading has. */
  #lastRead = Promise.resolve();

  private constructor(
    { gpu, runner }: SharedGpu,
    memory: Memory,
    compiled: readonly GpuPlan[],
    onClose: (program: GpuProgram) => void,
  ) {
    this.plans = compiled.map(({ plan }) => plan);
    this.#gpu = gpu;
    this.#runner = runner;
    this.#memory = memory;
    this.#compiled = compiled;
    this.#onClose = onClose;
  }

  /**
   * Makes the memory of plans and compiles them.
   *
   * @throws {OutOfMemoryError} when the GPU has too little memory.
   * @throws {DeviceError} when a kernel does not compile or the device has failed.
   */
  static async make(
    shared: SharedGpu,
    map: MemoryMap,
    onClose: (program: GpuProgram) => void,
  ): Promise<GpuProgram> {
    const { gpu, pipelines } = shared;
    const memory = await Memory.make(gpu, map.bytes);
    gpu.device.pushErrorScope("validation");
    const compiled = compile(map, gpu.device, pipelines, memory);
    const error = await gpu.device.popErrorScope();
    if (error) gpu.fail(`the GPU refused a kernel: ${firstLines(error.message)}`);
    gpu.check();
    return new GpuProgram(shared, memory, compiled, onClose);
  }

  write(plan: number, tensor: string, values: TensorData): void {
    const { spec, region } = tensorIn(this.#compiled[plan], tensor);
    const bytes = new Uint8Array(region.bytes);
    LAYOUT.pack(spec, values, bytes.buffer, 0);
    this.#memory.write(region, bytes);
  }

  writeMask(plan: number, bytes: Uint8Array): void {
    const { mask } = this.#compiled[plan];
    if (!mask) throw new InputError("the plan has no mask to write");
    const padded = new Uint8Array(mask.bytes.bytes);
    padded.set(bytes);
    this.#memory.write(mask.bytes, padded);
    const encoder = this.#gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    record(pass, [mask.call]);
    pass.end();
    this.#gpu.device.queue.submit([encoder.finish()]);
  }

  run(plan: number, segments = RUN): Promise<void> {
    return this.#runner.run(callsOf(this.#compiled[plan], segments));
  }

  async read(plan: number, tensors: readonly string[]): Promise<Tensors<Float32Array>> {
    return await this.readLater(plan, tensors)();
  }

  readLater(plan: number, tensors: readonly string[]): () => Promise<Tensors<Float32Array>> {
    const reading = this.#read(tensors.map((name) => tensorIn(this.#compiled[plan], name)));
    return () => this.#runner.wait(reading);
  }

  async take(plan: number, tensor: string): Promise<() => Promise<Tensor<Float32Array>>> {
    const found = tensorIn(this.#compiled[plan], tensor);
    await this.#runner.wait(this.#lastRead);
    const { promise: copied, resolve } = Promise.withResolvers<void>();
    const reading = this.#read([found], resolve);
    let isThere = false;
    reading.then(() => isThere = true, () => {});
    await Promise.race([copied, reading]);
    // To wait for what is there would ask for what was taken later.
    return async () => (isThere ? await reading : await this.#runner.wait(reading))[tensor];
  }

  /**
   * Reads tensors after those of earlier calls.
   *
   * @param copied Called when the tensors are copied; a single one is at once.
   */
  #read(
    found: readonly PlacedTensor[],
    copied?: () => void,
  ): Promise<Tensors<Float32Array>> {
    const reading = this.#readTensors(found, copied);
    // Whoever asks for the result gets the error.
    this.#lastRead = reading.then(() => {}, () => {});
    return reading;
  }

  async #readTensors(
    found: readonly PlacedTensor[],
    copied?: () => void,
  ): Promise<Tensors<Float32Array>> {
    const regions = found.map(({ region }) => region);
    const bytes = await this.#memory.read(regions, (question) => {
      copied?.();
      return this.#runner.ask(question, false);
    });
    const entries: [string, Tensor<Float32Array>][] = [];
    for (const [index, { spec }] of found.entries()) {
      const data = LAYOUT.unpack(spec, bytes[index], 0);
      entries.push([spec.name, { shape: spec.shape, data }]);
      // To unpack a large network takes a second, in which the GPU may need more work.
      await this.#runner.yield();
    }
    return Object.fromEntries(entries);
  }

  async log(plan: number, tensor: string): Promise<void> {
    const { spec, region } = tensorIn(this.#compiled[plan], tensor);
    this.#log ??= new ResultLog(this.#gpu, this.#runner, this.#largestResult());
    await this.#log.note(spec, region, this.#memory);
  }

  /** Bytes of the largest output that is no map: of a loss or of overlaps. */
  #largestResult(): number {
    const bytes = this.#compiled.flatMap(({ plan, specs, bytesOf }) =>
      plan.outputs.filter((name) => specs.get(name)!.kind === "scalars").map(bytesOf)
    );
    return Math.max(0, ...bytes);
  }

  knownLog(): Float32Array[] {
    return this.#log?.known() ?? [];
  }

  async takeLog(): Promise<Float32Array[]> {
    return await this.#log?.take() ?? [];
  }

  async timeKinds(plan: number): Promise<Map<StepKind, number>> {
    if (!Clock.isIn(this.#gpu)) {
      throw new DeviceError(`${this.#gpu.adapter} has no timestamps, which a profile needs`);
    }
    const calls = callsOf(this.#compiled[plan]);
    if (!this.#clock) {
      this.#clock = new Clock(this.#gpu);
      await this.#clock.calibrate(calls);
    }
    return await this.#clock.timeKinds(calls);
  }

  bytesOf(plan: number, tensor: string): number {
    return this.#compiled[plan].bytesOf(tensor);
  }

  close(): void {
    this.#log?.close();
    this.#clock?.close();
    this.#memory.close();
    this.#onClose(this);
  }
}
