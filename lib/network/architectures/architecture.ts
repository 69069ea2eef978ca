/**
 * What an architecture is: a function from options to a graph, which recognises its own weights.
 *
 * @module
 */
import type { Tensors } from "../../core/tensor.ts";
import type { Graph } from "../graph.ts";
import type { Network } from "../network.ts";

/** A sort of networks. */
export interface Architecture {
  /** For files and options: "unet". */
  readonly name: string;
  /** For sentences: "U-Net". */
  readonly title: string;
  /** Makes the network. Throws `InputError` for options that describe none. */
  build(network: Network): Graph;
  /**
   * The options of the network that a state_dict belongs to, from its outermost entries alone. For
   * a state_dict of another architecture: why it is none of this one ("it has no outc.conv.weight
   * of four axes").
   */
  detect(tensors: Tensors): Network | string;
}
