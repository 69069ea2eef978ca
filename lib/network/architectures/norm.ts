/** The norm behind a convolution, as the options of a network ask for it. @module */
import type { Op, Value } from "../graph.ts";
import { groupsOf, type Network } from "../network.ts";

/** The norm `name` of a value of `channels` channels. */
export function normOp(
  { norm = "batch", groups }: Network,
  name: string,
  input: Value,
  channels: number,
): Op {
  if (norm === "batch") return { kind: "batchnorm", name, inputs: [input] };
  const count = norm === "instance" ? channels : groupsOf(channels, groups);
  return { kind: "groupnorm", name, inputs: [input], groups: count };
}
