import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { ARCHITECTURES, graphOf, networkOf } from "../../lib/network/architectures.ts";
import { classesOf, extentsOf, smallestSide } from "../../lib/network/graph.ts";
import { parameterCount, parametersOf } from "../../lib/network/parameters.ts";

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

const BLOCKS_AND_CAPS = [undefined, "residual" as const]
  .flatMap((blocks) => [undefined, 6, 10].map((widthCap) => [blocks, widthCap] as const));

Deno.test("a U-Net of every kind is recognised by its parameters, and has a name of its own", () => {
  const names = new Set<string>();
  let count = 0;
  for (const bilinear of [false, true]) {
    for (
      const [attention, levels] of [[undefined, undefined], [true, 3], [undefined, 5], [true, 6]]
    ) {
      for (const [blocks, widthCap] of BLOCKS_AND_CAPS) {
        const network = {
          inChannels: 1,
          classes: 1,
          base: 3,
          bilinear,
          blocks,
          attention,
          deepSupervision: attention,
          levels,
          widthCap,
        };
        const options = Object.entries(network).filter(([, value]) => value !== undefined);
        const given = Object.fromEntries(options) as typeof NETWORK;
        const graph = graphOf(given);
        const shapes = parametersOf(graph).map(({ name, shape }) => [name, { shape }]);
        assertEquals(networkOf(Object.fromEntries(shapes), "it"), given);
        assertEquals(smallestSide(graph), 2 ** Number(levels ?? 4));
        names.add(graph.name);
        count++;
      }
    }
  }
  assertEquals(names.size, count);
});

Deno.test("a width cap that no level reaches changes nothing", () => {
  for (const bilinear of [false, true]) {
    const network = { ...NETWORK, bilinear };
    assertEquals(graphOf({ ...network, widthCap: bilinear ? 512 : 1024 }), graphOf(network));
    assert(
      parameterCount(graphOf({ ...network, widthCap: 256 })) < parameterCount(graphOf(network)),
    );
  }
});

Deno.test("graphOf() refuses numbers of levels and caps that make no network", () => {
  const refused: [object, string][] = [
    [{ levels: 2 }, "levels is 2; expected a whole number from 3 to 6"],
    [{ levels: 7 }, "levels is 7"],
    [{ levels: 3.5 }, "levels is 3.5"],
    [{ blocks: "residual", base: 1 }, "base is 1, as many channels as the image has"],
    [{ widthCap: 63 }, "widthCap is 63, less than the 64 channels"],
  ];
  for (const [options, says] of refused) {
    assertThrows(() => graphOf({ ...NETWORK, ...options }), InputError, says);
  }
});

Deno.test("architectures have names of their own", () => {
  const names = ARCHITECTURES.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
});
