/**
 * The user's choice of a network: an architecture and its options. architectures.ts makes the
 * graph.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";

/** An architecture with its options. */
export interface Network {
  /**
   * The name of the architecture, see architectures.ts. The default is the plain U-Net ("unet").
   */
  readonly architecture?: string;
  /** Channels of the image: 1 for grey. */
  readonly inChannels: number;
  /** Channels of the logits: 1 for lesion against background. */
  readonly classes: number;
  /** Channels of the first level: 64 in the paper. */
  readonly base: number;
  /** Whether the decoder upsamples bilinearly instead of by transposed convolutions. */
  readonly bilinear: boolean;
}

/** The number of times that the encoder halves the image. */
export const DEPTH = 4;

/** The smallest image side for which every level has at least one pixel. */
export const SMALLEST_SIDE = 2 ** DEPTH;

/** Throws {@linkcode InputError} for options that do not describe a network. */
export function checkNetwork(network: Network): void {
  for (const [name, value] of Object.entries(network)) {
    if (typeof value === "number" && (!Number.isInteger(value) || value < 1)) {
      throw new InputError(`${name} is ${value}; a network needs a whole number of at least 1`);
    }
  }
}
