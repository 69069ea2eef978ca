import { assert, assertEquals } from "@std/assert";
import { counterNames, type Network, parametersOf } from "../../lib/network/network.ts";
import { stateDictOf } from "../../lib/network/state_dict.ts";
import { initialWeights } from "../../lib/network/weights.ts";

const NETWORK: Network = { inChannels: 1, classes: 1, base: 2, bilinear: false };

Deno.test("stateDictOf() holds the weights and all counters", () => {
  const weights = initialWeights(NETWORK, 3);
  const state = stateDictOf(NETWORK, weights, 12);
  const names = [...parametersOf(NETWORK).map(({ name }) => name), ...counterNames(NETWORK)];
  assertEquals(Object.keys(state).toSorted(), names.toSorted());
  for (const name of Object.keys(weights)) assert(state[name] === weights[name]);
  for (const name of counterNames(NETWORK)) {
    assertEquals(state[name], { shape: [], data: BigInt64Array.of(12n) });
  }
});

Deno.test("stateDictOf() puts each counter behind its batch norm's running variance", () => {
  const names = Object.keys(stateDictOf(NETWORK, initialWeights(NETWORK, 3), 0));
  assertEquals(names.slice(0, 7), [
    "inc.double_conv.0.weight",
    "inc.double_conv.1.weight",
    "inc.double_conv.1.bias",
    "inc.double_conv.1.running_mean",
    "inc.double_conv.1.running_var",
    "inc.double_conv.1.num_batches_tracked",
    "inc.double_conv.3.weight",
  ]);
});
