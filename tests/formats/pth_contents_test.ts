/** Which values of a .pth file count as its tensors, and which as plain values beside them. */
import { assertEquals } from "@std/assert";
import { readPth } from "../../lib/formats/pth.ts";
import {
  dict,
  made,
  madeModule,
  ONE,
  PLAIN,
  pthOf,
  SIX,
  tensor,
  text,
  whole,
} from "../support/pickle.ts";

Deno.test("readPth() finds the state_dict in checkpoints", () => {
  const state = dict({ w: ONE });
  const other = dict({ x: tensor({ ...PLAIN, shape: [1], strides: [1] }) });
  const expanded = tensor({ ...PLAIN, shape: [2 ** 30, 2 ** 30], strides: [0, 0] });
  const sparse = "ctorch._utils\n_rebuild_sparse_tensor\n)R";
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
    `}(K\x00${state}${text("optimizer")}${dict({ state: `}(K\x00${other}u` })}u`,
    dict({ state_dict: state, repeated: dict({ mean: expanded, sparse }) }),
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
