/** The options of a network as tests/interop/unet.py names them. @module */
import type { Network } from "../../lib/network/network.ts";

/** Names that differ from ours. */
const NAMES = {
  channels: "inChannels",
  width_cap: "widthCap",
  deep_supervision: "deepSupervision",
  dropout_kind: "dropoutKind",
};

/** The arguments of the Python class `UNet`. */
export function pythonOptions(network: Network): Record<string, unknown> {
  const names = new Map(Object.entries(NAMES).map(([theirs, ours]) => [ours, theirs]));
  return renamed(network, (name) => names.get(name) ?? name);
}

/** The network of a Python class `UNet` with these arguments. */
export function networkOfPython(options: Readonly<Record<string, unknown>>): Network {
  const given = renamed(options, (name) => NAMES[name as keyof typeof NAMES] ?? name);
  return { inChannels: 1, classes: 1, base: 64, bilinear: false, ...given };
}

function renamed(record: object, nameOf: (name: string) => string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [nameOf(name), value]));
}
