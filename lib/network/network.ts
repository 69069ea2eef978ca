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
  /** Channels of the first level: 64 in the paper. Each level below has twice as many. */
  readonly base: number;
  /** Whether the decoder upsamples bilinearly instead of by transposed convolutions. */
  readonly bilinear: boolean;
  /** Whether attention gates weigh the skip connections; by default not. */
  readonly attention?: boolean;
  /**
   * Whether the training also compares the logits of lower levels of the decoder (deep
   * supervision); by default not. Predictions do not depend on these logits.
   */
  readonly deepSupervision?: boolean;
  /**
   * The number of times that the encoder halves the image: 3 to 6, 4 by default. The network has
   * one more resolution than that.
   */
  readonly levels?: number;
  /**
   * The two convolutions of each level: `plain`, or `residual` (their result is added to their
   * input). `plain` by default.
   */
  readonly blocks?: typeof BLOCKS[number];
  /** The most channels of a level; by default there is no limit. */
  readonly widthCap?: number;
  /** What is behind each 3x3 convolution; by default batch norm. */
  readonly norm?: NormKind;
  /**
   * With group norm: the groups of each layer, or as many of them as divide its channels. By
   * default {@linkcode DEFAULT_GROUPS}.
   */
  readonly groups?: number;
  /** The probability of the dropout behind each block; by default 0. */
  readonly dropout?: number;
  /** What a dropout drops; by default channels. */
  readonly dropoutKind?: DropoutKind;
}

/** What a dropout drops: whole channels (torch.nn.Dropout2d), or single elements (nn.Dropout). */
export const DROPOUT_KINDS = ["channels", "elements"] as const;

/** One of {@linkcode DROPOUT_KINDS}. */
export type DropoutKind = typeof DROPOUT_KINDS[number];

/** The kinds of norm. Instance norm is the group norm of one channel per group. */
export const NORMS = ["batch", "group", "instance"] as const;

/** One of {@linkcode NORMS}. */
export type NormKind = typeof NORMS[number];

/** The number of groups of a group norm. */
export const DEFAULT_GROUPS = 8;

/** The kinds of {@linkcode Network.blocks}. */
export const BLOCKS = ["plain", "residual"] as const;

/** The number of times that the encoder may halve the image. */
export const LEVELS = { least: 3, default: 4, most: 6 } as const;

/**
 * The smallest image side that commands accept. A network of more levels needs a larger one, see
 * smallestSide() in graph.ts.
 */
export const SMALLEST_SIDE = 2 ** LEVELS.default;

/** Throws {@linkcode InputError} for options that do not describe a network. */
export function checkNetwork(network: Network): void {
  const { dropout = 0, ...rest } = network;
  if (!(dropout >= 0 && dropout < 1)) {
    throw new InputError(`dropout is ${dropout}; a network needs a number from 0 to below 1`);
  }
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === "number" && (!Number.isInteger(value) || value < 1)) {
      throw new InputError(`${name} is ${value}; a network needs a whole number of at least 1`);
    }
  }
  const { inChannels, base, blocks, levels = LEVELS.default, widthCap = base } = network;
  if (levels < LEVELS.least || levels > LEVELS.most) {
    throw new InputError(
      `levels is ${levels}; expected a whole number from ${LEVELS.least} to ${LEVELS.most}`,
    );
  }
  if (blocks === "residual" && base === inChannels) {
    throw new InputError(
      `base is ${base}, as many channels as the image has; residual blocks need more`,
    );
  }
  if (widthCap < base) {
    throw new InputError(
      `widthCap is ${widthCap}, less than the ${base} channels of the first level; expected at ` +
        `least as many`,
    );
  }
}

/**
 * The groups of a group norm over `channels` channels: all of `groups` where they divide the
 * channels, else their greatest common divisor.
 */
export function groupsOf(channels: number, groups = DEFAULT_GROUPS): number {
  let [a, b] = [channels, groups];
  while (b > 0) [a, b] = [b, a % b];
  return a;
}

/** The norm of a network in the words of its description; nothing for batch norm. */
export function normInWords({ norm = "batch", groups = DEFAULT_GROUPS }: Network): string[] {
  if (norm === "batch") return [];
  return [norm === "instance" ? "instance norm" : `group norm of ${groups}`];
}
