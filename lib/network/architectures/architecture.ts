/**
 * The interface of an architecture: a function from options to a graph, and a detector of its
 * weights.
 *
 * @module
 */
import type { Graph } from "../graph.ts";
import type { Network } from "../network.ts";

/** Tensors of which only the shapes matter, by name. */
export type Shapes = Readonly<Record<string, { readonly shape: readonly number[] }>>;

/** A family of networks. */
export interface Architecture {
  /** The name in files and options: "unet". */
  readonly name: string;
  /** The name in sentences: "U-Net". */
  readonly title: string;
  /** Names of tensors, one of which every state_dict of the family has. */
  readonly marks: readonly string[];
  /** Builds the graph. Throws `InputError` for invalid options. */
  build(network: Network): Graph;
  /**
   * Detects the options of a state_dict from its outermost entries. For a state_dict of another
   * architecture, returns the reason ("it has no outc.conv.weight of four axes").
   */
  detect(tensors: Shapes): Network | string;
}
