/**
 * A network's state_dict as PyTorch lists it.
 *
 * @module
 */
import type { Tensors } from "../core/tensor.ts";
import { type Network, parametersOf } from "./network.ts";

/**
 * All entries of the state_dict in PyTorch's order: `weights` (the float entries) and, behind the statistics of each
 * batch norm, its counter `num_batches_tracked`, an int64 scalar that says `batchesTracked`.
 */
export function stateDictOf(
  network: Network,
  weights: Tensors,
  batchesTracked: number,
): Tensors {
  const entries: Tensors = {};
  for (const { name } of parametersOf(network)) {
    entries[name] = weights[name];
    if (name.endsWith(".running_var")) {
      const counter = name.replace(/running_var$/, "num_batches_tracked");
      entries[counter] = { shape: [], data: BigInt64Array.of(BigInt(batchesTracked)) };
    }
  }
  return entries;
}
