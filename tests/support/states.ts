/**
 * Compares training states.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Tensors } from "../../lib/core/tensor.ts";
import type { TrainingState } from "../../lib/engine/engine.ts";
import { assertSameBits } from "./compare.ts";

/** Asserts that weights, slots and counters are equal, bit for bit. */
export function assertSameState(a: TrainingState, b: TrainingState): void {
  assertEquals(Object.keys(a.slots!), ["exp_avg", "exp_avg_sq"]);
  const parts = (state: TrainingState): Record<string, Tensors> => {
    return { weights: state.weights, ...state.slots };
  };
  for (const [part, tensors] of Object.entries(parts(a))) {
    for (const [name, tensor] of Object.entries(tensors)) {
      assertSameBits(`${part} ${name}`, tensor, parts(b)[part][name]);
    }
  }
  assertEquals([a.step, a.batchesTracked], [b.step, b.batchesTracked]);
}
