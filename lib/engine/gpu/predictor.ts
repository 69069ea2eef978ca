/** Prediction on the GPU engine. @module */
import { InputError } from "../../core/errors.ts";
import { type Tensors } from "../../core/tensor.ts";
import { type Predictor } from "../engine.ts";
import { type Pixels } from "../../core/batch.ts";
import { checkPixels, planInput } from "../plan_input.ts";
import type { Machine } from "./machine.ts";

export class GpuPredictor implements Predictor {
  readonly #machine: Machine;

  private constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Loads the weights and runs the plan's setup on them. */
  static async make(machine: Machine, weights: Tensors): Promise<GpuPredictor> {
    const [compiled] = machine.plans;
    machine.load(compiled, weights);
    await machine.runner.run(compiled.setup);
    return new GpuPredictor(machine);
  }

  async run(images: Pixels, n: number): Promise<Float32Array> {
    const [compiled] = this.#machine.plans;
    const input = planInput(compiled.specs);
    const { n: most, height, width, values } = input;
    checkPixels(input, images);
    if (n < 1 || n > most || images.length !== n * values) {
      throw new InputError(
        `${images.length} values for ${n} images of ${width}x${height}; this predictor takes up to ${most}`,
      );
    }
    this.#machine.write(compiled, input.tensor, images);
    await this.#machine.runner.run(compiled.steps);
    const { logits } = await this.#machine.read(compiled, ["logits"]);
    return logits.data.slice(0, n * logits.shape[1] * height * width);
  }

  close(): void {
    this.#machine.close();
  }
}
