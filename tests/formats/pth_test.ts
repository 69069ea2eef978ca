import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../lib/core/errors.ts";
import { joined } from "../../lib/core/joined.ts";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import { readPth } from "../../lib/formats/pth.ts";
import { writePth } from "../../lib/formats/pth_writer.ts";
import { writeSafetensors } from "../../lib/formats/safetensors.ts";
import { readStateDict } from "../../lib/formats/state_dict.ts";
import {
  type CraftedTensor,
  dict,
  made,
  number,
  ONE,
  PLAIN,
  program,
  pthOf,
  SIX,
  tensor,
  text,
} from "../support/pickle.ts";
import { tensorData } from "../support/tensor_data.ts";

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The only tensor of a file with storage "0" of six floats. */
function readOne(of: Partial<CraftedTensor>, storage = SIX): Tensor {
  return readPth(pthOf(dict({ w: tensor({ ...PLAIN, ...of }) }), { 0: storage })).tensors.w;
}

Deno.test("readPth() honours offsets and strides", () => {
  const cases: [Partial<CraftedTensor>, number[]][] = [
    [{}, [1, 2, 3, 4, 5, 6]],
    [{ shape: [3, 2], strides: [1, 3] }, [1, 4, 2, 5, 3, 6]],
    [{ shape: [2, 2], strides: [3, 1], offset: 1 }, [2, 3, 5, 6]],
    [{ shape: [2], strides: [2], offset: 3 }, [4, 6]],
    [{ shape: [1, 2], strides: [77, 1], offset: 4 }, [5, 6]],
    [{ shape: [2, 2], strides: [0, 1] }, [1, 2, 1, 2]],
    [{ shape: [], strides: [], offset: 5 }, [6]],
    [{ shape: [0, 5], strides: [9, 9] }, []],
    [{ shape: [0], strides: [1], offset: 6 }, []],
  ];
  for (const [of, values] of cases) {
    assertEquals(readOne(of), {
      shape: [...(of.shape ?? [2, 3])],
      data: Float32Array.from(values),
    });
  }
});

Deno.test("readPth() reads every element type, and widens half precision", () => {
  const types: [string, ArrayBufferView, Tensor["data"]][] = [
    ["DoubleStorage", Float64Array.of(1.5, -2), Float64Array.of(1.5, -2)],
    ["HalfStorage", Uint16Array.of(0x3e00, 0xc000), Float32Array.of(1.5, -2)],
    ["BFloat16Storage", Uint16Array.of(0x3fc0, 0xc000), Float32Array.of(1.5, -2)],
    ["LongStorage", BigInt64Array.of(-1n, 2n ** 60n), BigInt64Array.of(-1n, 2n ** 60n)],
    ["IntStorage", Int32Array.of(-1, 7), Int32Array.of(-1, 7)],
    ["ByteStorage", Uint8Array.of(0, 255), Uint8Array.of(0, 255)],
    ["BoolStorage", Uint8Array.of(0, 1), Uint8Array.of(0, 1)],
  ];
  for (const [type, stored, data] of types) {
    const read = (of: Partial<CraftedTensor>) =>
      readOne({ type, count: 2, shape: [2], strides: [1], ...of }, bytesOf(stored)).data;
    assertEquals(read({}), data);
    assertEquals(read({ strides: [0] })[1], data[0], "strided");
  }
  for (const type of ["ShortStorage", "CharStorage", "ComplexFloatStorage"]) {
    const bytes = new Uint8Array({ ShortStorage: 2, CharStorage: 1 }[type] ?? 8);
    const read = () => readOne({ type, count: 1, shape: [], strides: [] }, bytes);
    assertThrows(read, InputError, type);
  }
});

Deno.test("readPth() gives views where the data is aligned, copies elsewhere", () => {
  const written = writePth({ w: { shape: [2], data: Float32Array.of(1, 2) } });
  assert(readPth(written).tensors.w.data.buffer === written.buffer);
  const shifted = joined([new Uint8Array(1), written]).subarray(1);
  assertEquals(readPth(shifted).tensors.w.data, Float32Array.of(1, 2));
});

const ENTRY = { bytes: program("big") };

/** How NumPy begins an array. */
const NUMPY = "cnumpy._core.multiarray\n_reconstruct\n)R";

const REFUSED: [name: string, file: Uint8Array, says: string][] = [
  ["an empty file", new Uint8Array(0), "0 bytes"],
  ["no dict", pthOf(`](${ONE}e`, { 0: SIX }), "a list of 1"],
  ["a bare tensor", pthOf(ONE, { 0: SIX }), "holds a tensor"],
  ["a dict without tensors", pthOf(dict({ a: "N" })), "no state_dict"],
  [
    "a state_dict too deep",
    pthOf(
      Array.from({ length: 9 }).reduce((inner: string) => dict({ a: inner }), dict({ w: ONE })),
      {
        0: SIX,
      },
    ),
    "no state_dict",
  ],
  [
    "two state_dicts",
    pthOf(dict({ a: dict({ w: ONE }), b: dict({ w: ONE }) }), { 0: SIX }),
    '"a", "b"',
  ],
  ["a name twice", pthOf(`}(${text("w")}${ONE}${text("w")}${ONE}u`, { 0: SIX }), '"w" twice'],
  ["a number for a name", pthOf(`}(${text("w")}${ONE}K\x01${ONE}u`, { 0: SIX }), "under 1"],
  ["no storage", pthOf(dict({ w: ONE })), "the archive has 0"],
  ["a storage that is too short", pthOf(dict({ w: ONE }), { 0: SIX.subarray(4) }), "has 20"],
  [
    "a storage of two types",
    pthOf(dict({ w: ONE, x: tensor({ ...PLAIN, type: "IntStorage" }) }), { 0: SIX }),
    "two different types",
  ],
  [
    "a storage class that is none",
    pthOf(dict({ w: tensor({ ...PLAIN, type: "Size" }) }), { 0: SIX }),
    "no storage",
  ],
  ["a dangerous global", pthOf(dict({ w: "cos\nsystem\n" })), "os.system"],
  [
    "a dangerous global beside tensors",
    pthOf(dict({ w: ONE, x: "cposix\npopen\n" }), { 0: SIX }),
    "popen",
  ],
  ["a dangerous builtin", pthOf("c__builtin__\neval\n(U\x011tR"), "__builtin__.eval"],
  ["a pickle inside a pickle", pthOf(dict({ w: "c_pickle\nloads\n" })), "_pickle.loads"],
  ["a connection", pthOf(dict({ w: "curllib.request\nurlopen\n" })), "urllib.request.urlopen"],
  ["another file", pthOf(dict({ w: "ctorch.hub\nload\n" })), "torch.hub.load"],
  ["an array of NumPy", pthOf(dict({ net: dict({ "a.weight": NUMPY }) })), "torch.from_numpy"],
  [
    "a tensor that repeats its elements",
    pthOf(dict({ bias: tensor({ ...PLAIN, shape: [7], strides: [0] }) }), { 0: SIX }),
    "contiguous()",
  ],
  ["an array that is no parameter", pthOf(dict({ losses: NUMPY })), "it holds losses"],
  ["a dict of other values", pthOf(dict({ epoch: "N", "\x1b[2J": "N" })), "epoch, ?[2J"],
  ["a module that only attacks need", pthOf("csubprocess\nPopen\n)\x81"), "subprocess.Popen"],
  [
    "a global inside another",
    pthOf("ctorch._utils\n_rebuild_tensor_v2.__globals__\n"),
    "__globals__",
  ],
  [
    "an object of a class",
    pthOf(made("__main__", "UNet", {}, { training: "\x89" })),
    "an object of __main__.UNet",
  ],
  ["an object that does not exist here", pthOf("\x82\x01"), "an object of extension 1"],
  [
    "hooks",
    pthOf(dict({ w: tensor({ ...PLAIN, rest: `\x89${dict({ a: "N" })}` }) }), { 0: SIX }),
    "hooks",
  ],
  ["something behind the pickle", pthOf(`${dict({ w: ONE })}.N`, { 0: SIX }), "ends before"],
  [
    "a big-endian file",
    pthOf(dict({ w: ONE }), { 0: SIX }, [{ ...ENTRY, name: "archive/byteorder" }]),
    "big-endian",
  ],
  [
    "TorchScript",
    pthOf(dict({ w: ONE }), { 0: SIX }, [{ ...ENTRY, name: "archive/constants.pkl" }]),
    "torch.jit.load",
  ],
  [
    "two folders",
    pthOf(dict({ w: ONE }), { 0: SIX }, [{ ...ENTRY, name: "b/data.pkl" }]),
    "one folder",
  ],
];

for (const [name, file, says] of REFUSED) {
  Deno.test(`readPth() refuses ${name}`, () => {
    const { message } = assertThrows(() => readPth(file), InputError);
    assertStringIncludes(message, says);
    assert(message.length < 300, message);
  });
}

const BAD_VIEWS: Partial<CraftedTensor>[] = [
  { offset: 1 },
  { offset: -1 },
  { count: 5 },
  { count: -6 },
  { strides: [4, 1] },
  { strides: [3] },
  { strides: [-3, 1], offset: 3 },
  { shape: [-2, -3] },
  { shape: [2 ** 32, 2 ** 32], strides: [0, 0] },
  { shape: [7], strides: [0] },
  { shape: [0], strides: [1], offset: 7 },
  { shape: [2 ** 52], strides: [2 ** 52] },
  { shape: new Array(65).fill(1), strides: new Array(65).fill(1) },
];

for (const of of BAD_VIEWS) {
  Deno.test(`readPth() refuses a view ${JSON.stringify(of).slice(0, 60)}`, () => {
    assertThrows(() => readOne(of), InputError);
  });
}

/** A legacy file: five pickles, then storages. */
function legacy(change: { machine?: string; keys?: string; count?: number; more?: string } = {}) {
  const magic = 0x1950a86a20f9469cfc6cn;
  const pickles = [
    `\x8a\x0a${number(10, magic)}`,
    `M${number(2, 1001)}`,
    change.machine ?? dict({ little_endian: "\x88" }),
    dict({ w: ONE.replace("tQ", "NtQ") }),
    change.keys ?? `](${text("0")}e`,
  ];
  const count = program(number(8, change.count ?? 6));
  return joined([
    program(pickles.map((opcodes) => `\x80\x02${opcodes}.`).join("")),
    count,
    SIX,
    program(change.more ?? ""),
  ]);
}

Deno.test("readPth() reads the legacy format", () => {
  assertEquals(readPth(legacy()).tensors.w.data, Float32Array.of(1, 2, 3, 4, 5, 6));
});

Deno.test("readPth() refuses legacy files that do not fit together", () => {
  const cases: [Parameters<typeof legacy>[0], string][] = [
    [{ machine: dict({ little_endian: "\x89" }) }, "little-endian"],
    [{ machine: "N" }, "little-endian"],
    [{ keys: "]" }, "not in the file"],
    [{ keys: "N" }, "not in the file"],
    [{ keys: `](${text("1")}e` }, "no tensor uses"],
    [{ keys: `](${text("0")}${text("0")}e` }, "twice"],
    [{ count: 7 }, "7 follow"],
    [{ count: -1 }, "-1 follow"],
    [{ more: "x" }, "1 bytes follow"],
  ];
  for (const [change, says] of cases) {
    assertThrows(() => readPth(legacy(change)), InputError, says);
  }
});

const names = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1 }), {
  minLength: 1,
  maxLength: 4,
});

Deno.test("writePth() and readPth() are inverse to each other, in order", () => {
  fc.assert(
    fc.property(names, fc.array(tensorData, { minLength: 4, maxLength: 4 }), (names, data) => {
      const tensors: Tensors = Object.fromEntries(names.map((name, i) => {
        const values = data[i] as Tensor["data"];
        return [`t${name}`, { shape: [1, values.length, 1], data: values }];
      }));
      const file = readPth(writePth(tensors));
      assertEquals(Object.entries(file.tensors), Object.entries(tensors));
      assertEquals(writePth(tensors), writePth(tensors));
    }),
  );
});

Deno.test("writePth() keeps texts as attributes, beside the items", () => {
  const tensors: Tensors = { w: { shape: [1], data: Float32Array.of(7) } };
  const texts = { a: "\u{1f600}", b: "" };
  const { tensors: read, metadata } = readPth(writePth(tensors, texts));
  assertEquals([Object.keys(read), { ...metadata }], [["w"], texts]);
  assertEquals(writePth(tensors, {}), writePth(tensors));
});

Deno.test("writePth() refuses a shape that does not fit", () => {
  const bad: Tensors = { t: { shape: [3], data: new Float32Array(2) } };
  assertThrows(() => writePth(bad), RangeError, "shape [3] with 2 elements");
});

Deno.test("readStateDict() tells the formats apart by their content", () => {
  const tensors: Tensors = { w: { shape: [1], data: Float32Array.of(7) } };
  const files: [string, Uint8Array][] = [
    ["safetensors", writeSafetensors(tensors)],
    ["pth", writePth(tensors)],
  ];
  for (const [format, bytes] of files) {
    const file = readStateDict(bytes);
    assertEquals(file.format, format);
    assertEquals({ ...file.tensors }, tensors);
  }
  assertEquals(readStateDict(legacy()).format, "pth");
  assertThrows(() => readStateDict(program("no model at all")), InputError, "neither");
});
