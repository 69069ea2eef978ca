import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../lib/core/errors.ts";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import { readPth } from "../../lib/formats/pth.ts";
import { writePth } from "../../lib/formats/pth_writer.ts";
import { writeSafetensors } from "../../lib/formats/safetensors.ts";
import { readStateDict } from "../../lib/formats/state_dict.ts";
import {
  type CraftedTensor,
  dict,
  made,
  madeModule,
  number,
  program,
  pthOf,
  tensor,
  text,
  whole,
} from "../support/pickle.ts";
import { tensorData } from "../support/tensor_data.ts";
import { joined } from "../support/zip.ts";

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

const SIX = bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6));
const PLAIN: CraftedTensor = { count: 6, shape: [2, 3], strides: [3, 1] };
const ONE = tensor(PLAIN);

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
  const shifted = joined(new Uint8Array(1), written).subarray(1);
  assertEquals(readPth(shifted).tensors.w.data, Float32Array.of(1, 2));
});

Deno.test("readPth() finds the state_dict in checkpoints", () => {
  const state = dict({ w: ONE });
  const other = dict({ x: tensor({ ...PLAIN, shape: [1], strides: [1] }) });
  const roots = [
    state,
    dict({ state_dict: state }),
    dict({ epoch: "K\x05", model_state_dict: state, best: ONE }),
    dict({ model: state, ema: other }),
    dict({ whatever: dict({ net: state }), optimizer: dict({ state: "}" }) }),
    dict({ optimizer: `}(K\x00${dict({ step: ONE })}u`, mine: state }),
    dict({ state_dict: dict({ "module.w": ONE }) }),
    dict({ "_orig_mod.module.w": ONE }),
    dict({
      model: state,
      scheduler: dict({ milestones: `ccollections\nCounter\n}(K\x1eK\x01u\x85R` }),
    }),
    `ccollections\nOrderedDict\n)R(${text("w")}${ONE}u}(${text("_metadata")}Nub`,
    `ccollections\nOrderedDict\n]](${text("w")}${ONE}ea\x85R`,
    dict({ w: `ctorch._utils\n_rebuild_parameter\n(${ONE}\x88ccollections\nOrderedDict\n)RtR` }),
    dict({
      w: `ctorch._utils\n_rebuild_parameter_with_state\n(${ONE}\x88ccollections\nOrderedDict\n)R}tR`,
    }),
    dict({
      w: ONE.replace("(", "(ctorch._utils\n_rebuild_tensor_v2\nctorch\nTensor\n(")
        .replace(/^ctorch._utils\n_rebuild_tensor_v2/, "ctorch._tensor\n_rebuild_from_type_v2")
        .replace(/tR$/, "t}tR"),
    }),
    dict({ a: dict({ b: dict({ c: dict({ d: dict({ unet: state }) }) }) }) }),
    `](K\x05${state}e`,
    `(${state}${dict({ lr: "N" })}t`,
    made("addict", "Dict", { state_dict: state }),
    made("__main__", "Trainer", {}, { epoch: "K\x05", weights: state }),
  ];
  for (const root of roots) {
    const { tensors } = readPth(pthOf(root, { 0: SIX }));
    assertEquals({ ...tensors }, { w: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } });
  }
});

Deno.test("readPth() keeps plain values beside the tensors as metadata", () => {
  const list = (items: string) => `](${items}e`;
  const root = dict({
    epoch: "K\x05",
    name: text("run 1"),
    loss: "G\x3f\xd0\x00\x00\x00\x00\x00\x00",
    nan: "G\x7f\xf8\x00\x00\x00\x00\x00\x00",
    big: whole(2n ** 62n),
    nested: dict({ a: "N" }),
    long: list("N".repeat(300)),
    none: "N",
    model: dict({ w: ONE, mask_values: list("K\x00K\xff"), epoch: "K\x07" }),
  });
  const { metadata } = readPth(pthOf(root, { 0: SIX }));
  assertEquals({ ...metadata }, {
    epoch: "5",
    name: "run 1",
    loss: "0.25",
    nan: "NaN",
    big: String(2n ** 62n),
    none: "null",
    mask_values: "[0,255]",
  });
});

Deno.test("readPth() takes __proto__ for a name like any other", () => {
  const root = `}(${text("__proto__")}${ONE}${text("constructor")}N${text("w")}${ONE}u`;
  const { tensors, metadata } = readPth(pthOf(root, { 0: SIX }));
  assertEquals(Object.keys(tensors), ["__proto__", "w"]);
  assertEquals(Object.keys(metadata), ["constructor"]);
  assertEquals(({} as Record<string, unknown>).shape, undefined);
});

const ENTRY = { bytes: program("big") };

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

Deno.test("readPth() refuses views that together ask for far more than the file has", () => {
  const count = 2 ** 18;
  const shape = [count / 2, 2];
  const views = Array.from({ length: 100 }, (_, i) => [
    `w${i}`,
    tensor({ count, shape, strides: [1, count / 2] }),
  ]);
  const file = pthOf(dict(Object.fromEntries(views)), { 0: new Uint8Array(count * 4) });
  assertThrows(() => readPth(file), InputError, "memory");
});

Deno.test("readPth() searches shared dicts once", () => {
  const wide = (below: number) =>
    `}(${Array.from({ length: 200 }, (_, i) => text(`k${i}`) + `h${number(1, below)}`).join("")}uq${
      number(1, below + 1)
    }0`;
  const root = `}q\x00${wide(0)}${wide(1)}${wide(2)}h\x03`.replace("}q\x00", "}q\x000");
  assertThrows(() => readPth(pthOf(root)), InputError, "no state_dict");
});

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
  return joined(
    program(pickles.map((opcodes) => `\x80\x02${opcodes}.`).join("")),
    count,
    SIX,
    program(change.more ?? ""),
  );
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

/** What training scripts store beside a model, opcode by opcode. */
const BESIDE: Readonly<Record<string, string>> = {
  args: made("argparse", "Namespace", {}, { lr: "G\x3f\x50\x62\x4d\xd2\xf1\xa9\xfc" }),
  best_dice: "cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\n(U\x02f8\x89\x88tRU\x08abcdefgh\x86R",
  folder: `cpathlib\nPosixPath\n(${text("runs")}${text("x")}tR`,
  history: `ccollections\ndefaultdict\nc__builtin__\nlist\n\x85R${
    dict({ loss: "](K\x01K\x02e" }).slice(1)
  }`,
  recent: "ccollections\ndeque\n)R(K\x01K\x02e",
  device: `ctorch\ndevice\n${text("cuda")}\x85R`,
  dtype: "ctorch\nfloat16\n",
  size: "ctorch\nSize\n(K\x01K\x02t\x85R",
  mode: `c__main__\nMode\nK\x01\x85R`,
  loss: `cfunctools\npartial\nc__main__\nloss\n\x85R(c__main__\nloss\n)}Ntb`,
  scheduler: made("torch.optim.lr_scheduler", "CosineAnnealingLR", {}, { last_epoch: "K\x05" }),
  config: made("omegaconf.dictconfig", "DictConfig", {}, { _content: dict({ lr: "K\x01" }) }),
  random: `\x8a\x11${"\x7f".repeat(17)}`,
  classes: "c__builtin__\nset\n](K\x01K\x02e\x85R",
  range: "c__builtin__\nslice\nK\x00K\x03N\x87R",
  sparse: "ctorch._utils\n_rebuild_sparse_tensor\n)R",
};

Deno.test("readPth() reads a state_dict beside whatever a training script stores", () => {
  for (const [name, opcodes] of Object.entries(BESIDE)) {
    for (const [before, after] of [[{ [name]: opcodes }, {}], [{}, { [name]: opcodes }]]) {
      const root = dict({ ...before, state_dict: dict({ w: ONE }), ...after });
      assertEquals(readPth(pthOf(root, { 0: SIX })).tensors.w.shape, [2, 3], name);
    }
  }
  const root = dict({ ...BESIDE, epoch: "K\x07", model: dict({ ...BESIDE, w: ONE }) });
  const { tensors, metadata } = readPth(pthOf(root, { 0: SIX }));
  assertEquals(Object.keys(tensors), ["w"]);
  assertEquals(metadata.epoch, "7");
});

Deno.test("readPth() reads the parameters of a whole model that was pickled", () => {
  const inner = madeModule("Conv2d", { weight: ONE, bias: "N" });
  const net = madeModule("UNet", { scale: ONE }, {
    inc: madeModule("Sequential", {}, { 0: inner }),
  });
  for (
    const root of [
      net,
      dict({ epoch: "K\x01", model: net }),
      madeModule("DataParallel", {}, { module: net }),
    ]
  ) {
    const { tensors } = readPth(pthOf(root, { 0: SIX }));
    assertEquals(Object.keys(tensors), ["scale", "inc.0.weight"]);
  }
});

/** A pickle whose modules contain each other twice, so deep that no program could list them. */
const TWINS = (() => {
  let root = `${madeModule("A", { w: ONE })}q\x010`;
  for (let depth = 0; depth < 40; depth++) {
    root += `${madeModule("A", {}, { a: "h\x01", b: "h\x01" })}q\x010`;
  }
  return `${root}h\x01`;
})();
const CYCLE = `c__main__\nA\n)\x81q\x01${
  dict({ _parameters: "}", _buffers: "}", _modules: dict({ a: "h\x01" }) })
}b`;

/** Small files that stand for very much work: each is refused at once. */
const BOMBS: [name: string, opcodes: string, says: string][] = [
  [
    "an OrderedDict from one list, kept many times",
    `U\x01kN\x86q\x010](${"h\x01".repeat(200_000)}eq\x020ccollections\nOrderedDict\nq\x030` +
    `(${"h\x03h\x02\x85R".repeat(50_000)}t`,
    "2000000 steps",
  ],
  [
    "an OrderedDict from one list, dropped many times",
    `U\x01kN\x86q\x010](${"h\x01".repeat(200_000)}eq\x020ccollections\nOrderedDict\nq\x030` +
    `${"h\x03h\x02\x85R0".repeat(50_000)}N`,
    "2000000 steps",
  ],
  [
    "a tensor of one list of sizes, many times",
    `](${"K\x01".repeat(200_000)}eq\x010ctorch._utils\n_rebuild_tensor\nq\x020` +
    `${"h\x02(NK\x00h\x01h\x01tR0".repeat(50_000)}N`,
    "axes",
  ],
  ["modules that contain each other twice", TWINS, "more than 100000 parts"],
  ["a module that contains itself", CYCLE, "nested deeper than 50"],
  [
    "a module with names of any length",
    madeModule("A", {}, { ["a".repeat(600)]: madeModule("B", { ["b".repeat(600)]: ONE }) }),
    "names of more than 1000 characters",
  ],
  ["very many numbers", "](" + "K\x01".repeat(2_000_001) + "e", "2000000 steps"],
];

for (const [name, opcodes, says] of BOMBS) {
  Deno.test(`readPth() refuses ${name}`, () => {
    const { message } = assertThrows(() => readPth(pthOf(opcodes, { 0: SIX })), InputError);
    assertStringIncludes(message, says);
  });
}

Deno.test("readPth() takes attributes that are set again and again, and searches one dict once", () => {
  const attributes = `}q\x05(${`U\x09_metadataN`.repeat(50_000)}u0`;
  const root = `${dict({ w: ONE })}q\x040ccollections\nOrderedDict\n)Rq\x060${attributes}h\x06` +
    `${"h\x05b".repeat(100_000)}0h\x04`;
  assertEquals(Object.keys(readPth(pthOf(root, { 0: SIX })).tensors), ["w"]);
  const names = Array.from({ length: 20_000 }, (_, i) => text(`k${i}`));
  const shared = `}q\x05(${names.map((name) => `${name}N`).join("")}u0`;
  const objects = names.map((name) => `${name}ca\nB\n)\x81h\x05b`).join("");
  const file = pthOf(`${shared}}(${objects}${text("model")}${dict({ w: ONE })}u`, { 0: SIX });
  assertEquals(Object.keys(readPth(file).tensors), ["w"]);
});

Deno.test("readPth() keeps little of what stands under very many names", () => {
  const long = `X${number(4, 9000)}${"a".repeat(9000)}`;
  const list = `](${"G\x3f\xf1\x23\x45\x67\x89\xab\xcd".repeat(250)}e`;
  for (const value of [long, list]) {
    const names = Array.from({ length: 100_000 }, (_, i) => `${text(`k${i}`)}h\x01`).join("");
    const { metadata } = readPth(pthOf(`${value}q\x010}(${text("w")}${ONE}${names}u`, { 0: SIX }));
    const kept = Object.values(metadata).reduce((sum, { length }) => sum + length, 0);
    assert(kept > 0 && kept < 1_100_000, String(kept));
  }
});
