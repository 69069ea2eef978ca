import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { ARCHITECTURES, graphOf } from "../../lib/network/architectures.ts";
import { classesOf, extentsOf, smallestSide } from "../../lib/network/graph.ts";
import { parameterCount } from "../../lib/network/parameters.ts";

const NETWORK = { inChannels: 1, classes: 1, base: 64, bilinear: false };

Deno.test("graphOf() makes the tutorial's U-Net unless another architecture is named", () => {
  const graph = graphOf(NETWORK);
  assertEquals(graphOf({ ...NETWORK, architecture: "unet" }), graph);
  assertEquals([graph.name, graph.title], ["unet_64_transposed", "U-Net"]);
  assertEquals(parameterCount(graph), 31_036_481);
  assertEquals([smallestSide(graph), classesOf(graph)], [16, 1]);
});

Deno.test("graphOf() refuses architectures that it does not know, and options of no network", () => {
  const unknown = { ...NETWORK, architecture: "vnet" };
  assertThrows(() => graphOf(unknown), InputError, "no architecture vnet; known are: unet");
  assertThrows(() => graphOf({ ...NETWORK, base: 0 }), InputError, "base is 0");
});

Deno.test("width doubles and size halves towards the deepest level of a U-Net", () => {
  const extents = extentsOf(graphOf({ ...NETWORK, base: 3 }));
  const at = (name: string) => extents.get(name);
  assertEquals(at("inc.double_conv.3"), { channels: 3, halvings: 0 });
  assertEquals(at("down4.maxpool_conv.1.double_conv.3"), { channels: 48, halvings: 4 });
  assertEquals(at("up1.conv.double_conv.0.input"), { channels: 48, halvings: 3 });
  assertEquals(at("outc.conv"), { channels: 1, halvings: 0 });
});

Deno.test("architectures have names of their own", () => {
  const names = ARCHITECTURES.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
});
