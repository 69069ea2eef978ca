/**
 * The tape of the backward pass: it records begun gradients and accumulates their parts.
 *
 * The gradient of a value is the sum of the parts from all its readers. Most steps write their
 * part: the first step writes the gradient itself, a later step writes a separate part that is then
 * added. Some steps add their part; the gradient must be begun before, with zeros if necessary.
 *
 * Where a step takes several batches, the gradients of an operation's parameters are accumulated
 * right after they are computed, so that their memory is free again for the next operation.
 *
 * @module
 */
import { IMAGE, type Value } from "../network/graph.ts";
import type { View } from "./fuse.ts";
import type { PlanBuilder } from "./plan_builder.ts";
import type { AccumulateEntry } from "./steps.ts";

/** The gradient of a parameter that the optimiser reads, when its step takes so many batches. */
export function stepGradient(parameter: string, batches: number): string {
  return `${batches > 1 ? "accumulated" : "grad"}.${parameter}`;
}

/** Accumulates gradients. */
export class Tape {
  readonly #builder: PlanBuilder;
  /** The number of batches of a step. */
  readonly #batches: number;
  /** The number of parts of a stored value's gradient so far. */
  readonly #parts = new Map<Value, number>();
  /** Parts to be added after the current operation's steps. */
  #pending: { readonly part: string; readonly gradient: string }[] = [];
  /** Gradients to be accumulated after the current operation's steps. */
  #computed: AccumulateEntry[] = [];

  constructor(builder: PlanBuilder, batches: number) {
    this.#builder = builder;
    this.#batches = batches;
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
    const gradient = this.#builder.like(`grad.${parameter}`, parameter);
    if (this.#batches > 1) {
      const accumulated = this.#builder.like(stepGradient(parameter, this.#batches), parameter);
      this.#computed.push({ gradient, accumulated: this.#builder.keep(accumulated) });
    }
    return gradient;
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

  /** Adds the pending parts of an operation, and accumulates the gradients of its parameters. */
  settle(): void {
    for (const { part, gradient } of this.#pending) {
      const sources = [{ tensor: part }];
      this.#builder.push("backward", { kind: "sum", sources, out: gradient, adds: true });
    }
    this.#pending = [];
    if (this.#computed.length === 0) return;
    const added = this.#builder.tensor("added", "scalars", [1]);
    const entries = this.#computed;
    this.#builder.push("backward", { kind: "accumulate", entries, batches: this.#batches, added });
    this.#computed = [];
  }

  /** Counts a part. Returns the number of earlier parts. */
  #count(stored: Value): number {
    const before = this.#parts.get(stored) ?? 0;
    this.#parts.set(stored, before + 1);
    return before;
  }
}
