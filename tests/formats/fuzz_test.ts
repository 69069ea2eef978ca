/** Damaged model files. @module */
import type { Tensors } from "../../lib/core/tensor.ts";
import { readPickle } from "../../lib/formats/pickle.ts";
import { readPth } from "../../lib/formats/pth.ts";
import { writePth } from "../../lib/formats/pth_writer.ts";
import { readSafetensors, writeSafetensors } from "../../lib/formats/safetensors.ts";
import { readStateDict, readTensorSets } from "../../lib/formats/state_dict.ts";
import { TorchRules } from "../../lib/formats/torch_pickle.ts";
import { readEntry, readZip } from "../../lib/formats/zip.ts";
import { findNetwork } from "../../lib/model/find_network.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { type FuzzTarget, testTarget } from "../support/fuzz.ts";
import { dict, made, madeModule, program, pthOf, tensor, text } from "../support/pickle.ts";
import { craftZip } from "../support/zip.ts";

const GOLDEN = "tests/golden/checkpoints";

const golden = (file: string) => Deno.readFileSync(`${GOLDEN}/${file}`);
const pickleIn = (archive: Uint8Array) =>
  readEntry(archive, readZip(archive).get("archive/data.pkl")!, 1e6);

/** A few entries of a state_dict and one of each element type. */
const SOME: Tensors = {
  ...Object.fromEntries(
    Object.entries(
      initialWeights(graphOf({ inChannels: 1, classes: 1, base: 1, bilinear: true }), 0),
    ).slice(
      0,
      5,
    ),
  ),
  count: { shape: [], data: BigInt64Array.of(7n) },
  bytes: { shape: [2, 2], data: Uint8Array.of(1, 2, 3, 4) },
};

const torchFile = golden("handmade_b1.pth");
const legacyFile = golden("strided_shared_legacy.pth");
const ownFile = writePth(SOME, { sonoseg_input: '{"mean":0,"std":1}' });
const pickles = [pickleIn(ownFile), pickleIn(golden("zip_b2_bilinear.pth")), pickleIn(torchFile)];

/** Opcodes of a checkpoint with copies, objects of classes and a whole model around tensors. */
const CHECKPOINT = (() => {
  const one = tensor({ count: 54, shape: [2, 3, 3, 3], strides: [27, 9, 3, 1] });
  const state = dict({ "module.inc.double_conv.0.weight": one, "module.outc.conv.weight": one });
  return dict({
    args: made("argparse", "Namespace", { a: "K\x01" }, { lr: "K\x01" }),
    history: `ccollections\ndefaultdict\nc__builtin__\nlist\n\x85R}(${text("a")}](K\x01K\x02eub`,
    ids: "\x8f(K\x01K\x02\x90",
    old: "(U\x01xia\nB\n",
    extension: "\x82\x01",
    note: "U\x02\xe4b",
    path: "X\x05\x00\x00\x00a\xed\xb2\x80b",
    sparse: "ctorch._utils\n_rebuild_sparse_tensor\n)R",
    repeated: tensor({ count: 54, shape: [9, 54], strides: [0, 1] }),
    layer: made("torch.nn.modules.batchnorm", "BatchNorm2d", {}, {
      ...{ _parameters: dict({ weight: one }), _buffers: "}", _modules: "}", eps: "K\x01" },
    }),
    state_dict: state,
    ema: state,
    models: `](${
      madeModule("UNet", { weight: one }, { inc: madeModule("Conv2d", { weight: one }) })
    }e`,
  });
})();
const checkpoint = program(`\x80\x02${CHECKPOINT}.`);
const latin1 = (bytes: Uint8Array) => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};
const deflated = craftZip([...readZip(ownFile)].map(([name, entry]) => ({
  name,
  bytes: readEntry(ownFile, entry, 1e6),
  deflated: true,
})));

const TARGETS: readonly FuzzTarget[] = [
  {
    name: "readSafetensors()",
    seeds: [writeSafetensors(SOME, { a: "b" }), golden("state_b1_bilinear.safetensors")],
    read: readSafetensors,
  },
  {
    name: "readZip() and readEntry()",
    seeds: [ownFile, deflated, craftZip([{ name: "a", bytes: Uint8Array.of(1) }]), torchFile],
    read(bytes) {
      for (const entry of readZip(bytes).values()) readEntry(bytes, entry, bytes.length);
    },
  },
  {
    name: "readPickle()",
    seeds: [...pickles, checkpoint],
    read(bytes) {
      readPickle(bytes, new TorchRules(), "it");
    },
  },
  {
    // Inside an undamaged archive, so that the checksum does not catch everything.
    name: "readPth() of damaged pickles",
    seeds: pickles.slice(0, 1),
    read(bytes) {
      const storages = Object.fromEntries(
        Object.values(SOME).map(({ data: { buffer, byteOffset, byteLength } }, key) => [
          key,
          new Uint8Array(buffer, byteOffset, byteLength),
        ]),
      );
      const opcodes = latin1(bytes.subarray(2, bytes.at(-1) === 0x2e ? -1 : undefined));
      readPth(pthOf(opcodes, storages));
    },
  },
  {
    name: "findNetwork() of damaged checkpoints of scripts",
    seeds: [checkpoint],
    read(bytes) {
      const opcodes = latin1(bytes.subarray(2, bytes.at(-1) === 0x2e ? -1 : undefined));
      findNetwork(readTensorSets(pthOf(opcodes, { 0: new Uint8Array(216) })));
    },
  },
  {
    name: "readPth() of the legacy format",
    seeds: [legacyFile],
    read: readPth,
  },
  {
    name: "readStateDict()",
    seeds: [ownFile, deflated, writeSafetensors(SOME), legacyFile, torchFile],
    read: readStateDict,
  },
];

for (const target of TARGETS) testTarget(target);
