/**
 * The attention gate (Oktay et al., "Attention U-Net", MIDL 2018) as in the widespread PyTorch
 * modules, which place it behind the upsampling: the skip connection x and the upsampled map g from
 * below together weigh each pixel of x,
 *
 *     x sigmoid(norm(psi(ReLU(norm(W_g g) + norm(W_x x)))))
 *
 * with 1x1 convolutions W_g, W_x and psi. These have no biases, which the norms would subtract.
 *
 * @module
 */
import type { Op, Value } from "../graph.ts";
import type { Network } from "../network.ts";
import { normOp } from "./norm.ts";

/**
 * The operations of a gate of x and g, which have one size and `channels` channels. The last one is
 * its value.
 */
export function attentionGate(
  network: Network,
  prefix: string,
  x: Value,
  g: Value,
  channels: number,
): [...Op[], Op] {
  const inner = Math.max(1, Math.floor(channels / 2));
  const at = (name: string) => `${prefix}.${name}`;
  const normalised = (name: string, input: Value, channels: number): Op[] => [
    { kind: "pointwise", name: at(`${name}.0`), inputs: [input], channels },
    normOp(network, at(`${name}.1`), at(`${name}.0`), channels),
  ];
  return [
    ...normalised("W_g", g, inner),
    ...normalised("W_x", x, inner),
    { kind: "add", name: at("sum"), inputs: [at("W_g.1"), at("W_x.1")] },
    { kind: "relu", name: at("relu"), inputs: [at("sum")] },
    ...normalised("psi", at("relu"), 1),
    { kind: "gate", name: at("x"), inputs: [x, at("psi.1")] },
  ];
}
