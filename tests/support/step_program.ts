/**
 * A program for an engine: a small plan with its initial tensors.
 *
 * @module
 */
import { elementCount, type Tensor, type Tensors } from "../../lib/core/tensor.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { forwardOnly, type Plan } from "../../lib/plan/plan.ts";
import type { Source, Step, TensorKind, TensorSpec } from "../../lib/plan/steps.ts";

/** A plan, its initial tensors, and the tensors to read afterwards. */
export interface Program {
  readonly plan: Plan;
  readonly tensors: Tensors;
  readonly wanted: readonly string[];
}

/** Runs a program on an engine. */
export function run(engine: Engine, program: Program): Promise<Tensors> {
  return engine.runSteps(program.plan, program.tensors, program.wanted);
}

/** A tensor that a step reads, with the fields of its {@linkcode Source}. */
export interface Input extends Omit<Source, "tensor" | "norm"> {
  readonly tensor: Tensor;
  /** By default `map`. */
  readonly kind?: TensorKind;
  /** `[4, c]`. */
  readonly norm?: Tensor;
}

/** A float32 tensor with each value computed from its flat index. */
export function tensorOf(
  shape: readonly number[],
  value: (index: number) => number = () => 0,
): Tensor<Float32Array> {
  return { shape, data: Float32Array.from({ length: elementCount(shape) }, (_, i) => value(i)) };
}

/** Gathers the tensors of a program. */
export class Parts {
  readonly specs: TensorSpec[] = [];
  readonly tensors: Tensors = {};

  given(name: string, kind: TensorKind, tensor: Tensor, split?: readonly number[]): string {
    this.tensors[name] = tensor;
    return this.empty(name, kind, tensor.shape, split);
  }

  empty(name: string, kind: TensorKind, shape: readonly number[], split?: readonly number[]) {
    this.specs.push({
      name,
      kind,
      shape,
      ...(split && { split }),
      ...(kind === "image" && { dtype: "u8" as const }),
      ...(this.tensors[name]?.data instanceof Int32Array && { dtype: "i32" as const }),
    });
    return name;
  }

  source(name: string, { tensor, kind = "map", norm, relu, top, left }: Input): Source {
    const source: { -readonly [K in keyof Source]: Source[K] } = {
      tensor: this.given(name, kind, tensor),
    };
    if (norm) source.norm = this.given(`${name}.norm`, "norm", norm);
    if (relu) source.relu = relu;
    if (top !== undefined) source.top = top;
    if (left !== undefined) source.left = left;
    return source;
  }

  sources(inputs: readonly Input[]): Source[] {
    return inputs.map((input, index) => this.source(`x${index}`, input));
  }

  program(steps: readonly Step[], wanted: readonly string[]): Program {
    const inputs = Object.keys(this.tensors);
    const plan = {
      tensors: this.specs,
      segments: forwardOnly(steps),
      persistent: [],
      inputs,
      outputs: wanted,
    };
    return { plan, tensors: this.tensors, wanted };
  }
}
