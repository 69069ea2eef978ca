/**
 * The settings of a network. The defaults are those of the tutorial.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { choice, number, onOff, type ValuesOf, whole } from "../core/fields.ts";
import { sentence, setting } from "../core/sentence.ts";
import { BLOCKS, DEFAULT_GROUPS, DROPOUT_KINDS, LEVELS, NORMS } from "../network/network.ts";

/** The fields of a network. */
export const NETWORK_FIELDS = {
  baseChannels: whole({
    default: 64,
    from: 1,
    to: 1024,
    json: "base",
    says: "channels of the first level; each level below has twice as many",
  }),
  blocks: choice({
    default: "plain",
    legacy: "plain",
    choices: BLOCKS,
    says: "the two convolutions of each level: plain, or residual (added to their input)",
  }),
  attention: onOff({
    default: false,
    legacy: false,
    says: "attention gates, which weigh what a skip connection brings",
  }),
  deepSupervision: onOff({
    default: false,
    legacy: false,
    says: "lower levels of the decoder have logits of their own, which count in the loss",
  }),
  levels: whole({
    default: LEVELS.default,
    legacy: LEVELS.default,
    from: LEVELS.least,
    to: LEVELS.most,
    says: "how many times the network halves the image",
  }),
  widthCap: whole({
    default: null,
    legacy: null,
    unset: "no limit",
    from: 1,
    to: 65536,
    says: "most channels of a level",
  }),
  bilinear: onOff({
    default: false,
    says: "bilinear upsampling in the decoder in place of transposed convolutions",
  }),
  norm: choice({
    default: "batch",
    legacy: "batch",
    choices: NORMS,
    says: "what scales and shifts the result of each 3x3 convolution",
  }),
  normGroups: whole({
    default: null,
    legacy: null,
    unset: `${DEFAULT_GROUPS} with group`,
    from: 1,
    to: 1024,
    says: "groups of channels of each group norm, or as many of them as divide the channels",
  }),
  dropout: number({
    default: 0,
    legacy: 0,
    from: 0,
    below: 1,
    says: "probability of dropout in training, behind two convolutions",
  }),
  dropoutKind: choice({
    default: "channels",
    legacy: "channels",
    choices: DROPOUT_KINDS,
    says: "what dropout drops: whole channels (nn.Dropout2d) or single elements (nn.Dropout)",
  }),
};

/** The values of {@linkcode NETWORK_FIELDS}. */
export type NetworkConfig = ValuesOf<typeof NETWORK_FIELDS>;

/** Checks what the fields mean together and for the size. Throws {@linkcode InputError}. */
export function checkNetworkFields(
  config: NetworkConfig & { readonly width: number; readonly height: number },
): void {
  checkGroups(config);
  const { width, height, baseChannels, blocks, levels, widthCap, dropout, dropoutKind } = config;
  if (blocks === "residual" && baseChannels === 1) {
    throw new InputError(
      sentence`${setting("blocks", blocks)} needs more channels than the image has;
        ${setting("baseChannels")} is 1, expected a whole number from 2`,
    );
  }
  if (dropoutKind !== "channels" && dropout === 0) {
    throw new InputError(
      sentence`${setting("dropoutKind", dropoutKind)} has no say without ${setting("dropout")}; give
        a probability, such as ${setting("dropout", 0.1)}`,
    );
  }
  const smallest = 2 ** levels;
  if (Math.min(width, height) < smallest) {
    throw new InputError(
      sentence`${setting("levels", levels)} halves the image to nothing at ${width}x${height};
        expected sides of at least ${smallest}, or fewer levels`,
    );
  }
  if (widthCap !== null && widthCap < baseChannels) {
    throw new InputError(
      sentence`${setting("widthCap")} is ${widthCap}, less than the ${baseChannels} channels of the
        first level; expected at least as many`,
    );
  }
}

/** Throws {@linkcode InputError} for a number of groups beside another norm than group norm. */
export function checkGroups(
  { norm, normGroups }: Pick<NetworkConfig, "norm" | "normGroups">,
): void {
  if (norm === "group" || normGroups === null) return;
  throw new InputError(
    sentence`${setting("normGroups")} has no say with ${setting("norm", norm)}; leave it out, or
      take ${setting("norm", "group")}`,
  );
}
