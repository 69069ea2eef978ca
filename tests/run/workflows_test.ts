/** What workflows tell a display, in which order, and how a signal stops them. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { plannedJson } from "../../lib/cli/terminal/train_json.ts";
import {
  dryRun,
  evaluateModel,
  exportModel,
  FILES,
  findRate,
  InputError,
  type PlannedRun,
  predictFolder,
  RATE_FILES,
  reportRun,
  trainRun,
  verifyRun,
} from "../../lib/mod.ts";
import { assertSameBytes } from "../support/compare.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SETTINGS = { device: "cpu", threads: 2, sampleImages: 0, snapshotEvery: 0 } as const;
const CONFIG = { width: 32, height: 32, baseChannels: 2, epochs: 2 };

/**
 * Notes the names of the callbacks, each run of one name once; a callback of that name is called.
 */
function noting(calls: Record<string, (...args: never[]) => void> = {}) {
  const told: string[] = [];
  const display = new Proxy({}, {
    get: (_, name: string) => (...args: never[]) => {
      if (told.at(-1) !== name) told.push(name);
      calls[name]?.(...args);
    },
  });
  return { told, display };
}

let kept: Promise<MemoryStore> | undefined;

/** A store with images and a finished run. */
async function trained(): Promise<MemoryStore> {
  const { files } = await (kept ??= inTemporaryFolder(async (folder) => {
    writeSmallData(folder);
    const store = new MemoryStore(filesOf(folder));
    await trainRun({ data: store, config: CONFIG, settings: SETTINGS, name: "once" });
    return store;
  }));
  return new MemoryStore(files);
}

Deno.test("trainRun tells what it reads, what is prepared, each epoch, and the report", async () => {
  const data = await trained();
  const { told, display } = noting();
  const { interrupted } = await trainRun(
    { data, config: CONFIG, settings: SETTINGS, name: "two" },
    display,
  );
  assert(!interrupted);
  const epoch = ["batchDone", "epochDone"];
  const before = ["reading", "readingEnded", "prepared", "begin"];
  assertEquals(told, [...before, ...epoch, ...epoch, "trained", "evaluating"]);
});

Deno.test("padding is the same in the run's files, the report, predictions and what begins with its weights", async () => {
  const data = new MemoryStore((await trained()).files);
  const config = { ...CONFIG, width: 48, fit: "pad", epochs: 1 } as const;
  const { run } = await trainRun({ data, config, settings: SETTINGS, name: "padded" });
  assertEquals((await run.readLast()).config.fit, "pad");
  const json = (path: string) => JSON.parse(new TextDecoder().decode(data.files.get(path)));
  assertEquals(json("runs/padded/config.json").fit, "pad");

  const model = "runs/padded/best.safetensors";
  const report = json("runs/padded/metrics.json");
  const { results } = (await evaluateModel({ data, model, settings: SETTINGS }))!;
  assertEquals(results.cases, report.cases);
  const { out } = await predictFolder({ data, model, inputs: [""], settings: SETTINGS });
  const { fit, images } = json(`${out}/predictions.json`);
  assertEquals([fit, images[0].width, images[0].height], ["pad", 64, 64]);

  // A model without a configuration tells how its images are fitted, too.
  const { path } = await exportModel({ data, source: "padded", format: "pth", out: "p.pth" });
  const predicted = await predictFolder({
    data,
    model: path,
    out: "again",
    inputs: [""],
    settings: SETTINGS,
  });
  assertEquals(json(`${predicted.out}/predictions.json`).images.length, images.length);
  for (const { mask } of images) {
    const [own, other] = [out, predicted.out].map((folder) => data.files.get(`${folder}/${mask}`));
    assertEquals(other, own);
  }

  // And so does a run that begins with its weights.
  const weights = { data, weights: model, config: { epochs: 1 }, settings: SETTINGS, name: "next" };
  assertEquals((await (await trainRun(weights)).run.readLast()).config.fit, "pad");
});

Deno.test("a run with damaged settings is refused with the way on, which works", async () => {
  const data = await trained();
  const request = { data, config: { epochs: 3 }, settings: SETTINGS, resume: "once" };
  for (const text of ["", '{"epochs": 2, "device": "tpu"}']) {
    await data.writeFile("runs/once/config.json", text);
    await assertRejects(() => trainRun(request), InputError, "or remove it: the checkpoint has");
  }
  await data.remove("runs/once/config.json");
  assertEquals((await trainRun(request)).progress.epoch, 3);
});

Deno.test("damaged figures of evaluate are a warning after a training, an error for a report", async () => {
  const data = await trained();
  const file = "runs/once/evaluation/metrics.json";
  await data.writeFile(file, "{}");
  const warnings: string[] = [];
  const display = { warn: (text: string) => warnings.push(text) };
  await trainRun({ data, config: { epochs: 3 }, settings: SETTINGS, resume: "once" }, display);
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0], `${file} cannot be used`);
  const report = reportRun({ data, name: "once", settings: SETTINGS });
  await assertRejects(() => report, InputError, `${file} cannot be used`);
});

Deno.test("a report that cannot be written does not hide that the training is saved", async () => {
  const data = await trained();
  const write = data.writeFile.bind(data);
  data.writeFile = (path, content) =>
    path.endsWith("/results.png")
      ? Promise.reject(new InputError("the disk is full"))
      : write(path, content);
  const request = { data, config: { epochs: 3 }, settings: SETTINGS, resume: "once" };
  const error = await assertRejects(() => trainRun(request), InputError);
  assertStringIncludes(error.message, "the disk is full; the training itself is saved");
  data.writeFile = write;
  await reportRun({ data, name: "once", settings: SETTINGS });
});

Deno.test("a signal stops trainRun after a step, with everything saved", async () => {
  const data = await trained();
  const stop = new AbortController();
  const { display } = noting({ epochDone: () => stop.abort() });
  const request = { data, config: CONFIG, settings: SETTINGS, name: "two", signal: stop.signal };
  const { interrupted, progress } = await trainRun(request, display);
  assert(interrupted);
  assertEquals(progress.epoch, 1);
  const again = await trainRun({ data, config: {}, settings: SETTINGS, resume: "two" });
  assert(!again.interrupted);
  const [one, two] = ["once", "two"].map((name) => data.files.get(`runs/${name}/last.safetensors`));
  assertEquals(one, two);
});

Deno.test("averaged weights are a model beside the run, equal also after it was resumed", async () => {
  const data = await trained();
  const config = { ...CONFIG, epochs: 9, learningRate: 0.06, ema: 0.9, patience: 1 };
  const whole = await trainRun({ data, config, settings: SETTINGS, name: "whole" });
  const { progress: { epoch, history } } = whole;
  assert(!whole.interrupted && epoch < 9, "it ended early");
  assert(
    history.every(({ emaLoss, valLoss }) => typeof emaLoss === "number" && emaLoss !== valLoss),
  );
  const files = (await verifyRun(data, "whole")).files;
  assertEquals(files.filter(({ condition }) => condition !== "good"), []);
  assert(files.some(({ file, words }) => file === FILES.last && words.includes("ended early")));
  const page = new TextDecoder().decode(data.files.get("runs/whole/report.html"));
  assertStringIncludes(page, `The run ended early, after ${epoch} of 9 epochs`);
  // The file carries a test vector of the averaged weights.
  const model = "runs/whole/ema.safetensors";
  const request = { data, inputs: [[...data.files.keys()].find((path) => path.endsWith("png"))!] };
  await predictFolder({ ...request, settings: SETTINGS, model, checkModel: true });

  const stop = new AbortController();
  const { display } = noting({ epochDone: () => stop.abort() });
  const { signal } = stop;
  await trainRun({ data, config, settings: SETTINGS, name: "parts", signal }, display);
  await trainRun({ data, config: {}, settings: SETTINGS, resume: "parts" });
  for (const file of ["last.safetensors", "ema.safetensors", "best.safetensors", "history.csv"]) {
    const [parts, whole] = ["parts", "whole"].map((run) => data.files.get(`runs/${run}/${file}`)!);
    assertSameBytes(file, parts, whole);
  }
});

Deno.test("a run with group norm and dropout goes on exactly, and hands its norms on", async () => {
  const data = await trained();
  const dropout = { dropout: 0.25, dropoutKind: "elements" } as const;
  const config = { ...CONFIG, baseChannels: 3, norm: "group", ...dropout } as const;
  await trainRun({ data, config, settings: SETTINGS, name: "whole" });
  const stop = new AbortController();
  const { display } = noting({ batchDone: () => stop.abort() });
  const { signal } = stop;
  await trainRun({ data, config, settings: SETTINGS, name: "parts", signal }, display);
  await trainRun({ data, config: {}, settings: SETTINGS, resume: "parts" });
  for (const file of ["last.safetensors", "best.safetensors", "history.csv"]) {
    const [parts, whole] = ["parts", "whole"].map((run) => data.files.get(`runs/${run}/${file}`)!);
    assertSameBytes(file, parts, whole);
  }

  const { path } = await exportModel({ data, source: "whole", format: "pth", out: "p.pth" });
  const next = { data, settings: SETTINGS, weights: path, name: "next" };
  const { run } = await trainRun({ ...next, config: { width: 32, height: 32, epochs: 1 } });
  const { norm, normGroups, dropout: none } = (await run.readLast()).config;
  assertEquals([norm, normGroups, none], ["group", 8, 0]);
  await assertRejects(
    () => trainRun({ ...next, config: { norm: "instance" }, name: "other" }),
    InputError,
    "group norm of 8",
  );
});

Deno.test("findRate() writes a curve and begins no run, whatever the recipe; a signal leaves nothing", async () => {
  const data = await trained();
  const before = [...data.files.keys()];
  const stop = new AbortController();
  const { told, display } = noting({ trying: () => stop.abort() });
  const request = { data, config: CONFIG, settings: SETTINGS };
  assertEquals(await findRate({ ...request, signal: stop.signal }, display), undefined);
  assertEquals(told, ["reading", "readingEnded", "begin", "trying"]);
  assertEquals([...data.files.keys()], before);

  const { suggestion, out } = (await findRate(request))!;
  assertEquals(out, "find-lr");
  const added = [...data.files.keys()].filter((path) => !before.includes(path));
  const files = Object.values(RATE_FILES).map((file) => `find-lr/${file}`);
  assertEquals(added.toSorted(), files.toSorted());
  const text = (file: string) => new TextDecoder().decode(data.files.get(`${out}/${file}`));
  const about = JSON.parse(text(RATE_FILES.json));
  assertEquals(about.suggestion, suggestion?.rate ?? null);
  assertEquals(text(RATE_FILES.csv).trim().split("\n").length, about.steps + 1);
  const curve = text(RATE_FILES.csv);
  // Written again, to the same bytes; another recipe has another curve.
  await findRate(request);
  assertEquals(text(RATE_FILES.csv), curve);
  const recipe = { optimizer: "sgd", loss: "focal+jaccard:image", augment: "light" } as const;
  const config = { ...CONFIG, ...recipe, ema: 0.9 };
  await findRate({ ...request, config, out });
  assert(text(RATE_FILES.csv) !== curve);
  await data.writeFile("other/find-lr.csv", "mine");
  await assertRejects(() => findRate({ ...request, out: "other" }), InputError, "other files");
});

Deno.test("findRate() steps over epochs with a chosen share of lesion-free images", async () => {
  const data = await trained();
  // The last batch of an epoch may have another size than without a share.
  for (const [batch, lesionFreeShare] of [[2, 0.25], [2, 0.5], [3, 0.25], [3, 0.5]]) {
    const config = { ...CONFIG, batch, lesionFreeShare };
    assert(await findRate({ data, config, settings: SETTINGS }) !== undefined);
  }
});

Deno.test("a signal stops predictFolder between images, and tells so", async () => {
  const data = await trained();
  const stop = new AbortController();
  const { told, display } = noting({ done: () => stop.abort() });
  // Without an overlap, nothing is computed while an image is written.
  const options = { batch: 1, isOverlapped: false };
  const request = { data, inputs: [""], settings: SETTINGS, signal: stop.signal, ...options };
  const { interrupted, results, images } = await predictFolder(request, display);
  assert(interrupted);
  assertEquals(told, ["prepared", "begin", "done"]);
  assert(results.length === 1 && images > 1);
});

Deno.test("a signal stops evaluateModel, and nothing is written", async () => {
  const data = await trained();
  const before = [...data.files.keys()];
  const stop = new AbortController();
  const { told, display } = noting({ evaluating: () => stop.abort() });
  const request = { data, images: ".", settings: SETTINGS, signal: stop.signal };
  assertEquals(await evaluateModel(request, display), undefined);
  assertEquals(told, ["prepared", "begin", "evaluating"]);
  assertEquals([...data.files.keys()], before);
});

Deno.test("dryRun tells what trainRun would, times some steps, and writes nothing", async () => {
  const data = await trained();
  const before = new Map(data.files);
  let planned: Record<string, unknown> = {};
  const { told, display } = noting({ planned: (run) => planned = run });
  const request = { data, config: CONFIG, settings: SETTINGS };
  const time = await dryRun(request, display);
  assertEquals(told, ["reading", "readingEnded", "planned"]);
  assertEquals([planned.config, planned.run], [
    { ...CONFIG, ...(planned.config as object) },
    undefined,
  ]);
  const page = await Deno.readTextFile("docs/json.md");
  const named = Object.keys(plannedJson(planned as unknown as PlannedRun));
  assertEquals(named.filter((name) => !page.includes(`\`${name}\``)), []);
  assert(time!.perImage > 0 && time!.trainImages > 0 && time!.valImages > 0);
  assertEquals(data.files, before);
  await assertRejects(() => dryRun({ ...request, name: "once" }), InputError, "already a run once");
  assertEquals(await dryRun({ ...request, signal: AbortSignal.abort() }), undefined);
});

Deno.test("evaluateModel names the run whose report shows its figures", async () => {
  const data = await trained();
  const request = { data, settings: SETTINGS, bootstrap: { resamples: 10, seed: 0, level: 0.95 } };
  assertEquals((await evaluateModel(request))?.reportedBy, "once");
  assertEquals((await evaluateModel({ ...request, out: "other" }))?.reportedBy, undefined);
  const last = "runs/once/last.safetensors";
  assertEquals((await evaluateModel({ ...request, model: last }))?.reportedBy, undefined);
});

Deno.test("exportModel takes the newest run, and makes the folder of its file", async () => {
  const data = await trained();
  const { path } = await exportModel({ data, format: "pth", out: "some/where/a.pth" });
  assertEquals(path, "some/where/a.pth");
  assert(data.files.has(path));
});

Deno.test("trainRun begins with the weights of a run by its name", async () => {
  const data = await trained();
  const request = { data, config: { ...CONFIG, epochs: 1 }, settings: SETTINGS };
  const { run } = await trainRun({ ...request, weights: "once", name: "named" });
  const { weights } = JSON.parse(await data.readText(run.file(FILES.manifest)));
  assertEquals(weights.file, "runs/once/best.safetensors");
});
