/**
 * A network's state_dict in PyTorch's order.
 *
 * @module
 */
import type { Tensors } from "../core/tensor.ts";
import type { Graph } from "./graph.ts";
import { parametersOf } from "./parameters.ts";

/**
 * All entries of the state_dict in PyTorch's order: `weights` (the float entries) and, after the
 * statistics of each batch norm, its counter `num_batches_tracked`, an int64 scalar with the value
 * `batchesTracked`.
 */
export function stateDictOf(
  graph: Graph,
  weights: Tensors,
  batchesTracked: number,
): Tensors {
  const entries: Tensors = {};
  for (const { name } of parametersOf(graph)) {
    entries[name] = weights[name];
    if (name.endsWith(".running_var")) {
      const counter = name.replace(/running_var$/, "num_batches_tracked");
      entries[counter] = { shape: [], data: BigInt64Array.of(BigInt(batchesTracked)) };
    }
  }
  return entries;
}
