/**
 * The part of a host's context that all engines share: the tensors of the plan.
 *
 * @module
 */
import { type Plan, specsOf } from "../plan/plan.ts";
import type { TensorSpec } from "../plan/steps.ts";

/**
 * Tensors and their sizes. `Cut` describes how a convolution cut its output into partial moments.
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

  /** The shape of a tensor, a map's as [n, c, h, w]. */
  shape(name: string): readonly number[] {
    return this.spec(name).shape;
  }

  /** Bytes of a tensor. */
  bytes(name: string): number {
    return this.#moments.get(name)?.bytes ?? this.#bytesOf(this.spec(name));
  }

  /** Records the size of moments and the cut of the convolution that writes them. */
  protected noteMoments(name: string, bytes: number, cut: Cut): void {
    this.#moments.set(name, { bytes, cut });
  }

  /** The cut of the convolution that writes these moments. */
  protected cutOf(moments: string): Cut {
    const found = this.#moments.get(moments);
    if (!found) throw new Error(`no convolution before this step writes ${moments}`);
    return found.cut;
  }
}
