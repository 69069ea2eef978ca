/**
 * A program for an engine: a small plan with the tensors it starts from.
 *
 * @module
 */
import { forwardOnly, type Plan } from "../../lib/plan/plan.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import type { Source, Step, TensorKind, TensorSpec } from "../../lib/plan/steps.ts";
import { elementCount, type Tensor, type Tensors } from "../../lib/core/tensor.ts";

/** A plan, the tensors it starts from and those to look at. */
export interface Program {
  readonly plan: Plan;
  readonly tensors: Tensors;
  readonly wanted: readonly string[];
}

/** Runs a program on an engine. */
export function run(engine: Engine, program: Program): Promise<Tensors> {
  return engine.runSteps(program.plan, program.tensors, program.wanted);
}

/** A tensor that a step reads, with what its {@linkcode Source} says. */
export interface Input extends Omit<Source, "tensor" | "norm"> {
  readonly tensor: Tensor;
  /** `map` unless given. */
  readonly kind?: TensorKind;
  /** `[4, c]`. */
  readonly norm?: Tensor;
}

/** A float32 tensor of a shape, each value from its flat index. */
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
