import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { encodeModel, encodeRun } from "../../lib/model/checkpoint.ts";
import { hasHash, hashOfRun } from "../../lib/run/inputs.ts";
import { configToJson, DEFAULT_CONFIG, networkOfConfig } from "../../lib/train/config.ts";
import { FRESH_PROGRESS, historyRow } from "../../lib/train/progress.ts";
import { trainedWeights } from "../support/random_weights.ts";

/** A reader of its own, made after FORMAT.md alone. */
const CONFIG = { ...DEFAULT_CONFIG, baseChannels: 1, width: 16, height: 16 };
const STATE = { weights: trainedWeights(networkOfConfig(CONFIG)), step: 0, batchesTracked: 3 };
const PAGE = Deno.readTextFileSync("FORMAT.md");
const ARRAYS: Record<string, string> = { F32: "Float32Array", I64: "BigInt64Array" };

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

function open(bytes: Uint8Array) {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  assertEquals(length % 8, 0);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  assertEquals(Object.keys(header)[0], "__metadata__");
  const { __metadata__: metadata, ...entries } = header;
  return {
    metadata,
    entries: entries as Record<string, Entry>,
    values: bytes.subarray(8 + length),
  };
}

Deno.test("the hash inside both files is the one that FORMAT.md specifies", async () => {
  const card = {
    version: "0",
    data: { train: { images: 3, masks: 4, lesion_free: 1 } },
    testVector: { seed: 1, logits: Array(64).fill(0), tolerance: 1e-3 },
  };
  const run = { state: STATE, progress: FRESH_PROGRESS, config: CONFIG, dataHash: "0", card };
  const metrics = historyRow(
    1,
    { losses: [1], images: 1 },
    { losses: [1], images: 1 },
    { dice: null, iou: null, lesions: 0, missed: 0, lesionFree: 0, falseAlarms: 0 },
    1e-3,
  );
  const model = { config: CONFIG, epoch: 1, valDice: null, metrics, card };
  for (const file of [await encodeRun(run), await encodeModel(STATE, model)]) {
    const { metadata, entries, values } = open(file);
    assertEquals(Object.keys(metadata), ["sha256", "sonoseg"]);
    const lines = [metadata.sonoseg];
    for (const name of Object.keys(entries).sort()) {
      const { dtype, shape, data_offsets: [begin, end] } = entries[name];
      lines.push(
        JSON.stringify([name, ARRAYS[dtype], shape, sha256(values.subarray(begin, end))]),
      );
    }
    assertEquals(metadata.sha256, sha256(lines.join("\n")));
    for (const key of ["seed", "logits", "tolerance", ...Object.keys(card.data.train)]) {
      assert(PAGE.includes(`\`${key}\``), `FORMAT.md lacks ${key}`);
    }
    const flat = Object.entries(JSON.parse(metadata.sonoseg)).flatMap(([key, value]) =>
      key === "progress" ? Object.keys(value as object).map((inner) => `progress.${inner}`) : [key]
    );
    for (const key of [...flat, ...Object.keys(configToJson(CONFIG))]) {
      assert(PAGE.includes(`\`${key}\``), `FORMAT.md lacks ${key}`);
    }
  }
});

Deno.test("data_sha256 is the hash that FORMAT.md specifies", async () => {
  const split = {
    train: [{ image: "a.png", masks: ["a_mask.png", "a_mask_1.png"] }],
    validation: [{ image: "b.png", masks: [] }],
  };
  const hashes = { "a.png": "1", "a_mask.png": "2", "a_mask_1.png": "3", "b.png": "4" };
  const lines = [
    `["train","a.png","1",["a_mask.png","2"],["a_mask_1.png","3"]]`,
    `["validation","b.png","4"]`,
  ];
  assertEquals(await hashOfRun(split, hashes), sha256(lines.join("\n")));
  const former = sha256([lines[0], `["test","b.png","4"]`].join("\n"));
  assert(await hasHash(split, hashes, former), "the names of earlier versions");
  const test = [{ image: "c.png", masks: [] }];
  const three = { ...split, test };
  const all = { ...hashes, "c.png": "5" };
  lines.push(`["test","c.png","5"]`);
  assertEquals(await hashOfRun(three, all), sha256(lines.join("\n")));
  assert(!await hasHash(three, all, former));
});
