import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../lib/core/errors.ts";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import {
  readSafetensors,
  widenBfloat16,
  widenFloat16,
  writeSafetensors,
} from "../../lib/formats/safetensors.ts";
import { readTensorSets } from "../../lib/formats/state_dict.ts";
import { tensorData } from "../support/tensor_data.ts";

/** A file with this header and this many bytes of data. */
function fileOf(header: string | Uint8Array, dataBytes = 0): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

function entry(dtype: string, shape: unknown, offsets: unknown): string {
  return JSON.stringify({ dtype, shape, data_offsets: offsets });
}

const PLAIN = `"t":${entry("F32", [2], [0, 8])}`;

Deno.test("readSafetensors() reads what the format's page describes", () => {
  const file = fileOf(`{"__metadata__":{"format":"pt"},${PLAIN}}  `, 8);
  new DataView(file.buffer).setFloat32(file.length - 4, 1.5, true);
  const { tensors, metadata } = readSafetensors(file);
  assertEquals(metadata.format, "pt");
  assertEquals(tensors.t, { shape: [2], data: Float32Array.of(0, 1.5) });
});

const MALFORMED: [name: string, file: Uint8Array, says: string][] = [
  ["an empty file", new Uint8Array(0), "0 bytes"],
  ["a header longer than the file", fileOf("{}").fill(9, 0, 1), "claims 9 bytes"],
  ["a header length of 2^63", fileOf("{}").fill(0x80, 7, 8), "claims"],
  ["an array for a header", fileOf("[]"), "begin with {"],
  ["a byte order mark", fileOf("\ufeff{}"), "begin with {"],
  ["invalid UTF-8", fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), "UTF-8"],
  ["no JSON", fileOf("{]"), "JSON"],
  ["a string without end", fileOf('{"a'), "does not end"],
  ["something after the object", fileOf("{}{}"), "JSON"],
  ["deep nesting", fileOf('{"a":' + "[".repeat(100_000) + "}"), "nested deeper"],
  ["a name twice", fileOf(`{${PLAIN},${PLAIN}}`, 8), '"t" twice'],
  [
    "a name twice, once escaped",
    fileOf(`{${PLAIN},${PLAIN.replace('"t"', '"\\u0074"')}}`, 8),
    '"t"',
  ],
  [
    "more names than a model has",
    fileOf(`{"__metadata__":{${Array.from({ length: 400_001 }, (_, i) => `"${i}":""`).join()}}}`),
    "more than 400000 names",
  ],
  ["a field twice", fileOf('{"t":{"dtype":"F32","dtype":"U8"}}'), '"dtype" twice'],
  ["metadata that is no text", fileOf('{"__metadata__":{"a":1}}'), "not a string"],
  ["metadata that is no object", fileOf('{"__metadata__":"a"}'), "not an object"],
  ["an entry that is no object", fileOf('{"t":null}'), '"t" is not described'],
  ["an unknown dtype", fileOf(`{"t":${entry("F31", [], [0, 4])}}`, 4), '"F31"'],
  ["a dtype named after a method", fileOf(`{"t":${entry("toString", [], [0, 4])}}`, 4), "dtype"],
  ["no shape", fileOf('{"t":{"dtype":"U8","data_offsets":[0,0]}}'), "shape missing"],
  ["a negative extent", fileOf(`{"t":${entry("U8", [-1, -4], [0, 4])}}`, 4), "[-1,-4]"],
  ["half an extent", fileOf(`{"t":${entry("U8", [0.5, 8], [0, 4])}}`, 4), "whole numbers"],
  ["an extent as text", fileOf(`{"t":${entry("U8", ["4"], [0, 4])}}`, 4), "whole numbers"],
  ["an uncountable shape", fileOf(`{"t":${entry("U8", [2 ** 40, 2 ** 40], [0, 0])}}`), "counted"],
  [
    "zero times a huge extent",
    fileOf(`{"t":${entry("U8", [0, 2 ** 40, 2 ** 40], [0, 0])}}`),
    "count",
  ],
  ["one offset", fileOf(`{"t":${entry("U8", [4], [4])}}`, 4), "data_offsets"],
  ["offsets in reverse", fileOf(`{"t":${entry("U8", [4], [4, 0])}}`, 4), "in order"],
  ["too few bytes", fileOf(`{"t":${entry("F32", [2], [0, 4])}}`, 4), "takes 8 bytes"],
  ["a tensor behind the end", fileOf(`{${PLAIN}}`, 7), "cut short"],
  ["a hole", fileOf(`{"t":${entry("U8", [4], [4, 8])}}`, 8), "4 unused bytes lie before"],
  ["trailing bytes", fileOf(`{${PLAIN}}`, 9), "1 unused bytes follow"],
  [
    "an overlap",
    fileOf(`{${PLAIN},"u":${entry("U8", [4], [4, 8])}}`, 8),
    '"u" overlaps',
  ],
];

for (const [name, file, says] of MALFORMED) {
  Deno.test(`readSafetensors() refuses ${name}`, () => {
    const error = assertThrows(() => readSafetensors(file), InputError);
    assertStringIncludes(error.message, says);
    assert(error.message.length < 300, "the sentence is too long");
  });
}

Deno.test("readSafetensors() takes __proto__ for a name like any other", () => {
  const header = `{"__proto__":${entry("U8", [1], [0, 1])},"__metadata__":{"__proto__":"x"}}`;
  const { tensors, metadata } = readSafetensors(fileOf(header, 1));
  assertEquals(Object.keys(tensors), ["__proto__"]);
  assertEquals(Object.keys(metadata), ["__proto__"]);
  assertEquals(({} as Record<string, unknown>).dtype, undefined);
  assertEquals(tensors.constructor, undefined);
});

Deno.test("readSafetensors() survives arbitrary bytes with an InputError", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, framed) => {
    try {
      readSafetensors(framed ? fileOf(bytes) : bytes);
    } catch (error) {
      assert(error instanceof InputError);
    }
  }));
});

Deno.test("readSafetensors() survives every single damaged byte of a file", () => {
  const file = writeSafetensors({ t: { shape: [2], data: Float32Array.of(1, 2) } }, { a: "b" });
  for (let at = 0; at < file.length; at++) {
    for (const bit of [0, 3, 7]) {
      const damaged = file.slice();
      damaged[at] ^= 1 << bit;
      try {
        readSafetensors(damaged);
      } catch (error) {
        assert(error instanceof InputError, String(error));
      }
    }
  }
});

Deno.test("readSafetensors() gives views where aligned and copies elsewhere", () => {
  const file = writeSafetensors({ t: { shape: [2], data: Float32Array.of(1, 2) } });
  assert(readSafetensors(file).tensors.t.data.buffer === file.buffer);
  const shifted = new Uint8Array(file.length + 1);
  shifted.set(file, 1);
  const { t } = readSafetensors(shifted.subarray(1)).tensors;
  assert(t.data.buffer !== shifted.buffer);
  assertEquals(t.data, Float32Array.of(1, 2));
});

const names = fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("__proto__", "7", "a", "b"))
  .filter((name) => name !== "__metadata__");
const tensor: fc.Arbitrary<Tensor> = tensorData.chain((values) =>
  fc.constantFrom([values.length], [1, values.length, 1], [values.length, 1]).map((shape) => ({
    shape,
    data: values as Tensor["data"],
  }))
);

Deno.test("writeSafetensors() and readSafetensors() are inverse to each other", () => {
  const files = fc.dictionary(names, tensor);
  const texts = fc.dictionary(fc.string(), fc.string());
  fc.assert(fc.property(files, texts, (tensors, metadata) => {
    const bytes = writeSafetensors(tensors, metadata);
    const file = readSafetensors(bytes);
    assertEquals({ ...file.tensors }, { ...tensors });
    assertEquals({ ...file.metadata }, { ...metadata });
    assertEquals(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8, 0);
    for (const { data } of Object.values(file.tensors)) {
      assert(data.buffer === bytes.buffer, "a written tensor is not aligned");
    }
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    assertEquals(writeSafetensors(reversed, metadata), bytes, "the order of the names matters");
  }));
});

Deno.test("a tensor of an element type that is not read is refused when it is wanted", () => {
  const types = [["I16", 2], ["F8_E4M3", 1], ["C64", 8], ["U32", 4]] as const;
  for (const [dtype, bytes] of types) {
    const header = `{"a":${entry("BOOL", [2], [0, 2])},"b":${entry(dtype, [], [2, 2 + bytes])}}`;
    const file = fileOf(header, 2 + bytes);
    assertThrows(() => readSafetensors(file), InputError, `tensor "b" has dtype "${dtype}"`);
    const { sets: [set] } = readTensorSets(file);
    assertEquals([...set.shapes], [["a", [2]], ["b", []]]);
    assertEquals({ ...set.read(["a"]) }, { a: { shape: [2], data: new Uint8Array(2) } });
    assertThrows(() => set.read(["b"]), InputError, dtype);
  }
});

Deno.test("writeSafetensors() refuses a shape that does not fit", () => {
  const bad: Tensors = { t: { shape: [3], data: new Float32Array(2) } };
  assertThrows(() => writeSafetensors(bad), RangeError, "shape [3] with 2 elements");
});

Deno.test("widenFloat16() and widenBfloat16() give the exact values", () => {
  const halves = [0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00];
  const values = [0, -0, 2 ** -24, 1023 * 2 ** -24, 2 ** -14, 1, -2, 65504, Infinity, -Infinity];
  assertEquals([...widenFloat16(Uint16Array.from(halves))], values);
  assert(Number.isNaN(widenFloat16(Uint16Array.of(0x7e00))[0]));
  assertEquals([...widenBfloat16(Uint16Array.of(0x3f80, 0xc000, 0x8000))], [1, -2, -0]);
});
