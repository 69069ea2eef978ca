/**
 * The tape of the backward pass: it records begun gradients and accumulates their parts.
 *
 * The gradient of a value is the sum of the parts from all its readers. Most steps write their
 * part: the first step writes the gradient itself, a later step writes a separate part that is then
 * added. Some steps add their part; the gradient must be begun before, with zeros if necessary.
 *
 * @module
 */
import { IMAGE, type Value } from "../network/graph.ts";
import type { View } from "./fuse.ts";
import type { PlanBuilder } from "./plan_builder.ts";

/** Accumulates gradients. */
export class Tape {
  readonly #builder: PlanBuilder;
  /** The number of parts of a stored value's gradient so far. */
  readonly #parts = new Map<Value, number>();
  /** Parts to be added after the current operation's steps. */
  #pending: { readonly part: string; readonly gradient: string }[] = [];

  constructor(builder: PlanBuilder) {
    this.#builder = builder;
  }

  /**
   * The gradient of a stored value as its readers read it. It is complete after the backward steps
   * of all readers.
   */
  gradientOf(stored: Value): string {
    const tensor = this.#builder.tensorOf(stored);
    return this.#builder.like(`gradient.${tensor}`, tensor);
  }

  /** The gradient of a parameter. */
  parameterGradient(parameter: string): string {
    return this.#builder.like(`grad.${parameter}`, parameter);
  }

  /** Whether a value depends on trained parameters. */
  isWanted({ stored }: View): boolean {
    return stored !== IMAGE;
  }

  /** Whether the gradient has a part already. */
  isBegun({ stored }: View): boolean {
    return this.#parts.has(stored);
  }

  /** The tensor into which a step writes its part of a gradient. */
  written({ stored }: View): string {
    const gradient = this.gradientOf(stored);
    const before = this.#count(stored);
    if (before === 0) return gradient;
    const part = this.#builder.like(`${gradient}.part${before + 1}`, gradient);
    this.#pending.push({ part, gradient });
    return part;
  }

  /** The tensor to which a step adds its part of a gradient. */
  added({ stored }: View): string {
    const gradient = this.gradientOf(stored);
    if (this.#count(stored) === 0) {
      this.#builder.push("backward", { kind: "sum", sources: [], out: gradient });
    }
    return gradient;
  }

  /** Adds the pending parts of an operation. */
  settle(): void {
    for (const { part, gradient } of this.#pending) {
      const sources = [{ tensor: part }];
      this.#builder.push("backward", { kind: "sum", sources, out: gradient, adds: true });
    }
    this.#pending = [];
  }

  /** Counts a part. Returns the number of earlier parts. */
  #count(stored: Value): number {
    const before = this.#parts.get(stored) ?? 0;
    this.#parts.set(stored, before + 1);
    return before;
  }
}
