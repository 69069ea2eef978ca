/**
 * The tape of the backward pass: which gradients are there already, and where the next part of one goes.
 *
 * The gradient of a value is the sum of what all its readers give back. Most steps write their result;
 * the first of them writes the gradient itself. Later ones would overwrite it.
 *
 * @module
 */
import { IMAGE, type Value } from "../network/graph.ts";
import type { View } from "./fuse.ts";
import type { PlanDraft } from "./plan_draft.ts";

/** Where gradients go. */
export class Tape {
  readonly #draft: PlanDraft;
  /** Stored values whose gradient has been begun. */
  readonly #begun = new Set<Value>();

  constructor(draft: PlanDraft) {
    this.#draft = draft;
  }

  /** The gradient of what the readers of a stored value see, complete when all of them are done. */
  gradientOf(stored: Value): string {
    const tensor = this.#draft.tensorOf(stored);
    return this.#draft.like(`gradient.${tensor}`, tensor);
  }

  /** The gradient of a parameter. */
  parameterGradient(parameter: string): string {
    return this.#draft.like(`grad.${parameter}`, parameter);
  }

  /** Whether anything trained lies before a value. */
  isWanted({ stored }: View): boolean {
    return stored !== IMAGE;
  }

  /** The tensor into which a step writes its part of a gradient. */
  written({ stored }: View): string {
    if (this.#begun.has(stored)) {
      throw new RangeError(`${stored} cannot be planned: two of its readers write its gradient`);
    }
    this.#begun.add(stored);
    return this.gradientOf(stored);
  }

  /** The tensor to which a step adds its part of a gradient. */
  added({ stored }: View): string {
    if (!this.#begun.has(stored)) {
      throw new RangeError(`${stored} cannot be planned: nothing writes its gradient`);
    }
    return this.gradientOf(stored);
  }
}
