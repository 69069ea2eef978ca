/**
 * Models of single epochs: which a run keeps, how they are named, and that they predict together.
 */
import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { evaluateModel, InputError, predictFolder, trainRun, verifyRun } from "../../lib/mod.ts";
import { readModel } from "../../lib/model/model_file.ts";
import { epochModelFile, keepsEpoch } from "../../lib/run/epoch_models.ts";
import { modelFile, modelFiles } from "../../lib/run/find_model.ts";
import { assertSameBytes } from "../support/compare.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { smallData } from "../support/small_data.ts";

const SETTINGS = {
  device: "cpu",
  threads: 1,
  sampleImages: 0,
  snapshotEvery: 0,
  keepEvery: 2,
} as const;
const CONFIG = { width: 32, height: 32, baseChannels: 2, epochs: 5 };
const FOLDER = "runs/a/epochs/";

let trained: Promise<MemoryStore> | undefined;

/** A store with images alone. */
const withImages = () => new MemoryStore(smallData());

/** A store with the finished run `a`, which kept the models of epochs 2 and 4. */
async function withRun(): Promise<MemoryStore> {
  trained ??= (async () => {
    const data = withImages();
    await trainRun({ data, config: CONFIG, settings: SETTINGS, name: "a" });
    return data;
  })();
  return new MemoryStore((await trained).files);
}

const kept = (data: MemoryStore) =>
  [...data.files.keys()].filter((path) => path.startsWith(FOLDER)).toSorted();

Deno.test("the model of every so many epochs is kept, 0 keeps none", () => {
  const epochs = Array.from({ length: 7 }, (_, index) => index + 1);
  const of = (every: number) => epochs.filter((epoch) => keepsEpoch(epoch, every));
  assertEquals([of(0), of(1), of(3), of(8)], [[], epochs, [3, 6], []]);
  assertEquals(epochModelFile(12), "epochs/epoch 0012.safetensors");
});

Deno.test("a run keeps the weights of its epochs, to the same bytes where it was stopped", async () => {
  const whole = await withRun();
  const files = [`${FOLDER}epoch 0002.safetensors`, `${FOLDER}epoch 0004.safetensors`];
  assertEquals(kept(whole), files);
  const models = await Promise.all(files.map((file) => readModel(whole, file)));
  assertEquals(models.map(({ info }) => info!.epoch), [2, 4]);
  assertEquals(models.map(({ info }) => info!.card!.data.train.images > 0), [true, true]);
  assertNotEquals(models[0].weights, models[1].weights);

  const data = withImages();
  const stop = new AbortController();
  const request = { data, config: { ...CONFIG, epochs: 2 }, settings: SETTINGS };
  await trainRun({ ...request, name: "a" });
  const more = { data, config: { epochs: 5 }, resume: "a" };
  // Stopped within epoch 4.
  await trainRun({ ...more, signal: stop.signal }, {
    batchDone: ({ epoch }) => epoch === 4 && stop.abort(),
  });
  assertEquals(kept(data), files.slice(0, 1));
  await trainRun(more);
  for (const file of files) assertSameBytes(file, data.files.get(file)!, whole.files.get(file)!);
});

Deno.test("NAME/epochs are all models that a run kept, with a range those in it", async () => {
  const data = await withRun();
  data.files.set(`${FOLDER}notes.txt`, new Uint8Array(3));
  data.files.set(`${FOLDER}epoch 0012.safetensors`, new Uint8Array(3));
  const [second, fourth, twelfth] = [2, 4, 12].map((epoch) => `runs/a/${epochModelFile(epoch)}`);
  for (
    const [name, files] of [
      ["a/epochs", [second, fourth, twelfth]],
      ["runs/a/epochs/", [second, fourth, twelfth]],
      ["a/epochs/3-", [fourth, twelfth]],
      ["a/epochs/2-4", [second, fourth]],
      ["a/epochs/4-4", [fourth]],
      [fourth, [fourth]],
    ] as const
  ) {
    assertEquals(await modelFiles({ data }, [name]), [...files], name);
  }
  assertEquals(await modelFile({ data }, "a/epochs/4-4"), fourth);

  const none = "a/epochs/5-9";
  for (
    const [name, says] of [
      [none, "has kept no model of the epochs 5-9; it has those of epochs 2, 4, 12"],
      ["a/epochs/late", "a/epochs/late names no epochs of run a; expected a range such as a/ep"],
      ["a/epochs/-4", "expected a range"],
      ["a/epochs/2-4/1", "is neither a model file in the data directory nor the name of a run"],
    ]
  ) {
    await assertRejects(() => modelFiles({ data }, [name]), InputError, says);
  }
  await assertRejects(
    () => modelFile({ data }, "a/epochs"),
    InputError,
    `a/epochs names 3 models; name one of them, such as ${second}`,
  );
  for (const path of kept(data)) data.files.delete(path);
  await assertRejects(
    () => modelFiles({ data }, ["a/epochs"]),
    InputError,
    "run a has kept no models of single epochs: it was trained without keepEvery",
  );
});

Deno.test("the models of a run's epochs predict and are evaluated as one", async () => {
  const data = await withRun();
  const files = kept(data);
  const settings = { device: "cpu", threads: 1 } as const;
  const common = { data, inputs: ["benign"], settings };
  const named = await predictFolder({ ...common, model: "a/epochs", out: "named" });
  const listed = await predictFolder({ ...common, model: files, out: "listed" });
  assertEquals(named.settings.members!.map(({ model }) => model), files);
  const output = (folder: string) =>
    [...data.files].filter(([path]) => path.startsWith(`${folder}/`) && /json$|png$/.test(path))
      .map(([path, bytes]) => [path.slice(folder.length), bytes]);
  assertEquals(output("named"), output("listed"));
  assertEquals(listed.out, "listed");

  const { out, results } = (await evaluateModel({ data, model: "a/epochs", settings }))!;
  assertEquals(out, "runs/a/evaluation-together");
  assertEquals(results.model.members!.map(({ file }) => file), files);
  // No epoch of them was chosen by the validation images.
  assertEquals(results.warnings.filter((text) => text.includes("selected")), []);
});

Deno.test("verify reads the models of single epochs", async () => {
  const data = await withRun();
  const report = async () => {
    const { files, usable } = await verifyRun(data, "a");
    assertEquals(usable, true);
    const { condition, words } = files.find(({ file }) => file === "epochs/")!;
    return `${condition}: ${words}`;
  };
  assertEquals(await report(), "good: models of 2 epochs");
  const [second, fourth] = kept(data);
  data.files.set(`${FOLDER}epoch 0006.safetensors`, data.files.get(fourth)!);
  assertEquals(
    await report(),
    "damaged: runs/a/epochs/epoch 0006.safetensors is the model of epoch 4",
  );
  data.files.delete(`${FOLDER}epoch 0006.safetensors`);
  const bytes = data.files.get(second)!.slice();
  bytes[bytes.length - 1] ^= 1;
  data.files.set(second, bytes);
  assertEquals((await report()).split(":")[0], "damaged");
});
