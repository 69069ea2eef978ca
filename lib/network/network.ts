/**
 * What a user chooses of a network: its architecture and the options of that. The network itself is
 * a graph, see architectures.ts.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";

/** What fixes a network. */
export interface Network {
  /**
   * The name of its architecture, see architectures.ts; the plain U-Net ("unet") where it is
   * absent.
   */
  readonly architecture?: string;
  /** Channels of the image: 1 for grey. */
  readonly inChannels: number;
  /** Channels of the logits: 1 for lesion against background. */
  readonly classes: number;
  /** Channels of the first level: 64 in the paper and in the tutorial. */
  readonly base: number;
  /** Bilinear upsampling in the decoder instead of transposed convolutions. */
  readonly bilinear: boolean;
}

/** How many times the encoder halves the image. */
export const DEPTH = 4;

/** The smallest image side for which every level has at least one pixel. */
export const SMALLEST_SIDE = 2 ** DEPTH;

/** Checks that the numbers describe a network; throws {@linkcode InputError} otherwise. */
export function checkNetwork(network: Network): void {
  for (const [name, value] of Object.entries(network)) {
    if (typeof value === "number" && (!Number.isInteger(value) || value < 1)) {
      throw new InputError(`${name} is ${value}; a network needs a whole number of at least 1`);
    }
  }
}
