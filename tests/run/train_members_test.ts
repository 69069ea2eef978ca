/** Groups of runs: one split, other seeds, the same bytes with and without a stop; kept models. */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import {
  evaluateModel,
  InputError,
  predictFolder,
  requestedGroup,
  trainMembers,
  trainRun,
} from "../../lib/mod.ts";
import { readModel } from "../../lib/model/model_file.ts";
import { modelFiles } from "../../lib/run/find_model.ts";
import { assertSameBytes } from "../support/compare.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { smallData } from "../support/small_data.ts";

const SETTINGS = { device: "cpu", threads: 1, sampleImages: 0, snapshotEvery: 0 } as const;
const CONFIG = {
  width: 32,
  height: 32,
  baseChannels: 2,
  epochs: 2,
  keep: "last",
  seed: 7,
} as const;
const REQUEST = { config: CONFIG, settings: { ...SETTINGS, members: 2 } } as const;

let grouped: Promise<MemoryStore> | undefined;

/** A store with images alone. */
const withImages = () => new MemoryStore(smallData());

/** A store with the finished group `g`. */
async function withGroup(): Promise<MemoryStore> {
  grouped ??= (async () => {
    const data = withImages();
    const request = { ...REQUEST, data, name: "g" };
    const group = (await requestedGroup(request))!;
    const { finished, interrupted } = await trainMembers(request, group);
    assertEquals(interrupted, false);
    assertEquals(finished.map(({ run, seed, kept }) => [run, seed, kept.epoch]), [
      ["g-1", 7, 2],
      ["g-2", 8, 2],
    ]);
    return data;
  })();
  return new MemoryStore((await grouped).files);
}

const read = (data: MemoryStore, file: string) => data.files.get(`runs/${file}`);
const json = (data: MemoryStore, file: string) =>
  JSON.parse(new TextDecoder().decode(data.files.get(file)));

Deno.test("the runs of a group have one split, the seeds of a row, and other weights", async () => {
  const data = await withGroup();
  assertEquals(read(data, "g-1/split.json"), read(data, "g-2/split.json"));
  const configs = [1, 2].map((number) => json(data, `runs/g-${number}/config.json`));
  assertEquals(configs.map(({ seed, split_seed }) => [seed, split_seed]), [[7, 7], [8, 7]]);
  assertEquals({ ...configs[0], seed: 8 }, configs[1]);
  assertNotEquals(read(data, "g-1/last.safetensors"), read(data, "g-2/last.safetensors"));
});

Deno.test("a group that was stopped goes on where it was, to the same bytes", async () => {
  const whole = await withGroup();
  const data = withImages();
  // Stopped inside the first run, then between the epochs of the second.
  for (const stopIn of ["g-1", "g-2"]) {
    const stop = new AbortController();
    const own = stopIn === "g-1" ? { name: "g" } : { resume: "g" };
    const settings = stopIn === "g-1" ? REQUEST.settings : SETTINGS;
    const config = stopIn === "g-1" ? CONFIG : {};
    const request = { data, config, settings, ...own, signal: stop.signal };
    const { interrupted } = await trainMembers(
      request,
      (await requestedGroup(request))!,
      (run) => ({
        epochDone: () => run === stopIn && stop.abort(),
      }),
    );
    assert(interrupted);
  }
  const request = { data, config: {}, settings: SETTINGS, resume: "g" };
  const begun: string[] = [];
  const { interrupted } = await trainMembers(request, (await requestedGroup(request))!, (run) => {
    begun.push(run);
    return {};
  });
  assertEquals([interrupted, begun], [false, ["g-2"]]);
  for (const file of ["last.safetensors", "best.safetensors", "split.json", "config.json"]) {
    for (const run of ["g-1", "g-2"]) {
      const [parts, expected] = [data, whole].map((store) => read(store, `${run}/${file}`)!);
      assertSameBytes(`${run}/${file}`, parts, expected);
    }
  }
});

Deno.test("what does not fit a group is refused before anything is written", async () => {
  const data = await withGroup();
  const files = [...data.files.keys()];
  const refuses = (request: object, words: string) =>
    assertRejects(
      () => requestedGroup({ data, config: {}, settings: SETTINGS, ...request }),
      InputError,
      words,
    );
  await refuses({ ...REQUEST, name: "g" }, "there is already a run g-1");
  await refuses({ resume: "g", settings: { members: 3 } }, "members cannot change");
  await refuses({ resume: "g-1", settings: { members: 3 } }, "members cannot change");
  assertEquals([...data.files.keys()], files);
  // A single run belongs to no group.
  assertEquals(await requestedGroup({ data, config: {}, resume: "g-1" }), undefined);
});

Deno.test("a member is refused on other images than those of the first", async () => {
  const data = await withGroup();
  for (const file of [...data.files.keys()]) {
    if (file.startsWith("runs/g-2")) await data.remove(file);
  }
  await data.remove("runs/g-2");
  const { train } = json(data, "runs/g-1/split.json");
  for (const file of [...data.files.keys()]) {
    const stem = train[0].replace(/\.[a-z]+$/, "");
    if (file === train[0] || file.startsWith(`${stem}_mask`)) await data.remove(file);
  }
  const request = { data, config: {}, settings: SETTINGS, resume: "g" };
  const group = (await requestedGroup(request))!;
  await assertRejects(() => trainMembers(request, group), InputError, "no longer those of g-1");
});

Deno.test("a run keeps its last model or its best, and its name means that one", async () => {
  const data = await withGroup();
  const kept = async (name: string) => await modelFiles({ data }, [name]);
  assertEquals(await kept("g-2"), ["runs/g-2/last.safetensors"]);
  assertEquals(await kept("runs/g-2/best.safetensors"), ["runs/g-2/best.safetensors"]);
  const both = [1, 2].map((number) => `runs/g-${number}/last.safetensors`);
  assertEquals(await kept("g"), both);
  assertEquals(await modelFiles({ data }, undefined), both);
  await assertRejects(() => kept("h"), InputError, "the runs are: g-1, g-2");
  // The card of the kept model alone has a choice.
  for (const [file, has] of [["last", true], ["best", false]] as const) {
    const { info } = await readModel(data, `runs/g-1/${file}.safetensors`);
    assertEquals(info!.card!.choice !== undefined, has, file);
  }
  const config = { ...CONFIG, keep: "best" } as const;
  await trainRun({ data, config, settings: SETTINGS, name: "b" });
  assertEquals(await kept("b"), ["runs/b/best.safetensors"]);
  const { info } = await readModel(data, "runs/b/best.safetensors");
  const { images, modes, tta } = info!.card!.choice!;
  assertEquals(images, info!.card!.data.validation.images);
  assert(modes[tta].dice >= modes.none.dice);
});

Deno.test("auto takes what validation chose, and is refused where nobody chose", async () => {
  const data = await withGroup();
  const { info } = await readModel(data, "runs/g-1/last.safetensors");
  const { tta, modes } = info!.card!.choice!;
  const request = { data, inputs: [""], settings: SETTINGS, model: "g-1" };
  const auto = { threshold: "auto", minArea: "auto", tta: "auto" } as const;
  const { out } = await predictFolder({ ...request, ...auto, out: "auto" });
  const list = json(data, `${out}/predictions.json`);
  assertEquals([list.tta, list.threshold, list.min_area_share], [
    tta,
    modes[tta].threshold,
    modes[tta].min_area,
  ]);
  const flip = await predictFolder({ ...request, threshold: "auto", tta: "flip", out: "flip" });
  assertEquals(json(data, `${flip.out}/predictions.json`).threshold, modes.flip.threshold);
  const refuses = (given: object, words: string) =>
    assertRejects(() => predictFolder({ ...request, ...given }), InputError, words);
  const best = "runs/g-1/best.safetensors";
  await refuses({ model: best, threshold: "auto" }, `${best} does not say what validation chose`);
  const evaluated = await evaluateModel({
    data,
    model: "g-1",
    threshold: "auto",
    settings: SETTINGS,
  });
  assertEquals(evaluated!.results.settings.threshold, modes.none.threshold);
  assert(evaluated!.results.warnings.some((words) => words.includes("these images chose")));
});

Deno.test("several models predict together; one alone, and two equal ones, to the same bits", async () => {
  const data = await withGroup();
  const lists = async (model: string | string[], tta: "none" | "flip", name: string) => {
    const request = { data, inputs: [""], settings: SETTINGS, threshold: 0.4, batch: 3 };
    const { out, failures } = await predictFolder({ ...request, model, tta, out: name });
    assertEquals(failures, 0);
    const { images, members } = json(data, `${out}/predictions.json`);
    const pictures = [...data.files.keys()].filter((file) =>
      file.startsWith(`${out}/`) && /_(mask|probability)\.png$/.test(file)
    );
    const bytes = pictures.map((file) => [file.slice(out.length), data.files.get(file)]);
    return { images, members, bytes };
  };
  for (const tta of ["none", "flip"] as const) {
    const one = await lists("g-1", tta, `one-${tta}`);
    const list = await lists(["g-1"], tta, `list-${tta}`);
    assertEquals(list, one);
    const twice = await lists(["g-1", "g-1"], tta, `twice-${tta}`);
    assertEquals(twice.bytes, one.bytes);
    assertEquals(twice.members.length, 2);
  }
  const both = await lists("g", "none", "both");
  const one = await lists("g-1", "none", "again");
  assertNotEquals(both.bytes, one.bytes);
  const sha = async (file: string) => (await readModel(data, file)).sha256;
  assertEquals(
    both.members.map(({ model_sha256 }: { model_sha256: string }) => model_sha256),
    [await sha("runs/g-1/last.safetensors"), await sha("runs/g-2/last.safetensors")],
  );
});

Deno.test("evaluate measures models together, and says which", async () => {
  const data = await withGroup();
  const results = async (model: string | string[]) => {
    const request = { data, model, settings: SETTINGS, bootstrap: undefined };
    return (await evaluateModel(request))!;
  };
  const one = await results("g-1");
  const twice = await results(["g-1", "g-1"]);
  assertEquals(twice.results.cases, one.results.cases);
  const group = await results("g");
  assertEquals(group.out, "runs/g-1/evaluation-together");
  assertEquals(group.results.model.members!.map(({ file }) => file), [
    "runs/g-1/last.safetensors",
    "runs/g-2/last.safetensors",
  ]);
});

Deno.test("at the end samples/ shows the last model where that one is kept, also after a resume", async () => {
  const data = withImages();
  // Without running statistics and with a rate of nearly 0 all epochs are alike, so the first is
  // the best one. Its number stands in the pictures.
  const config = { ...CONFIG, norm: "instance", learningRate: 1e-30, epochs: 1 } as const;
  const settings = { ...SETTINGS, sampleImages: 1 };
  await trainRun({ data, config, settings, name: "resumed" });
  const first = samplesOf(data, "resumed");
  assertEquals(first.size, 2);
  // A stop after the second of three epochs shows the best one; the end shows the last one.
  const stop = new AbortController();
  const more = { data, config: { epochs: 3 }, settings, resume: "resumed" };
  await trainRun({ ...more, signal: stop.signal }, { epochDone: () => stop.abort() });
  assertEquals(samplesOf(data, "resumed"), first);
  await trainRun(more);
  const last = samplesOf(data, "resumed");
  for (const [file, picture] of first) assertNotEquals(picture, last.get(file), file);

  await trainRun({ data, config: { ...config, epochs: 3 }, settings, name: "whole" });
  assertEquals(samplesOf(data, "whole"), last);
});

function samplesOf(data: MemoryStore, run: string): Map<string, Uint8Array> {
  const folder = `runs/${run}/samples/`;
  const files = [...data.files].filter(([path]) => path.startsWith(folder));
  return new Map(files.map(([path, bytes]) => [path.slice(folder.length), bytes]));
}
