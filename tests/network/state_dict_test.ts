import { assert, assertEquals } from "@std/assert";
import { graphOf } from "../../lib/network/architectures.ts";
import { type Network } from "../../lib/network/network.ts";
import { counterNames, parametersOf } from "../../lib/network/parameters.ts";
import { stateDictOf } from "../../lib/network/state_dict.ts";
import { initialWeights } from "../../lib/network/weights.ts";

const NETWORK: Network = { inChannels: 1, classes: 1, base: 2, bilinear: false };

Deno.test("stateDictOf() holds the weights and all counters", () => {
  const weights = initialWeights(graphOf(NETWORK), 3);
  const state = stateDictOf(graphOf(NETWORK), weights, 12);
  const names = [
    ...parametersOf(graphOf(NETWORK)).map(({ name }) => name),
    ...counterNames(graphOf(NETWORK)),
  ];
  assertEquals(Object.keys(state).toSorted(), names.toSorted());
  for (const name of Object.keys(weights)) assert(state[name] === weights[name]);
  for (const name of counterNames(graphOf(NETWORK))) {
    assertEquals(state[name], { shape: [], data: BigInt64Array.of(12n) });
  }
});

Deno.test("stateDictOf() puts each counter behind its batch norm's running variance", () => {
  const names = Object.keys(stateDictOf(graphOf(NETWORK), initialWeights(graphOf(NETWORK), 3), 0));
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
