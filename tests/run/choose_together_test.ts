/** What auto means for models that predict together: chosen once, kept with the first run. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { evaluateModel, InputError, predictFolder, trainMembers } from "../../lib/mod.ts";
import { readModels } from "../../lib/run/find_model.ts";
import { choiceTogether } from "../../lib/run/choose_together.ts";
import { groupOf } from "../../lib/run/groups_of_runs.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { smallData } from "../support/small_data.ts";

const SETTINGS = { device: "cpu", threads: 1, sampleImages: 0, snapshotEvery: 0 } as const;
const CONFIG = { width: 32, height: 32, baseChannels: 2, epochs: 2, keep: "last" } as const;
const FILE = "runs/g-1/together.json";
const AUTO = { threshold: "auto", minArea: "auto", tta: "auto" } as const;

let grouped: Promise<MemoryStore> | undefined;

/** A store with images and the finished group `g`, which kept models of its epochs. */
async function withGroup(): Promise<MemoryStore> {
  grouped ??= (async () => {
    const data = new MemoryStore(smallData());
    const request = { data, config: CONFIG, settings: { ...SETTINGS, members: 2, keepEvery: 1 } };
    const result = await trainMembers({ ...request, name: "g" }, groupOf("g", 2));
    assertEquals([result.interrupted, result.notChosen], [false, undefined]);
    return data;
  })();
  return new MemoryStore((await grouped).files);
}

const json = (data: MemoryStore, file: string) =>
  JSON.parse(new TextDecoder().decode(data.files.get(file)));
const models = (data: MemoryStore, ...names: string[]) => readModels({ data }, names, () => {});

Deno.test("a group that is trained to its end has a choice, which auto takes", async () => {
  const data = await withGroup();
  const [{ models: hashes, choice }] = json(data, FILE).choices;
  assertEquals(hashes, (await models(data, "g")).map(({ sha256 }) => sha256).toSorted());
  assertEquals(choice.images, json(data, "runs/g-1/split.json").validation.length);
  const { tta, modes } = choice;
  const reads = data.readCounts();
  const request = { data, inputs: ["benign"], settings: SETTINGS, model: "g" };
  const { out } = await predictFolder({ ...request, ...AUTO, out: "auto" });
  const list = json(data, `${out}/predictions.json`);
  assertEquals([list.tta, list.threshold, list.min_area_share], [
    tta,
    modes[tta].threshold,
    modes[tta].min_area,
  ]);
  // Nothing is chosen again: no mask was read.
  const masks = Object.keys(data.readCounts()).filter((file) => /^benign.*_mask/.test(file));
  assertEquals(masks.filter((file) => reads[file] === undefined), []);
  const common = { data, model: "g", settings: SETTINGS };
  const evaluated = await evaluateModel({ ...common, threshold: "auto", tta: "flip" });
  assertEquals(evaluated!.results.settings.threshold, modes.flip.threshold);
  assert(evaluated!.results.warnings.some((words) => words.includes("these images chose")));
});

Deno.test("the choice's Dice is what evaluate measures at the network's size", async () => {
  const data = await withGroup();
  const [{ choice: { modes } }] = json(data, FILE).choices;
  for (const tta of ["none", "flips"] as const) {
    const { threshold, min_area, dice } = modes[tta];
    const common = { data, model: "g", part: "validation", settings: SETTINGS, threshold, tta };
    const { results } = (await evaluateModel({ ...common, evalSize: { width: 32, height: 32 } }))!;
    const dices = results.cases.filter(({ truth_px }) => truth_px > 0).map(({ dice }) => dice!);
    const mean = dices.reduce((sum, value) => sum + value, 0) / dices.length;
    // Small lesions are left out only where that is better.
    if (min_area === 0) assert(Math.abs(mean - dice) < 1e-3, `${mean} ${dice}`);
    else assert(mean <= dice + 1e-3, `${mean} ${dice}`);
  }
});

Deno.test("other models together choose when they are first asked, and once", async () => {
  const data = await withGroup();
  const notes: string[] = [];
  const ask = async (...names: string[]) =>
    await choiceTogether(
      { data, settings: SETTINGS },
      await models(data, ...names),
      (text) => notes.push(text),
    );
  const epochs = await ask("g-1/epochs");
  assertEquals(notes, [`the ${epochs.images} validation images choose for these 2 models`]);
  assertEquals(await ask("g-1/epochs"), epochs);
  assertEquals(notes.length, 1);
  assertEquals(json(data, FILE).choices.length, 2);
  // The order of models does not matter. A file that is damaged counts as missing.
  const group = await ask("g");
  assertEquals(await ask("g-1", "g-2"), group);
  assertEquals(notes.length, 1);
  data.files.set(FILE, new TextEncoder().encode('{"choices": [{"models": 3}]}'));
  assertEquals(await ask("g"), group);
  assert(notes[1].startsWith(`${FILE} cannot be used`), notes[1]);
  assertEquals(json(data, FILE).choices.length, 1);
  // Its own weights twice are the model itself.
  const { info } = (await models(data, "g-1"))[0];
  assertEquals(await ask("g-1", "g-1"), info!.card!.choice);
});

Deno.test("auto is refused with the reason where nothing can be chosen", async () => {
  const data = await withGroup();
  const refuses = (given: object, words: string) =>
    assertRejects(
      () => predictFolder({ data, inputs: ["benign"], settings: SETTINGS, tta: "auto", ...given }),
      InputError,
      words,
    );
  data.files.set("alone.safetensors", data.files.get("runs/g-1/last.safetensors")!);
  const files = ["g-1", "alone.safetensors"];
  await refuses(
    { model: files },
    "together: alone.safetensors is not the model of a run; give val",
  );
  // A run with the parts of the other one exchanged.
  const { train, validation, ...rest } = json(data, "runs/g-1/split.json");
  const exchanged = JSON.stringify({ train: validation, validation: train, ...rest });
  data.files.set("runs/h/last.safetensors", data.files.get("runs/g-1/last.safetensors")!);
  data.files.set("runs/h/split.json", new TextEncoder().encode(exchanged));
  await refuses({ model: ["g-1", "h"] }, "the runs g-1, h have no validation image in common");
  for (const file of validation) data.files.delete(file);
  await refuses({ model: ["g-1", "g-1/epochs"] }, "their validation images cannot be read: ");
  // What was chosen before needs no image.
  const { out } = await predictFolder({
    ...{ data, inputs: [train[0]] },
    ...{ settings: SETTINGS, model: "g", tta: "auto", out: "auto" },
  });
  assertEquals(out, "auto");
});
