import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import { readTensorSets, type TensorFile } from "../../lib/formats/state_dict.ts";
import type { TensorSet } from "../../lib/formats/tensor_set.ts";
import { findNetwork } from "../../lib/model/find_network.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { type Network } from "../../lib/network/network.ts";
import { stateDictOf } from "../../lib/network/state_dict.ts";
import { dict, pthOf, tensor } from "../support/pickle.ts";
import { trainedWeights } from "../support/random_weights.ts";

const NETWORK: Network = { inChannels: 1, classes: 1, base: 1, bilinear: true };
const STATE = stateDictOf(graphOf(NETWORK), trainedWeights(NETWORK), 3);
const FEW: Tensors = { "a.weight": one(1), "b.weight": one(2) };

function one(value: number): Tensor {
  return { shape: [1], data: Float32Array.of(value) };
}

/** The tensors under names that begin with a prefix. */
function under(prefix: string, tensors: Tensors = STATE): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [prefix + name, t]));
}

/** Other weights under the same names. */
function others(tensors: Tensors = STATE): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [name, {
      shape,
      data: data instanceof Float32Array ? data.map((value) => value / 2) : data,
    }]),
  );
}

function setOf(tensors: Tensors, path: readonly string[] = []): TensorSet {
  return {
    path,
    shapes: new Map(Object.entries(tensors).map(([name, { shape }]) => [name, shape])),
    strangers: new Map(),
    metadata: () => ({}),
    read: (names) => Object.fromEntries([...names].map((name) => [name, tensors[name]])),
  };
}

function fileOf(...sets: TensorSet[]): TensorFile {
  return { format: "pth", sets };
}

Deno.test("findNetwork() finds the network under any prefix and in any place", () => {
  const prefixes = [
    "",
    "module.",
    "model.",
    "_orig_mod.",
    "unet.",
    "net.core.unet.",
    "module.model._orig_mod.",
  ];
  for (const prefix of prefixes) {
    for (const path of [[], ["state_dict"], ["a", "b", "weights"]]) {
      const { tensors, notes } = findNetwork(
        fileOf(setOf(FEW, ["optimizer"]), setOf(under(prefix), path)),
      );
      assertEquals({ ...tensors }, STATE, prefix);
      assertEquals(notes, [], prefix);
    }
  }
  const wrapped = Object.fromEntries(
    Object.entries(STATE).map((
      [name, t],
    ) => [name.replace(/^(inc|up1)\./, "$1._fsdp_wrapped_module."), t]),
  );
  assertEquals({ ...findNetwork(fileOf(setOf(wrapped))).tensors }, STATE);
});

Deno.test("findNetwork() leaves out what stands beside the network, and says so", () => {
  const cases: [Tensors, string][] = [
    [{ ...under("module."), n_averaged: one(1) }, "1 tensor beside the network (n_averaged)"],
    [{ ...STATE, n_averaged: one(1) }, "n_averaged"],
    [{ ...under("model."), "criterion.pos_weight": one(3) }, "criterion.pos_weight"],
    [{ ...STATE, "criterion.pos_weight": one(3), "train_metric.sum": one(3) }, "2 tensors"],
    [{ ...under("net."), ...under("encoder.", FEW) }, "encoder.a.weight, encoder.b.weight"],
  ];
  for (const [tensors, says] of cases) {
    const found = findNetwork(fileOf(setOf(tensors)));
    assertEquals({ ...found.tensors }, STATE);
    assertEquals(found.notes.length, 1);
    assertStringIncludes(found.notes[0], says);
  }
  // A layer that the network lacks is not left out: the model would compute something else.
  const { tensors, notes } = findNetwork(fileOf(setOf({ ...STATE, "down5.weight": one(1) })));
  assertEquals(["down5.weight" in tensors, notes], [true, []]);
});

Deno.test("findNetwork() chooses among several networks by its rule, and names them", () => {
  const at = (tensors: Tensors, ...path: string[]) => setOf(tensors, path);
  const copy = others();
  const cases: [TensorSet[], string, string][] = [
    [[at(copy, "ema"), at(STATE, "model")], '"model"', '"ema"'],
    [[at(copy, "model_ema"), at(STATE, "mine")], '"mine"', '"model_ema"'],
    [[at(copy, "best"), at(STATE, "state_dict")], '"state_dict"', '"best"'],
    [[at(copy, "a", "b"), at(STATE, "c")], '"c"', '"a.b"'],
    [[at(STATE, "x"), at(copy, "y")], '"x"', '"y"'],
    [[at({ ...under("teacher.", copy), ...under("student.") })], '"student"', '"teacher"'],
    [
      [at({ ...under("ema_model.module.", copy), ...under("model.") }, "state_dict")],
      '"state_dict.model"',
      '"state_dict.ema_model.module"',
    ],
    [[at({ ...STATE, ...under("swa.", copy) })], "the one without a prefix", '"swa"'],
  ];
  for (const [sets, chosen, other] of cases) {
    const { tensors, notes } = findNetwork(fileOf(...sets));
    assertEquals({ ...tensors }, STATE, chosen);
    assertEquals(notes.length, 1, notes.join());
    assertStringIncludes(notes[0], `it holds 2 networks (${chosen}, ${other}); ${chosen} is used`);
  }
  // Half a network is no choice.
  const half = Object.fromEntries(Object.entries(copy).slice(0, 20));
  const { tensors, notes } = findNetwork(fileOf(at(half, "model"), at(STATE, "ema")));
  assertEquals([{ ...tensors }, notes], [STATE, []]);
});

Deno.test("findNetwork() calls the networks of other projects by name", () => {
  const names: [string, string[]][] = [
    ["segmentation_models_pytorch", [
      "encoder.conv1.weight",
      "decoder.blocks.0.conv1.0.weight",
      "segmentation_head.0.weight",
    ]],
    ["segmentation_models_pytorch", [
      "model.encoder.conv1.weight",
      "model.decoder.x.weight",
      "model.segmentation_head.0.bias",
    ]],
    ["nnU-Net", ["encoder.stages.0.0.convs.0.conv.weight", "decoder.seg_layers.0.weight"]],
    ["nnU-Net", ["conv_blocks_context.0.blocks.0.conv.weight", "tu.0.weight"]],
    ["MONAI (UNet)", ["model.0.conv.unit0.conv.weight", "model.1.submodule.0.conv.weight"]],
    ["MONAI (BasicUNet)", ["conv_0.conv_0.conv.weight", "down_1.convs.conv_0.conv.weight"]],
    ["MONAI (DynUNet)", ["input_block.conv1.conv.weight"]],
    ["torchvision", ["backbone.conv1.weight", "classifier.0.weight"]],
    ["UNet++", ["conv0_0.conv1.weight"]],
    ["Attention U-Net", ["Conv1.conv.0.weight", "Up5.up.1.weight", "Att5.W_g.0.weight"]],
    ["MMSegmentation", ["backbone.encoder.0.weight", "decode_head.conv_seg.weight"]],
    ["MONAI (AttentionUnet)", ["model.0.0.conv.weight", "model.1.attention.W_g.0.conv.weight"]],
    ["MONAI (VNet)", ["in_tr.conv_block.conv.weight", "down_tr32.down_conv.weight"]],
    ["U-2-Net", ["stage1.rebnconvin.conv_s1.weight"]],
    ["pytorch-3dunet", ["module.encoders.0.basic_module.SingleConv1.conv.weight"]],
    ["fastai", ["layers.0.0.weight", "layers.4.shuf.conv.0.0.weight"]],
    ["SegFormer", ["segformer.encoder.patch_embeddings.0.proj.weight"]],
    ["Swin-Unet", ["swin_unet.patch_embed.proj.weight"]],
    ["R2U-Net", ["RRCNN1.RCNN.0.conv.0.weight"]],
    ["UNet 3+", ["h1_PT_hd4_conv.weight"]],
    ["UNeXt", ["ebn1.weight", "patch_embed3.proj.weight"]],
    ["early Pytorch-UNet", ["inc.conv.conv.0.weight", "outc.conv.weight"]],
  ];
  for (const [title, keys] of names) {
    const tensors = Object.fromEntries(keys.map((key) => [key, one(1)]));
    const find = () => findNetwork(fileOf(setOf(FEW, ["state"]), setOf(tensors, ["state_dict"])));
    const { message } = assertThrows(find, InputError);
    assertStringIncludes(message, title);
    assert(message.length < 400 && message.includes(keys[0]), message);
  }
  assertEquals(Object.keys(findNetwork(fileOf(setOf(FEW))).tensors), Object.keys(FEW));
});

Deno.test("findNetwork() refuses a parameter that is no plain tensor, and networks without number", () => {
  const set = setOf(STATE);
  const strangers = new Map([["outc.conv.weight", "an object of a.b"], [
    "mask_values",
    "an object of c",
  ]]);
  assertThrows(() => findNetwork(fileOf({ ...set, strangers })), InputError, "an object of a.b");
  const harmless = { ...set, strangers: new Map([["mask_values", "an object of c"]]) };
  assertEquals({ ...findNetwork(fileOf(harmless)).tensors }, STATE);
  const many = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, i) => [`a${i}.inc.double_conv.0.weight`, one(i)]),
  );
  assertThrows(() => findNetwork(fileOf(setOf(many))), InputError, "more than 100 networks");
});

Deno.test("findNetwork() says of weights in parts, and of foreign tensors, what to do", () => {
  const first = "inc.double_conv.0.weight";
  const { [first]: weight, ...rest } = STATE;
  const parts = ["_orig", "_g", "_v"].map((part) => first + part);
  for (const part of [...parts, "inc.double_conv.0.parametrizations.weight.original0"]) {
    for (const prefix of ["", "module.", "model._orig_mod."]) {
      const tensors = under(prefix, { ...rest, [part]: weight });
      const find = () => findNetwork(fileOf(setOf(tensors, ["state_dict"])));
      const { message } = assertThrows(find, InputError);
      assertStringIncludes(message, `it holds "${(prefix + part).slice(0, 60)}`);
      assertStringIncludes(message, "a part of a weight");
      assert(message.length < 400, message);
    }
  }
  // Beside a whole network they do not matter.
  const both = fileOf(setOf(STATE, ["model"]), setOf({ ...rest, [parts[0]]: weight }, ["ema"]));
  assertEquals({ ...findNetwork(both).tensors }, STATE);
  const strangers = new Map([["net.inc.double_conv.0.weight", "a quantized tensor"]]);
  const set = { ...setOf(under("net.", rest)), strangers };
  assertThrows(() => findNetwork(fileOf(set)), InputError, "before it is quantized");
});

Deno.test("findNetwork() refuses a whole model whose layers compute something else", () => {
  const find = (unusual: [string, string][]) =>
    findNetwork(fileOf({ ...setOf(under("net.")), unusual: new Map(unusual) }));
  const layer = "net.inc.double_conv.2";
  const message = `its layer "${layer}" is LeakyReLU, which the U-Net here does not have`;
  assertThrows(() => find([["head.1", "GELU"], [layer, "LeakyReLU"]]), InputError, message);
  // A layer beside the network has no part in it.
  assertEquals({ ...find([["head.1", "GELU"]]).tensors }, STATE);
});

Deno.test("findNetwork() looks neither at names of any length nor at any number of them", () => {
  const long = { ...under("net."), [`${"encoder.".repeat(1000)}w`]: one(1) };
  const { tensors, notes } = findNetwork(fileOf(setOf(long)));
  assertEquals({ ...tensors }, STATE);
  assert(notes.length === 1 && notes[0].length < 300, notes.join());
  const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`a${i}`, one(i)]));
  const sets = [setOf(many, ["a"]), setOf(many, ["b"])];
  assertThrows(() => findNetwork(fileOf(...sets)), InputError, "holds 120000 tensors");
});

Deno.test("findNetwork() reads the tensors of the network alone", () => {
  // A tensor beside the network, of a type that cannot be read.
  const shape = (numbers: readonly number[]) => {
    const strides = numbers.map((_, axis) => numbers.slice(axis + 1).reduce((a, b) => a * b, 1));
    return { count: 2000, shape: numbers, strides };
  };
  const items = Object.entries(STATE).map(([name, t]) => {
    const type = t.data instanceof BigInt64Array ? "LongStorage" : "FloatStorage";
    return [`net.${name}`, tensor({ ...shape(t.shape), type, key: type })];
  });
  const foreign = tensor({
    count: 2,
    shape: [2],
    strides: [1],
    type: "ComplexFloatStorage",
    key: "c",
  });
  const file = pthOf(dict({ ...Object.fromEntries(items), phases: foreign }), {
    FloatStorage: new Uint8Array(8000),
    LongStorage: new Uint8Array(16000),
    c: new Uint8Array(16),
  });
  const { tensors, notes } = findNetwork(readTensorSets(file));
  assertEquals(Object.keys(tensors).sort(), Object.keys(STATE).sort());
  assertMatch(notes.join(), /phases/);
});
