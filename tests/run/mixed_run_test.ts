/** Whole runs in mixed precision: the same bytes with and without a stop, and what is refused. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { InputError, trainRun, verifyRun } from "../../lib/mod.ts";
import { RunFolder } from "../../lib/run/run_folder.ts";
import { assertSameBytes } from "../support/compare.ts";
import { softwareEngines } from "../support/engines.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { smallData } from "../support/small_data.ts";

const CONFIG = {
  width: 16,
  height: 16,
  baseChannels: 2,
  levels: 3,
  epochs: 2,
  batch: 4,
  precision: "mixed",
} as const;
const SETTINGS = { threads: 1, sampleImages: 0, snapshotEvery: 0 } as const;
const ON_GPU = { ...SETTINGS, device: "gpu" } as const;
const EXACT = ["last.safetensors", "best.safetensors", "history.csv"];

Deno.test({
  name: "a mixed run stopped inside an epoch ends with the bytes of one that was not",
  ignore: softwareEngines.length === 0,
  fn: async () => {
    const images = smallData(12);
    const [whole, stopped] = [new MemoryStore(images), new MemoryStore(images)];
    await trainRun({ data: whole, config: CONFIG, settings: ON_GPU, name: "a" });
    const stop = new AbortController();
    const begin = { data: stopped, config: CONFIG, settings: ON_GPU, name: "a" };
    const { interrupted } = await trainRun({ ...begin, signal: stop.signal }, {
      batchDone: ({ phase }) => phase === "train" && stop.abort(),
    });
    assert(interrupted);
    const { state } = await (await RunFolder.folderOf(stopped, "a")).readLast();
    assertEquals(state.lossScale, { scale: 65536, steps: state.step, skipped: 0 });
    assert((await verifyRun(stopped, "a")).canGoOn);
    const goOn = { data: stopped, config: {}, resume: "a" };
    const change = { ...goOn, config: { precision: "float32" } } as const;
    await assertRejects(() => trainRun(change), InputError, "precision cannot change");
    const moved = { ...goOn, settings: { device: "cpu" } } as const;
    await assertRejects(() => trainRun(moved), InputError, "precision mixed needs a GPU");
    await trainRun(goOn);
    for (const file of EXACT) {
      const [parts, expected] = [stopped, whole].map(({ files }) => files.get(`runs/a/${file}`)!);
      assertSameBytes(file, parts, expected);
    }
  },
});

Deno.test("mixed precision on the processor is refused before images are read", async () => {
  const data = new MemoryStore(smallData(12));
  const settings = { ...SETTINGS, device: "cpu" } as const;
  await assertRejects(
    () => trainRun({ data, config: CONFIG, settings, name: "a" }),
    InputError,
    "precision mixed needs a GPU, and this run trains on the processor; leave it out, or train " +
      "with device gpu",
  );
  assertEquals([...data.files.keys()].filter((name) => name.startsWith("runs/")), []);
});
