/**
 * Weights as after some training: distinct values and statistics that are not neutral.
 *
 * @module
 */
import type { Tensors } from "../../lib/core/tensor.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { type Network } from "../../lib/network/network.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { recipeTensor } from "./recipe.ts";

/** The float entries of a state_dict, all different from their neutral values. */
export function trainedWeights(network: Network): Tensors<Float32Array> {
  const weights = initialWeights(graphOf(network), 1);
  for (const { name, shape, fanIn } of parametersOf(graphOf(network))) {
    if (fanIn > 0) continue;
    const { data } = recipeTensor(name, shape, 0.5);
    const isScale = name.endsWith(".weight") || name.endsWith(".running_var");
    weights[name] = { shape, data: isScale ? data.map((value) => 1 + value) : data };
  }
  return weights;
}
