/** Every workflow reads each image and mask once, and the model once. */
import { assert, assertEquals } from "@std/assert";
import { evaluate } from "../../lib/cli/commands/evaluate.ts";
import { inspect } from "../../lib/cli/commands/inspect.ts";
import { predict } from "../../lib/cli/commands/predict.ts";
import { train } from "../../lib/cli/commands/train.ts";
import { sha256 } from "../../lib/core/hash.ts";
import { DEFAULT_BOOTSTRAP } from "../../lib/evaluate/bootstrap.ts";
import { DEFAULT_SETTINGS } from "../../lib/run/run_settings.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SETTINGS = { ...DEFAULT_SETTINGS, device: "cpu", threads: 2, sampleImages: 0 } as const;
const CONFIG = { width: 64, height: 64, baseChannels: 4, epochs: 1 };
const BEST = "runs/once/best.safetensors";
const SAY = { terminal: false, columns: () => 80, write() {}, line() {}, block() {} };

const smallData = () =>
  inTemporaryFolder((folder) => {
    writeSmallData(folder);
    return filesOf(folder);
  });

/** How often each of the paths was read. */
function countsOf(store: MemoryStore, paths: Iterable<string>): number[] {
  const counts = store.readCounts();
  return [...paths].map((path) => counts[path] ?? 0);
}

const once = (paths: Iterable<string>) => [...paths].map(() => 1);

let kept: Promise<MemoryStore> | undefined;

/** A store with a trained run, of which nothing has been read yet. */
async function trained(): Promise<MemoryStore> {
  const store = await (kept ??= trainOnce());
  return new MemoryStore(store.files);
}

async function trainOnce(): Promise<MemoryStore> {
  const store = new MemoryStore(await smallData());
  await train({ data: store, config: CONFIG, settings: SETTINGS, name: "once" }, SAY);
  return store;
}

Deno.test("train reads each image and mask once, examined and hashed on the way", async () => {
  const files = await smallData();
  const store = new MemoryStore(files);
  const { split } = await train(
    { data: store, config: CONFIG, settings: SETTINGS, name: "once" },
    SAY,
  );
  // The report reads its own images once more, at their own size.
  const training = split.train.flatMap(({ image, masks }) => [image, ...masks]);
  assertEquals(countsOf(store, training), once(training));
  // Whatever is read before the first checkpoint is read once, the others included.
  const begin = store.reads.slice(0, store.reads.findIndex((path) => path.startsWith("runs/")));
  assertEquals(begin.toSorted(), [...files.keys()].sort());
  const { inputs } = JSON.parse(
    new TextDecoder().decode(store.files.get("runs/once/manifest.json")),
  );
  assertEquals(Object.keys(inputs).toSorted(), [...files.keys()].sort());
  for (const [path, bytes] of files) assertEquals(inputs[path], await sha256(bytes));
});

Deno.test("train --weights reads the model once, and --resume each image and mask once", async () => {
  const store = await trained();
  await train(
    { data: store, config: CONFIG, settings: SETTINGS, name: "two", weights: BEST },
    SAY,
  );
  assertEquals(countsOf(store, [BEST]), [1]);
  store.reads.length = 0;
  const { split } = await train(
    { data: store, config: { epochs: 2 }, settings: SETTINGS, resume: "two" },
    SAY,
  );
  const training = split.train.flatMap(({ image, masks }) => [image, ...masks]);
  assertEquals(countsOf(store, training), once(training));
});

Deno.test("inspect reads each image and mask once for its findings", async () => {
  const files = await smallData();
  const store = new MemoryStore(files);
  let examined: number[] = [];
  const writing = store.writeFile.bind(store);
  store.writeFile = (path, bytes) => {
    // The contact sheets, which come after the findings, are drawn from the files themselves.
    if (path.endsWith("inspect.json")) examined = countsOf(store, files.keys());
    return writing(path, bytes);
  };
  await inspect(
    { data: store, maskPattern: ["_mask"], missingMasks: "error", out: "inspect" },
    SAY,
  );
  assertEquals(examined, once(files.keys()));
});

for (const batch of [1, 4]) {
  Deno.test(`predict reads each image and the model once, batch ${batch}`, async () => {
    const store = await trained();
    const { failures } = await predict(
      { data: store, inputs: [""], model: BEST, threshold: 0.5, settings: SETTINGS, batch },
      SAY,
    );
    assertEquals(failures, 0);
    const images = [...await smallData()].map(([path]) => path)
      .filter((path) => !path.includes("_mask"));
    assertEquals(countsOf(store, images), once(images));
    assertEquals(countsOf(store, [BEST]), [1]);
  });
}

Deno.test("evaluate reads each image, each mask and each model once", async () => {
  const store = await trained();
  const request = {
    data: store,
    settings: SETTINGS,
    bootstrap: { ...DEFAULT_BOOTSTRAP, resamples: 20 },
    model: BEST,
    baseline: "runs/once/last.safetensors",
    threshold: 0.5,
  };
  // The report, which is written again after the figures, reads its own images once more.
  let counts: Record<string, number> = {};
  const writing = store.writeFile.bind(store);
  store.writeFile = (path, bytes) => {
    if (path === "runs/once/evaluation/metrics.json") counts = store.readCounts();
    return writing(path, bytes);
  };
  const results = await evaluate(request, SAY);
  const countsThen = (paths: readonly string[]) => paths.map((path) => counts[path] ?? 0);
  const evaluated = results!.cases.map(({ image }) => image);
  assert(evaluated.length > 0);
  assertEquals(countsThen(evaluated), once(evaluated));
  const stems = evaluated.map((path) => path.replace(/\.png$/, "_mask"));
  const masks = [...store.files.keys()].filter((path) =>
    stems.some((stem) => path.startsWith(stem)) && !path.startsWith("runs/")
  );
  assert(masks.length >= evaluated.length);
  assertEquals(countsThen(masks), once(masks));
  assertEquals(countsThen([BEST, "runs/once/last.safetensors"]), [1, 1]);
  assertEquals(results!.model.sha256, await sha256(store.files.get(BEST)!));
});

Deno.test("predict goes on past a bad file in the middle, in the order of the files", async () => {
  const store = await trained();
  const whole = [...store.files.keys()].filter((path) => /^benign\/[^_]*\.png$/.test(path)).sort();
  const [first, second] = whole;
  const predictAll = async (out: string, batch: number) => {
    const request = { data: store, inputs: ["benign"], model: BEST, threshold: 0.5, out, batch };
    const { failures } = await predict({ ...request, settings: SETTINGS }, SAY);
    const json = JSON.parse(
      new TextDecoder().decode(store.files.get(`${out}/predictions.json`)),
    );
    return { failures, json };
  };
  const before = await predictAll("all", 1);
  assertEquals(before.json.images.map(({ input }: { input: string }) => input), whole);
  store.files.set(second, store.files.get(second)!.slice(0, 50));
  for (const batch of [1, 3]) {
    const { failures, json } = await predictAll(`damaged ${batch}`, batch);
    assertEquals(failures, 1);
    const left = before.json.images.filter(({ input }: { input: string }) => input !== second);
    assertEquals(json.images, left);
    assertEquals(json.failed.map(({ input }: { input: string }) => input), [second]);
    assert(json.failed[0].error.startsWith(second));
    const mask = (out: string) =>
      store.files.get(`${out}/${first.slice("benign/".length).replace(".png", "_mask.png")}`);
    assertEquals(mask(`damaged ${batch}`), mask("all"));
  }
});
