import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../lib/core/errors.ts";
import { type OnnxOptions, writeOnnx } from "../../lib/formats/onnx.ts";
import { Message } from "../../lib/formats/protobuf.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { type Network } from "../../lib/network/network.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { messagesIn, readMessage, textsIn } from "../support/protobuf.ts";
import { trainedWeights } from "../support/random_weights.ts";

const NETWORK: Network = { inChannels: 1, classes: 1, base: 2, bilinear: true };
const OPTIONS: OnnxOptions = { mean: 0.485, std: 0.229, size: [512, 256], threshold: 0.25 };

const write = (network: Network, options: Partial<OnnxOptions> = {}) =>
  writeOnnx(graphOf(network), trainedWeights(network), { ...OPTIONS, ...options });

/** How often each operator stands in a file. */
function operators(file: Uint8Array): Record<string, number> {
  const [graph] = messagesIn(file, 7);
  const counts: Record<string, number> = {};
  for (const node of messagesIn(graph, 1)) {
    const [operator] = textsIn(node, 4);
    counts[operator] = (counts[operator] ?? 0) + 1;
  }
  return counts;
}

Deno.test("Message encodes numbers of any size", () => {
  fc.assert(fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 5000 }), (value, field) => {
    const bytes = new Message().integer(field, value).text(field, "x").finish();
    assertEquals(readMessage(bytes).get(field), [value, Uint8Array.of(0x78)]);
  }));
});

Deno.test("writeOnnx() writes operator set 17 and all weights under their names, bit for bit", () => {
  for (const bilinear of [true, false]) {
    const network = { ...NETWORK, bilinear };
    const weights = trainedWeights(network);
    const file = write(network);
    assertEquals(readMessage(file).get(1), [8]);
    assertEquals(readMessage(messagesIn(file, 8)[0]).get(2), [17]);
    const [graph] = messagesIn(file, 7);
    const constants = new Map(messagesIn(graph, 5).map((bytes) => [textsIn(bytes, 8)[0], bytes]));
    for (const { name, shape } of parametersOf(graphOf(network))) {
      const constant = readMessage(constants.get(name)!);
      assertEquals(constant.get(1), [...shape]);
      assertEquals(constant.get(2), [1]);
      const data = constant.get(9)![0] as Uint8Array;
      assertEquals(new Float32Array(data.slice().buffer), weights[name].data);
    }
  }
});

Deno.test("writeOnnx() names every value once, and reads only what is there", () => {
  const group = { ...NETWORK, base: 4, norm: "group", groups: 2, dropout: 0.5 } as const;
  for (const network of [NETWORK, { ...NETWORK, bilinear: false }, group]) {
    const [graph] = messagesIn(write(network), 7);
    const names = (field: number, nameField: number) =>
      messagesIn(graph, field).map((bytes) => textsIn(bytes, nameField)[0]);
    const known = new Set([...names(5, 8), ...names(11, 1)]);
    for (const node of messagesIn(graph, 1)) {
      for (const input of textsIn(node, 1)) assert(input === "" || known.has(input), input);
      for (const output of textsIn(node, 2)) {
        assert(!known.has(output), `${output} twice`);
        known.add(output);
      }
    }
    for (const output of names(12, 1)) assert(known.has(output));
  }
});

Deno.test("writeOnnx() pads the upsampled maps where the size asks for it", () => {
  const transposed = { ...NETWORK, bilinear: false };
  assertEquals(operators(write(transposed)).Pad, 4);
  assertEquals(operators(write(transposed)).ConvTranspose, 4);
  const even = operators(write(NETWORK, { height: 32, width: 48 }));
  assertEquals(even, {
    Conv: 19,
    BatchNormalization: 18,
    Relu: 18,
    MaxPool: 4,
    Resize: 4,
    Concat: 4,
  });
  assertEquals(operators(write(NETWORK, { height: 34, width: 48 })).Pad, 1);
  assertEquals(operators(write(NETWORK, { height: 31, width: 48 })).Pad, 4);
});

Deno.test("writeOnnx() writes group norm as instance norm of groups, and no dropout", () => {
  const { BatchNormalization, ...plain } = operators(write(NETWORK));
  assertEquals(BatchNormalization, 18);
  const instance = { ...plain, InstanceNormalization: 18 };
  assertEquals(operators(write({ ...NETWORK, norm: "instance", dropout: 0.5 })), instance);
  const group = operators(write({ ...NETWORK, base: 4, norm: "group", groups: 2 }));
  const { Reshape, Mul, Add, Shape, ...rest } = group;
  const { Shape: shapes = 0, ...others } = instance as Record<string, number>;
  assertEquals([Reshape, Mul, Add, Shape], [36, 18, 18, shapes + 18]);
  assertEquals(rest, others);
});

Deno.test("writeOnnx() says in its metadata how to prepare images and read logits", () => {
  const file = write(NETWORK, { metadata: { card: "{}", mean: "overridden" } });
  const metadata = Object.fromEntries(
    messagesIn(file, 14).map((entry) => [textsIn(entry, 1)[0], textsIn(entry, 2)[0]]),
  );
  assertEquals(Object.keys(metadata).toSorted(), [
    "card",
    "input",
    "mean",
    "output",
    "size",
    "std",
    "threshold",
  ]);
  assertEquals(metadata.mean, "0.485");
  assertEquals(metadata.std, "0.229");
  assertEquals(metadata.size, "512x256");
  assertEquals(metadata.threshold, "0.25");
  assertEquals(textsIn(file, 2), ["Sonoseg"]);
});

Deno.test("writeOnnx() gives equal bytes for equal weights", () => {
  assertEquals(write(NETWORK), write(NETWORK));
});

Deno.test("writeOnnx() refuses sizes that the network cannot take", () => {
  for (
    const size of [{ height: 15, width: 32 }, { height: 32 }, { width: 32 }, {
      height: 32.5,
      width: 32,
    }]
  ) {
    assertThrows(() => write(NETWORK, size), InputError, "a fixed size needs both sides");
  }
});
