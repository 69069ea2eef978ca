/** All that a run does with images keeps their shape, where the run was told to. */
import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import {
  encodeModel,
  evaluateModel,
  exportModel,
  InputError,
  predictFolder,
  trainRun,
} from "../../lib/mod.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SETTINGS = { device: "cpu", threads: 2, sampleImages: 0, snapshotEvery: 0 } as const;
/** The images are squares of 64 px. */
const SIZE = { width: 48, height: 32 };
const CONFIG = { ...SIZE, baseChannels: 2, epochs: 1 };

Deno.test("images are padded for training, report, evaluation and prediction alike", async () => {
  const data = new MemoryStore(
    await inTemporaryFolder((folder) => {
      writeSmallData(folder, 10);
      return Promise.resolve(filesOf(folder));
    }),
  );
  const json = (path: string) => JSON.parse(new TextDecoder().decode(data.files.get(path)));
  const train = (name: string, config: object) =>
    trainRun({ data, config: { ...CONFIG, ...config }, settings: SETTINGS, name });
  const { run, progress } = await train("padded", { fit: "pad" });
  const squashed = await train("squashed", {});
  assertNotEquals(progress.history[0].trainLoss, squashed.progress.history[0].trainLoss);
  const { config, state } = await run.readLast();
  assertEquals([config.fit, json("runs/padded/config.json").fit], ["pad", "pad"]);
  assertEquals((await squashed.run.readLast()).config.fit, "squash");

  // The same weights for images that are stretched answer otherwise.
  const model = "runs/padded/best.safetensors";
  const info = { config: { ...config, fit: "squash" as const }, epoch: 1, valDice: null };
  await data.writeFile("stretching.safetensors", await encodeModel(state, info));
  const figures = async (model: string) => {
    const request = { data, model, evalSize: SIZE, settings: SETTINGS, images: "." };
    return (await evaluateModel({ ...request, out: `by ${model}` }))!.results.calibration;
  };
  assertNotEquals(await figures(model), await figures("stretching.safetensors"));
  const own = (await evaluateModel({ data, model, settings: SETTINGS }))!.results;
  assertEquals(own.calibration, json("runs/padded/metrics.json").calibration);

  // A file of bare weights tells how images are fitted, too.
  const { path } = await exportModel({ data, source: "padded", format: "pth", out: "bare.pth" });
  const predicted = async (model: string) => {
    const request = { data, model, inputs: ["benign"], settings: SETTINGS };
    const { out } = await predictFolder({ ...request, out: `of ${model}` });
    const { fit, images } = json(`${out}/predictions.json`);
    const [{ width, height, probability }] = images;
    assertEquals([width, height], [64, 64]);
    return { fit, probability: data.files.get(`${out}/${probability}`) };
  };
  const padded = await predicted(model);
  assertEquals(padded.fit, "pad");
  assertEquals(await predicted(path), padded);
  assertNotEquals((await predicted("stretching.safetensors")).probability, padded.probability);

  // A run that begins with such a model keeps it, and no run changes it.
  const next = { data, weights: model, config: { epochs: 1 }, settings: SETTINGS, name: "next" };
  assertEquals((await (await trainRun(next)).run.readLast()).config.fit, "pad");
  const change = { epochs: 2, fit: "squash" } as const;
  const changed = trainRun({ data, config: change, settings: SETTINGS, resume: "padded" });
  await assertRejects(() => changed, InputError, "fit cannot change");
});
