/** Prediction, on any backend. @module */
import type { Pixels } from "../core/batch.ts";
import { InputError } from "../core/errors.ts";
import type { SerialCalls } from "../core/serial_calls.ts";
import type { Tensors } from "../core/tensor.ts";
import { specsOf } from "../plan/plan.ts";
import { type Program, toFloat32 } from "./backend.ts";
import type { Predictor } from "./engine.ts";
import { checkPixels, type PlanInput, planInput } from "./plan_input.ts";

/** Runs the only plan of a program forward. */
export class PlanPredictor implements Predictor {
  readonly #program: Program;
  readonly #calls: SerialCalls;
  readonly #input: PlanInput;

  private constructor(program: Program, calls: SerialCalls) {
    this.#program = program;
    this.#calls = calls;
    this.#input = planInput(specsOf(program.plans[0]));
  }

  /** Loads the weights and runs the plan's setup. Closing `calls` closes the program. */
  static async make(program: Program, weights: Tensors, calls: SerialCalls): Promise<Predictor> {
    for (const name of program.plans[0].persistent) {
      if (weights[name]) program.write(0, name, weights[name].data);
    }
    await program.run(0, ["setup"]);
    return new PlanPredictor(program, calls);
  }

  run(images: Pixels, n: number): Promise<Float32Array> {
    return this.#calls.run(async () => await (await this.#begin(images, n))());
  }

  begin(images: Pixels, n: number): Promise<() => Promise<Float32Array>> {
    return this.#calls.run(() => this.#begin(images, n));
  }

  async #begin(images: Pixels, n: number): Promise<() => Promise<Float32Array>> {
    const { tensor, n: most, height, width, values } = this.#input;
    checkPixels(this.#input, images);
    if (n < 1 || n > most || images.length !== n * values) {
      throw new InputError(
        `${images.length} values for ${n} images of ${width}x${height}; ` +
          `this predictor takes up to ${most}`,
      );
    }
    this.#program.write(0, tensor, images);
    await this.#program.run(0);
    const logits = await this.#program.take(0, "logits");
    return async () => {
      const { shape, data } = toFloat32(await logits());
      return n === most ? data : data.slice(0, n * shape[1] * height * width);
    };
  }

  close(): void {
    this.#calls.close();
  }
}
