/**
 * What the host of a step kind sees of the tensors of its plan, on any engine.
 *
 * @module
 */
import { type Plan, specsOf } from "../plan/plan.ts";
import type { TensorSpec } from "../plan/steps.ts";

/**
 * Tensors and their sizes. `Cut` tells how a convolution cut its output into the parts that moments
 * are made of.
 */
export class TensorContext<Cut> {
  readonly specs: ReadonlyMap<string, TensorSpec>;
  readonly #bytesOf: (spec: TensorSpec) => number;
  readonly #moments = new Map<string, { readonly bytes: number; readonly cut: Cut }>();

  constructor(plan: Plan, bytesOf: (spec: TensorSpec) => number) {
    this.specs = specsOf(plan);
    this.#bytesOf = bytesOf;
  }

  spec(name: string): TensorSpec {
    const spec = this.specs.get(name);
    if (!spec) throw new Error(`the plan has no tensor ${name}`);
    return spec;
  }

  /** The extents of a tensor. */
  shape(name: string): readonly number[] {
    return this.spec(name).shape;
  }

  /** Bytes of a tensor. */
  bytes(name: string): number {
    return this.#moments.get(name)?.bytes ?? this.#bytesOf(this.spec(name));
  }

  /** Notes the size of moments and how their convolution cuts. */
  protected noteMoments(name: string, bytes: number, cut: Cut): void {
    this.#moments.set(name, { bytes, cut });
  }

  /** How the writer of these moments cut its output. */
  protected cutOf(moments: string): Cut {
    const found = this.#moments.get(moments);
    if (!found) throw new Error(`no convolution before this step writes ${moments}`);
    return found.cut;
  }
}
