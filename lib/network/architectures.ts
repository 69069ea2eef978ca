/**
 * The table of architectures: builds graphs from options, and detects the options of a state_dict.
 * A new architecture is one file in architectures/ and one entry here.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { listed } from "../core/printable.ts";
import type { Architecture, Shapes } from "./architectures/architecture.ts";
import { UNET } from "./architectures/unet.ts";
import type { Graph } from "./graph.ts";
import { checkNetwork, type Network } from "./network.ts";

/** All architectures, in the order in which they are tried on a state_dict. */
export const ARCHITECTURES: readonly Architecture[] = [UNET];

/** The graph of a network. Throws {@linkcode InputError} for invalid options. */
export function graphOf(network: Network): Graph {
  const { architecture = UNET.name } = network;
  const known = ARCHITECTURES.find(({ name }) => name === architecture);
  if (!known) {
    const names = ARCHITECTURES.map(({ name }) => name).join(", ");
    throw new InputError(`there is no architecture ${architecture}; known are: ${names}`);
  }
  return known.build(network);
}

/**
 * Detects the network of a state_dict. Throws {@linkcode InputError}, beginning with `name` (a
 * file), for an unknown architecture. checkWeights checks the other entries.
 */
export function networkOf(tensors: Shapes, name: string): Network {
  const reasons: string[] = [];
  const names = Object.keys(tensors);
  for (const { title, detect } of ARCHITECTURES) {
    const network = detect(tensors);
    const reason = typeof network === "string" ? network : defectOf(network);
    if (typeof network !== "string" && reason === undefined) return network;
    const held = names.length === 0 ? "no tensor" : listed(names);
    reasons.push(
      `${name} is no state_dict of this ${title}: ${reason}; it holds ${held}; run another network ` +
        `in its own project, or train a model here`,
    );
  }
  throw new InputError(reasons.join("\n  "));
}

/** The objection of {@linkcode checkNetwork} to the options. */
function defectOf(network: Network): string | undefined {
  try {
    checkNetwork(network);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
