/** A resumed run opens the files that it began with, and no others. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { PHANTOMS_FILE, PHANTOMS_TEXT } from "../../lib/dataset/phantoms/marker.ts";
import { evaluateModel, reportRun, trainRun } from "../../lib/mod.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { assertSameBytes } from "../support/compare.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SETTINGS = { device: "cpu", threads: 1, sampleImages: 0, snapshotEvery: 0 } as const;
const CONFIG = { width: 32, height: 32, baseChannels: 1, epochs: 1 };

interface Kept {
  readonly store: MemoryStore;
  /** The files of the data set. */
  readonly own: readonly string[];
  /** last.safetensors of the run after its second epoch. */
  readonly whole: Uint8Array;
}

let kept: Promise<Kept> | undefined;

/** A store with a run of one epoch, from which nothing has been read yet. */
async function begun(): Promise<{ data: MemoryStore; own: readonly string[]; whole: Uint8Array }> {
  const { store, own, whole } = await (kept ??= inTemporaryFolder(async (folder) => {
    writeSmallData(folder, 8);
    const store = new MemoryStore(filesOf(folder));
    const own = [...store.files.keys()];
    await trainRun({ data: store, config: CONFIG, settings: SETTINGS, name: "r" });
    const other = new MemoryStore(store.files);
    await goOn(other);
    return { store, own, whole: other.files.get("runs/r/last.safetensors")! };
  }));
  return { data: new MemoryStore(store.files), own, whole };
}

const goOn = (data: MemoryStore) =>
  trainRun({ data, config: { epochs: 2 }, settings: SETTINGS, resume: "r" });

const image = (grey: number) =>
  encodeGrey({ width: 8, height: 8, pixels: new Uint8Array(64).fill(grey) });

Deno.test("a resumed run opens exactly the files that it began with, without a search", async () => {
  const { data, own, whole } = await begun();
  const junk = new Uint8Array(10);
  for (
    const path of [
      "new/1.png",
      "benign/later.png",
      "benign/nobody_mask.png",
      // A second mask for an image of the run, which came too late.
      "benign/benign (1)_mask_7.png",
      "broken.png",
      "scan.dcm",
    ]
  ) await data.writeFile(path, junk);
  data.walk = () => Promise.reject(new Error("a resumed run searches no folder"));
  await goOn(data);
  assertSameBytes("last.safetensors", data.files.get("runs/r/last.safetensors")!, whole);
  const read = new Set(data.reads.filter((path) => !path.startsWith("runs/")));
  assertEquals([...read].sort(), [...own].sort());
});

Deno.test("a resumed run names the files that are gone", async () => {
  const { data, own } = await begun();
  const masks = own.filter((path) => path.includes("_mask"));
  for (const path of [masks[0], own[0]]) await data.remove(path);
  const { message } = await assertRejects(() => goOn(data), InputError);
  assertStringIncludes(message, "runs/r/split.json needs 2 files that are not there");
  for (const path of [masks[0], own[0]]) assertStringIncludes(message, path);
  assertStringIncludes(message, "weights");
  for (const path of own) await data.remove(path);
  const all = await assertRejects(() => goOn(data), InputError);
  assertStringIncludes(all.message, `needs ${own.length} files`);
  assertStringIncludes(all.message, `and ${own.length - 10} more`);
});

for (
  const [what, text] of [
    ["lost", undefined],
    ["without a list", "{}"],
    ["with another list", JSON.stringify({ inputs: { "benign/benign (1).png": "0" } })],
    ["with a list that is none", JSON.stringify({ inputs: ["a"] })],
  ] as const
) {
  Deno.test(`a run whose manifest is ${what} goes on with the masks that are found by name`, async () => {
    const { data, whole } = await begun();
    if (text === undefined) await data.remove("runs/r/manifest.json");
    else await data.writeFile("runs/r/manifest.json", text);
    await data.writeFile("new/1.png", image(7));
    await data.writeFile("benign/nobody_mask.png", image(255));
    await goOn(data);
    assertSameBytes("last.safetensors", data.files.get("runs/r/last.safetensors")!, whole);
  });
}

Deno.test("a changed image or split is refused, also where the manifest lists it", async () => {
  const { data, own } = await begun();
  await data.writeFile(own[0], image(9));
  await assertRejects(() => goOn(data), InputError, `${own[0]} changed since the run began`);

  const { data: other } = await begun();
  const split = JSON.parse(await other.readText("runs/r/split.json"));
  split.train.pop();
  await other.writeFile("runs/r/split.json", JSON.stringify(split));
  await assertRejects(() => goOn(other), InputError, "changed since the run began");
});

Deno.test("a run with a split file checks the images that the file names", async () => {
  const { data } = await begun();
  const { train, validation } = JSON.parse(await data.readText("runs/r/split.json"));
  await data.writeFile("mine.json", JSON.stringify({ train: train.slice(1), validation }));
  await data.writeFile("unmasked.png", image(7));
  await data.writeFile("benign/nobody_mask.png", image(255));
  data.reads.length = 0;
  const config = { ...CONFIG, split: "mine.json" };
  const { split } = await trainRun({ data, config, settings: SETTINGS, name: "s" });
  assertEquals(split.train.map(({ image }) => image), train.slice(1));
  for (const path of [train[0], "unmasked.png", "benign/nobody_mask.png"]) {
    assert(!data.reads.includes(path), path);
  }
});

Deno.test("a run on phantoms alone is resumed and evaluated when other images have come", async () => {
  const { data } = await begun();
  for (const path of [...data.files.keys()].filter((path) => !path.startsWith("runs/"))) {
    data.files.set(`phantoms/${path}`, data.files.get(path)!);
    await data.remove(path);
  }
  await data.writeFile(`phantoms/${PHANTOMS_FILE}`, PHANTOMS_TEXT);
  await trainRun({ data, config: CONFIG, settings: SETTINGS, name: "p" });
  await data.writeFile("own/a.png", image(7));
  await data.writeFile("own/a_mask.png", image(255));
  await trainRun({ data, config: { epochs: 2 }, settings: SETTINGS, resume: "p" });
  const model = "runs/p/best.safetensors";
  const bootstrap = { resamples: 10, seed: 0, level: 0.95 };
  const evaluated = await evaluateModel({ data, model, settings: SETTINGS, bootstrap });
  assert(evaluated!.results.cases.every(({ image }) => image.startsWith("phantoms/")));
});

Deno.test("a report is written without the single cases when an image is gone", async () => {
  const { data } = await begun();
  await data.remove("runs/r/metrics.json");
  const { validation } = JSON.parse(await data.readText("runs/r/split.json"));
  await data.remove(validation[0]);
  const warnings: string[] = [];
  const display = { warn: (text: string) => warnings.push(text) };
  await reportRun({ data, name: "r", settings: { device: "cpu", threads: 1 } }, display);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0], "The single cases could not be evaluated");
  assertStringIncludes(warnings[0], validation[0]);
  const page = await data.readText("runs/r/report.html");
  assertStringIncludes(page, "The single cases could not be evaluated");
  // A missing model stays an error.
  await data.remove("runs/r/best.safetensors");
  await assertRejects(
    () => reportRun({ data, name: "r", settings: { device: "cpu" } }),
    InputError,
  );
});
