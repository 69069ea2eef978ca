/**
 * A residual block (He et al., "Deep residual learning", CVPR 2016): two 3x3 convolutions whose
 * result is added to the block's input. A block that changes the number of channels leads its input
 * through a 1x1 convolution with a norm.
 *
 * @module
 */
import type { Op, Value } from "../graph.ts";
import type { Network } from "../network.ts";
import { normOp } from "./norm.ts";

/**
 * The operations of a block from `inputs` to `outputs` channels, with `middle` channels between the
 * convolutions. The last operation is the block's value.
 */
export function residualBlock(
  network: Network,
  prefix: string,
  input: Value,
  [inputs, middle, outputs]: readonly [inputs: number, middle: number, outputs: number],
): [...Op[], Op] {
  const at = (name: string) => `${prefix}.${name}`;
  const kept = inputs === outputs;
  const [shortcut, norm] = [at("shortcut.0"), at("shortcut.1")];
  return [
    { kind: "conv3x3", name: at("conv1"), inputs: [input], channels: middle },
    normOp(network, at("norm1"), at("conv1"), middle),
    { kind: "relu", name: at("relu1"), inputs: [at("norm1")] },
    { kind: "conv3x3", name: at("conv2"), inputs: [at("relu1")], channels: outputs },
    normOp(network, at("norm2"), at("conv2"), outputs),
    ...(kept ? [] : [
      { kind: "pointwise", name: shortcut, inputs: [input], channels: outputs } as const,
      normOp(network, norm, shortcut, outputs),
    ]),
    { kind: "add", name: at("sum"), inputs: [at("norm2"), kept ? input : norm] },
    { kind: "relu", name: at("relu2"), inputs: [at("sum")] },
  ];
}
