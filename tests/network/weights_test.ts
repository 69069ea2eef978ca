import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { elementCount, type Tensors } from "../../lib/core/tensor.ts";
import { graphOf, networkOf } from "../../lib/network/architectures.ts";
import { type Network } from "../../lib/network/network.ts";
import { counterNames, parametersOf } from "../../lib/network/parameters.ts";
import { batchesTracked, checkWeights, initialWeights } from "../../lib/network/weights.ts";
import { foldersWith, loadJson, loadTensors } from "../support/reference_data.ts";

const SMALL: Network = { inChannels: 1, classes: 1, base: 2, bilinear: false };
const NETWORKS: Network[] = [
  SMALL,
  { ...SMALL, bilinear: true },
  { ...SMALL, base: 1, bilinear: true },
  { ...SMALL, base: 3 },
  { inChannels: 3, classes: 2, base: 4, bilinear: true },
  { inChannels: 1, classes: 1, base: 8, bilinear: false },
];

Deno.test("initialWeights() fills +-1/sqrt(fanIn) evenly and leaves batch norms neutral", () => {
  const network = { ...SMALL, base: 16 };
  const weights = initialWeights(graphOf(network), 7);
  for (const { name, shape, fanIn } of parametersOf(graphOf(network))) {
    const { data } = weights[name];
    assertEquals(weights[name].shape, shape);
    if (fanIn === 0) {
      const value = name.endsWith(".weight") || name.endsWith("_var") ? 1 : 0;
      assert(data.every((x) => x === value), name);
      continue;
    }
    const bound = Math.fround(1 / Math.sqrt(fanIn));
    assert(data.every((x) => Math.abs(x) <= bound), `${name} leaves +-${bound}`);
    if (data.length < 2000) continue;
    const mean = data.reduce((a, b) => a + b) / data.length;
    const meanSquare = data.reduce((a, b) => a + b * b, 0) / data.length;
    const noise = 5 / Math.sqrt(data.length);
    assert(Math.abs(mean) < noise * bound, `${name}: mean ${mean}`);
    assert(Math.abs(meanSquare / bound ** 2 - 1 / 3) < noise, `${name}: not uniform`);
  }
});

Deno.test("initialWeights() depends on the seed alone, and no two tensors are alike", () => {
  const first = initialWeights(graphOf(SMALL), 1);
  assertEquals(initialWeights(graphOf(SMALL), 1), first);
  const second = initialWeights(graphOf(SMALL), 2);
  const random = parametersOf(graphOf(SMALL)).filter(({ fanIn }) => fanIn > 0);
  const starts = [first, second].flatMap((weights) =>
    random.map(({ name }) => weights[name].data[0])
  );
  const bounded = starts.map((start, i) => start * Math.sqrt(random[i % random.length].fanIn));
  assertEquals(new Set(bounded).size, bounded.length);
});

Deno.test("networkOf() finds the network that weights were made for", () => {
  for (const network of NETWORKS) {
    assertEquals(networkOf(initialWeights(graphOf(network), 0), "file"), network);
  }
});

Deno.test("networkOf() refuses what is no U-Net, naming the file", () => {
  const { "outc.conv.weight": _, ...headless } = initialWeights(graphOf(SMALL), 0);
  const empty = initialWeights(graphOf(SMALL), 0);
  empty["outc.conv.weight"] = { shape: [0, 2, 1, 1], data: new Float32Array(0) };
  const cases: [Tensors, string][] = [[{}, "inc.double_conv.0.weight"], [
    headless,
    "outc.conv.weight",
  ], [empty, "classes is 0"]];
  for (const [tensors, says] of cases) {
    const { message } = assertThrows(() => networkOf(tensors, "a.pth"), InputError, says);
    assert(message.startsWith("a.pth "));
  }
});

/** A complete state_dict with one entry replaced, or removed. */
function damaged(name: string, tensor?: Tensors[string]): Tensors {
  const tensors: Tensors = { ...initialWeights(graphOf(SMALL), 0) };
  for (const counter of counterNames(graphOf(SMALL))) {
    tensors[counter] = { shape: [], data: BigInt64Array.of(3n) };
  }
  if (tensor) tensors[name] = tensor;
  else delete tensors[name];
  return tensors;
}

const KEY = "up2.conv.double_conv.4.running_var";
const COUNTER = "inc.double_conv.1.num_batches_tracked";
const vector = (...values: number[]) => ({
  shape: [values.length],
  data: Float32Array.from(values),
});
const width = parametersOf(graphOf(SMALL)).find(({ name }) => name === KEY)!.shape[0];
const filled = (last: number) => vector(...new Array(width - 1).fill(1), last);

const DEFECTS: [string, Tensors, string][] = [
  ["a missing entry", damaged(KEY), `lacks ${KEY}`],
  ["another shape", damaged(KEY, vector(1)), `${KEY} has shape [1]`],
  ["another rank", damaged(KEY, { shape: [1, width], data: filled(1).data }), `[1, ${width}]`],
  ["an unknown entry", damaged("down5.x", vector(1)), "holds down5.x"],
  ["a NaN", damaged(KEY, filled(NaN)), `${KEY} holds NaN`],
  ["an infinity", damaged(KEY, filled(Infinity)), `${KEY} holds Infinity`],
  [
    "more than float32 holds",
    damaged(KEY, {
      shape: [width],
      data: new Float64Array(width).fill(1e39),
    }),
    "1e+39",
  ],
  ["a negative variance", damaged(KEY, filled(-1)), "cannot be negative"],
  ["whole numbers", damaged(KEY, { shape: [width], data: new Int32Array(width) }), "whole numbers"],
  ["half a count", damaged(COUNTER, { shape: [], data: Float32Array.of(0.5) }), COUNTER],
  ["a negative count", damaged(COUNTER, { shape: [], data: BigInt64Array.of(-1n) }), COUNTER],
];

for (const [what, tensors, says] of DEFECTS) {
  Deno.test(`checkWeights() refuses ${what}`, () => {
    const { message } = assertThrows(
      () => checkWeights(graphOf(SMALL), tensors, "a.pth"),
      InputError,
      says,
    );
    assert(message.startsWith("a.pth"));
  });
}

Deno.test("checkWeights() gives back the float entries in PyTorch's order", () => {
  const tensors = damaged(COUNTER, { shape: [], data: BigInt64Array.of(9n) });
  const reversed = Object.fromEntries(Object.entries(tensors).reverse());
  const checked = checkWeights(graphOf(SMALL), reversed, "file");
  assertEquals(Object.keys(checked), parametersOf(graphOf(SMALL)).map(({ name }) => name));
  assertEquals(checked, initialWeights(graphOf(SMALL), 0));
  assertEquals(batchesTracked(graphOf(SMALL), tensors, "file"), 9);
});

Deno.test("checkWeights() accepts files without counters, and float64", () => {
  const weights = initialWeights(graphOf(SMALL), 0);
  const doubles = Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data) },
    ]),
  );
  assertEquals(checkWeights(graphOf(SMALL), doubles, "file"), weights);
  assertEquals(batchesTracked(graphOf(SMALL), doubles, "file"), 0);
});

interface Book {
  inits: Record<string, { base: number; bilinear: boolean; parameters: number }>;
}

for (const folder of foldersWith("unet/unet.json")) {
  const { inits } = loadJson<Book>(folder, "unet/unet.json");
  for (const [file, { base, bilinear, parameters }] of Object.entries(inits)) {
    if (!file.endsWith(".safetensors")) continue;
    Deno.test(`PyTorch's ${file} of ${folder.label} has our names, shapes and spread`, () => {
      const tensors = loadTensors(folder, `unet/${file}`);
      const network = networkOf(tensors, file);
      assertEquals(network, { inChannels: 1, classes: 1, base, bilinear });
      const weights = checkWeights(graphOf(network), tensors, file);
      const ours = initialWeights(graphOf(network), 0);
      let count = 0;
      for (const { name, shape, trained, fanIn } of parametersOf(graphOf(network))) {
        if (trained) count += elementCount(shape);
        const spread = (data: Float32Array) =>
          Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
        const [theirs, own] = [spread(weights[name].data), spread(ours[name].data)];
        const noise = fanIn > 0 ? 4 / Math.sqrt(elementCount(shape)) : 0;
        if (own > 0) assert(Math.abs(theirs / own - 1) <= noise, `${name}: ${theirs} and ${own}`);
        else assertEquals(theirs, 0);
      }
      assertEquals(count, parameters);
      assertStringIncludes(Object.keys(weights)[0], "inc.");
    });
  }
}

Deno.test("checkWeights() names the first of many missing, unknown and misshapen entries, in one sentence", () => {
  const weights: Tensors = initialWeights(graphOf(SMALL), 0);
  const without = Object.fromEntries(
    Object.entries(weights).filter(([name]) => !name.startsWith("up4")),
  );
  const more = Object.fromEntries(
    Array.from({ length: 5 }, (_, i) => [`down5.${i}\u001b[2J`, weights["outc.conv.bias"]]),
  );
  const wide = initialWeights(graphOf({ ...SMALL, base: 4 }), 0);
  const cases: [Tensors, RegExp][] = [
    [
      without,
      /^a.pth lacks up4.up.weight, up4.up.bias, up4.conv.double_conv.0.weight and 9 more, which/,
    ],
    [
      Object.fromEntries(Object.entries(weights).filter(([name]) => !name.includes("running_"))),
      /^a.pth lacks .* and 33 more, which .*; model.state_dict\(\) has them, unless .*GroupNorm$/,
    ],
    [
      { ...weights, ...more },
      /^a.pth holds down5.0\?\[2J, down5.1\?\[2J, down5.2\?\[2J and 2 more, which/,
    ],
    [
      { ...weights, "up1.up.weight": wide["up1.up.weight"], "up1.up.bias": wide["up1.up.bias"] },
      /^a.pth: up1.up.weight has shape \[64, 32, 2, 2\], but .* needs \[32, 16, 2, 2\]; up1.up.bias differ/,
    ],
  ];
  for (const [tensors, says] of cases) {
    const { message } = assertThrows(
      () => checkWeights(graphOf(SMALL), tensors, "a.pth"),
      InputError,
    );
    assert(says.test(message), message);
    assert(!message.includes("\n") && message.length < 300, message);
  }
});
