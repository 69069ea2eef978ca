/**
 * Damaged files, thousands for each reader of a format: only InputErrors, none slow, none greedy.
 *
 * `FUZZ_INPUTS` sets how many, `FUZZ_START` the number of the first, with which a failure can be looked at alone.
 *
 * @module
 */
import { AssertionError } from "@std/assert";
import { InputError } from "../../lib/errors.ts";
import { readPickle } from "../../lib/formats/pickle.ts";
import { readPth } from "../../lib/formats/pth.ts";
import { writePth } from "../../lib/formats/pth_writer.ts";
import { readSafetensors, writeSafetensors } from "../../lib/formats/safetensors.ts";
import { readStateDict } from "../../lib/formats/state_dict.ts";
import { TorchRules } from "../../lib/formats/torch_pickle.ts";
import { readEntry, readZip } from "../../lib/formats/zip.ts";
import type { Tensors } from "../../lib/tensor.ts";
import { initialWeights } from "../../lib/unet/weights.ts";
import { mutant } from "../support/mutate.ts";
import { pthOf } from "../support/pickle.ts";
import { craftZip } from "../support/zip.ts";

const INPUTS = Number(Deno.env.get("FUZZ_INPUTS") ?? 5000);
const START = Number(Deno.env.get("FUZZ_START") ?? 0);
const MOST_MILLISECONDS = 1000;
const MOST_EXTRA_BYTES = 64 * 2 ** 20;
const GOLDEN = "tests/golden/checkpoints";

const golden = (file: string) => Deno.readFileSync(`${GOLDEN}/${file}`);
const pickleIn = (archive: Uint8Array) =>
  readEntry(archive, readZip(archive).get("archive/data.pkl")!, 1e6);

/** A few entries of a state_dict and one of each element type. */
const SOME: Tensors = {
  ...Object.fromEntries(
    Object.entries(initialWeights({ inChannels: 1, classes: 1, base: 1, bilinear: true }, 0)).slice(
      0,
      5,
    ),
  ),
  count: { shape: [], data: BigInt64Array.of(7n) },
  bytes: { shape: [2, 2], data: Uint8Array.of(1, 2, 3, 4) },
};

const torchFile = golden("handmade_b1.pth");
const legacyFile = golden("strided_shared_legacy.pth");
const ownFile = writePth(SOME);
const pickles = [pickleIn(ownFile), pickleIn(golden("zip_b2_bilinear.pth")), pickleIn(torchFile)];
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

interface Target {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  read(bytes: Uint8Array): void;
}

const TARGETS: readonly Target[] = [
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
    seeds: pickles,
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

function usedBytes(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

for (const { name, seeds, read } of TARGETS) {
  Deno.test(`${name} survives ${INPUTS} damaged files`, () => {
    for (const seed of seeds) read(seed);
    let taken = 0;
    for (let index = START; index < START + INPUTS; index++) {
      const bytes = mutant(seeds, index);
      const [before, start] = [usedBytes(), performance.now()];
      try {
        read(bytes);
        taken++;
      } catch (error) {
        if (!(error instanceof InputError)) {
          throw new AssertionError(
            `input ${index}: ${error instanceof Error ? error.stack : error}`,
          );
        }
      }
      const time = performance.now() - start;
      if (time > MOST_MILLISECONDS) throw new AssertionError(`input ${index} took ${time} ms`);
      const used = usedBytes() - before;
      if (used > bytes.length + MOST_EXTRA_BYTES) {
        throw new AssertionError(`input ${index} of ${bytes.length} bytes took ${used} bytes`);
      }
    }
    // Damage in the data of a tensor or between entries goes unnoticed at most now and then.
    if (taken === INPUTS) {
      throw new AssertionError("nothing was refused: the mutator does not work");
    }
  });
}
