/**
 * The parameters of a network: the entries of its state_dict, derived from the graph.
 *
 * Names, shapes and order are those of the PyTorch module with the same operations.
 *
 * @module
 */
import { elementCount } from "../core/tensor.ts";
import { type Extent, extentsOf, type Graph, type Op } from "./graph.ts";

/**
 * One entry of the state_dict. The optimiser updates `trained` entries; the others are statistics.
 */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trained: boolean;
  /** The fan-in of PyTorch's default initialisation; 0 for parameters without one. */
  readonly fanIn: number;
}

/**
 * The float entries of the state_dict, in PyTorch's order (for `num_batches_tracked` see
 * {@linkcode counterNames}).
 */
export function parametersOf(graph: Graph): ParameterSpec[] {
  const extents = extentsOf(graph);
  return graph.ops.flatMap((op) => parametersOfOp(op, extents.get(op.inputs[0])!));
}

function parametersOfOp(op: Op, { channels: inChannels }: Extent): ParameterSpec[] {
  const trained = (kind: string, shape: readonly number[], fanIn: number): ParameterSpec => {
    return { name: `${op.name}.${kind}`, shape, trained: true, fanIn };
  };
  switch (op.kind) {
    case "conv3x3":
      return [trained("weight", [op.channels, inChannels, 3, 3], inChannels * 9)];
    case "pointwise":
      return [trained("weight", [op.channels, inChannels, 1, 1], inChannels)];
    case "conv1x1":
      return [
        trained("weight", [op.channels, inChannels, 1, 1], inChannels),
        trained("bias", [op.channels], inChannels),
      ];
    case "convtranspose2": {
      // PyTorch computes the fan-in from the second axis, which here counts the outputs.
      const fanIn = op.channels * 4;
      return [
        trained("weight", [inChannels, op.channels, 2, 2], fanIn),
        trained("bias", [op.channels], fanIn),
      ];
    }
    case "batchnorm": {
      const shape = [inChannels];
      const statistic = { shape, trained: false, fanIn: 0 };
      return [
        trained("weight", shape, 0),
        trained("bias", shape, 0),
        { name: `${op.name}.running_mean`, ...statistic },
        { name: `${op.name}.running_var`, ...statistic },
      ];
    }
    case "groupnorm":
      return [trained("weight", [inChannels], 0), trained("bias", [inChannels], 0)];
    default:
      return [];
  }
}

/** The state_dict's integer entries: the number of batches that each batch norm has tracked. */
export function counterNames({ ops }: Graph): string[] {
  return ops.filter(({ kind }) => kind === "batchnorm")
    .map(({ name }) => `${name}.num_batches_tracked`);
}

/** The number of trained parameters: 31,036,481 for base width 64 with a transposed decoder. */
export function parameterCount(graph: Graph): number {
  return parametersOf(graph)
    .filter((spec) => spec.trained)
    .reduce((sum, spec) => sum + elementCount(spec.shape), 0);
}
