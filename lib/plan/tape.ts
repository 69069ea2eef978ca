/**
 * The tape of the backward pass: which gradients are there already, and where the next part of one
 * goes.
 *
 * The gradient of a value is the sum of what all its readers give back. Most steps write their
 * result: the first of them writes the gradient itself, a later one writes a part that is then
 * added to it. Steps that add their result need a gradient that has been begun, if only with zeros.
 *
 * @module
 */
import { IMAGE, type Value } from "../network/graph.ts";
import type { View } from "./fuse.ts";
import type { PlanBuilder } from "./plan_builder.ts";

/** Where gradients go. */
export class Tape {
  readonly #builder: PlanBuilder;
  /** How many steps have given their part of a stored value's gradient. */
  readonly #parts = new Map<Value, number>();
  /** What is to be added as soon as the current operation's steps are there. */
  #pending: { readonly part: string; readonly gradient: string }[] = [];

  constructor(builder: PlanBuilder) {
    this.#builder = builder;
  }

  /** The gradient of what the readers of a stored value see, complete when all of them are done. */
  gradientOf(stored: Value): string {
    const tensor = this.#builder.tensorOf(stored);
    return this.#builder.like(`gradient.${tensor}`, tensor);
  }

  /** The gradient of a parameter. */
  parameterGradient(parameter: string): string {
    return this.#builder.like(`grad.${parameter}`, parameter);
  }

  /** Whether anything trained lies before a value. */
  isWanted({ stored }: View): boolean {
    return stored !== IMAGE;
  }

  /** Whether a part of the gradient is there already. */
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

  /** Adds the parts that the steps of an operation have written. */
  settle(): void {
    for (const { part, gradient } of this.#pending) {
      const sources = [{ tensor: part }];
      this.#builder.push("backward", { kind: "sum", sources, out: gradient, adds: true });
    }
    this.#pending = [];
  }

  /** How many parts there were before this one. */
  #count(stored: Value): number {
    const before = this.#parts.get(stored) ?? 0;
    this.#parts.set(stored, before + 1);
    return before;
  }
}
