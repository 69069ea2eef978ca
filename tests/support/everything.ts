/** A small network with every variant. @module */
import type { Network } from "../../lib/network/network.ts";

export const EVERYTHING: Network = {
  inChannels: 1,
  classes: 1,
  base: 4,
  bilinear: false,
  blocks: "residual",
  attention: true,
  deepSupervision: true,
  levels: 3,
  widthCap: 12,
};
