/** Prediction on the CPU engine. @module */
import { InputError } from "../../core/errors.ts";
import { type Tensors } from "../../core/tensor.ts";
import { type Predictor } from "../engine.ts";
import { type Pixels } from "../../core/batch.ts";
import { checkPixels, planInput } from "../plan_input.ts";
import { pack } from "./layout.ts";
import type { Machine } from "./machine.ts";
import type { CompiledPlan } from "./program.ts";

export class CpuPredictor implements Predictor {
  readonly #machine: Machine;
  readonly #compiled: CompiledPlan;
  readonly #onClose: () => void;

  private constructor(machine: Machine, compiled: CompiledPlan, onClose: () => void) {
    this.#machine = machine;
    this.#compiled = compiled;
    this.#onClose = onClose;
  }

  /** Loads the weights and runs the plan's setup on them. */
  static async make(
    machine: Machine,
    compiled: CompiledPlan,
    weights: Tensors,
    onClose: () => void,
  ): Promise<CpuPredictor> {
    loadTensors(machine, compiled, weights);
    await machine.run(compiled.setup);
    return new CpuPredictor(machine, compiled, onClose);
  }

  async run(images: Pixels, n: number): Promise<Float32Array> {
    const { specs, address, steps } = this.#compiled;
    const input = planInput(specs);
    const { n: most, height, width, values } = input;
    checkPixels(input, images);
    if (n < 1 || n > most || images.length !== n * values) {
      throw new InputError(
        `${images.length} values for ${n} images of ${width}x${height}; this predictor takes up to ${most}`,
      );
    }
    const memory = this.#machine.memory.buffer;
    const view = inputView(this.#machine, this.#compiled);
    view.set(images);
    view.fill(0, images.length);
    await this.#machine.run(steps);
    const logits = specs.get("logits")!;
    const count = n * logits.shape[1] * height * width;
    return new Float32Array(memory, address("logits"), count).slice();
  }

  close(): void {
    this.#onClose();
  }
}

/** The images of a plan in memory. */
export function inputView({ memory: { buffer } }: Machine, compiled: CompiledPlan): Pixels {
  const { tensor, n, values } = planInput(compiled.specs);
  const at = compiled.address(tensor);
  return tensor === "image"
    ? new Uint8Array(buffer, at, n * values)
    : new Float32Array(buffer, at, n * values);
}

/** Brings the persistent tensors that `tensors` has into memory. */
export function loadTensors(machine: Machine, compiled: CompiledPlan, tensors: Tensors): void {
  const memory = machine.memory.buffer;
  for (const name of compiled.plan.persistent) {
    const tensor = tensors[name];
    if (tensor) pack(compiled.specs.get(name)!, tensor.data, memory, compiled.address(name));
  }
}
