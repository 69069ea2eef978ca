/**
 * A whole run whose steps take several batches: the same bytes with and without stops inside them.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { InputError, trainRun, verifyRun } from "../../lib/mod.ts";
import { RunFolder } from "../../lib/run/run_folder.ts";
import { assertSameBytes } from "../support/compare.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { smallData } from "../support/small_data.ts";

/** Ten of twelve images train: five batches an epoch, in steps of three and of two. */
const CONFIG = {
  width: 16,
  height: 16,
  baseChannels: 2,
  epochs: 2,
  batch: 2,
  accumulate: 3,
  deepSupervision: true,
  levels: 3,
  lesionFreeShare: 0.2,
  augment: "light+mixup",
  dropout: 0.1,
  clipNorm: 1,
  ema: 0.9,
  schedule: "cosine",
  warmupEpochs: 1,
} as const;
const SETTINGS = { device: "cpu", threads: 1, sampleImages: 0, snapshotEvery: 0 } as const;
const EXACT = ["last.safetensors", "best.safetensors", "ema.safetensors", "history.csv"];

Deno.test("a run stopped inside steps of several batches ends with the bytes of one that was not", async () => {
  const images = smallData(12);
  const [whole, stopped] = [new MemoryStore(images), new MemoryStore(images)];
  await trainRun({ data: whole, config: CONFIG, settings: SETTINGS, name: "a" });
  const begin = { data: stopped, config: CONFIG, settings: SETTINGS, name: "a" };
  const goOn = { data: stopped, config: {}, resume: "a" };
  // After the second batch of the first epoch, and after the fourth one of the second.
  for (const [request, after] of [[begin, 2], [goOn, 7]] as const) {
    const stop = new AbortController();
    let done = 0;
    const { interrupted } = await trainRun({ ...request, signal: stop.signal }, {
      batchDone({ phase }) {
        if (phase === "train" && ++done === after) stop.abort();
      },
    });
    assert(interrupted);
    const { state, progress } = await (await RunFolder.folderOf(stopped, "a")).readLast();
    assertEquals(state.accumulated?.batches, progress.losses.length % CONFIG.accumulate);
    assert((await verifyRun(stopped, "a")).canGoOn);
  }
  const change = { ...goOn, config: { accumulate: 2 } };
  await assertRejects(() => trainRun(change), InputError, "accumulate cannot change");
  await trainRun(goOn);
  for (const file of EXACT) {
    const [parts, expected] = [stopped, whole].map(({ files }) => files.get(`runs/a/${file}`)!);
    assertSameBytes(file, parts, expected);
  }
  const { state } = await (await RunFolder.folderOf(whole, "a")).readLast();
  assertEquals([state.step, state.batchesTracked, state.accumulated], [4, 10, undefined]);
});
