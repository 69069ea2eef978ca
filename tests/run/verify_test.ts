import { assert, assertEquals, assertRejects } from "@std/assert";
import { adviceOf } from "../../lib/cli/commands/verify.ts";
import { InputError } from "../../lib/core/errors.ts";
import { sha256 } from "../../lib/core/hash.ts";
import { splitToJson } from "../../lib/dataset/split_file.ts";
import { DEFAULT_BOOTSTRAP } from "../../lib/evaluate/bootstrap.ts";
import { resultsOf } from "../../lib/evaluate/results_of.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { encodeModel } from "../../lib/model/checkpoint.ts";
import { hashOfRun } from "../../lib/run/inputs.ts";
import { FILES, RunFolder } from "../../lib/run/run_folder.ts";
import { DEFAULT_SETTINGS, runConfigToJson } from "../../lib/run/run_settings.ts";
import { Timings } from "../../lib/run/timings.ts";
import { type Condition, verifyRun } from "../../lib/run/verify.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { DEFAULT_CONFIG, networkOfConfig } from "../../lib/train/config.ts";
import { historyRow } from "../../lib/train/progress.ts";
import { CASES } from "../support/measured_cases.ts";
import { trainedWeights } from "../support/random_weights.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const CONFIG = { ...DEFAULT_CONFIG, baseChannels: 2, width: 32, height: 32, epochs: 3 };
const WEIGHTS = trainedWeights(networkOfConfig(CONFIG));
const STATE = { weights: WEIGHTS, step: 0, batchesTracked: 2 };
const SNAPSHOT = encodeGrey({ width: 32, height: 32, pixels: new Uint8Array(32 * 32) });
const SPLIT = {
  train: [{ image: "b/2.png", masks: ["b/2_mask.png", "b/2_mask_1.png"] }, {
    image: "n/1.png",
    masks: [],
  }],
  validation: [{ image: "b/1.png", masks: ["b/1_mask.png"] }],
};
const PATHS = [...SPLIT.train, ...SPLIT.validation].flatMap((
  { image, masks },
) => [image, ...masks]);
const INPUTS = Object.fromEntries(PATHS.map((path, index) => [path, `hash ${index}`]));

/** Each epoch better than the one before. */
function history(epochs: number) {
  return Array.from({ length: epochs }, (_, index) =>
    historyRow(
      index + 1,
      { losses: [0.5], images: 2 },
      { losses: [0.4], images: 1 },
      { dice: (index + 1) / 10, iou: 0.1, lesions: 1, missed: 0, lesionFree: 0, falseAlarms: 0 },
      1e-3,
    ));
}

/** A whole run "a" after two of its three epochs. */
function withRun(use: (data: DataFolder, run: RunFolder) => Promise<void>): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    const data = await DataFolder.open(folder);
    const run = await RunFolder.fresh(data, "a");
    await run.writeJson(FILES.config, runConfigToJson(CONFIG, DEFAULT_SETTINGS));
    await run.write(FILES.split, splitToJson(SPLIT));
    await run.writeJson(FILES.manifest, { sessions: [], inputs: INPUTS });
    await run.save({
      state: STATE,
      progress: { epoch: 2, losses: [], history: history(2) },
      config: CONFIG,
      dataHash: await hashOfRun(SPLIT, INPUTS),
    }, true);
    await run.write(FILES.timings, new Timings().toCsv());
    const pixels = new Uint8Array(16 * 16);
    await run.write(FILES.loss, encodeGrey({ width: 16, height: 16, pixels }));
    await run.write(`${FILES.samples}/01 1.png`, SNAPSHOT);
    for (const name of ["images", "truth", "epoch 0001", "epoch 0002"]) {
      await run.write(`${FILES.snapshots}/${name}.png`, SNAPSHOT);
    }
    await use(data, run);
  });
}

/** The files that are not good, by their condition. */
async function faults(data: DataFolder): Promise<Record<string, Condition>> {
  const { files } = await verifyRun(data, "a");
  return Object.fromEntries(
    files.filter(({ condition }) => condition !== "good").map((
      { file, condition },
    ) => [file, condition]),
  );
}

Deno.test("verifyRun() finds a whole run good, and changes nothing", () =>
  withRun(async (data) => {
    const report = await verifyRun(data, "runs/a/");
    assertEquals(report.files.map(({ file }) => file), [
      FILES.last,
      FILES.best,
      FILES.config,
      FILES.split,
      FILES.manifest,
      FILES.history,
      FILES.timings,
      FILES.loss,
      "snapshots/",
      "samples/",
    ]);
    assertEquals(await faults(data), {});
    const { canGoOn, usable, model, saved } = report;
    assertEquals([canGoOn, usable, model], [true, true, "runs/a/best.safetensors"]);
    assertEquals(saved?.progress.epoch, 2);
  }));

Deno.test("verifyRun() looks at the pictures of the best model", () =>
  withRun(async (data, run) => {
    const path = `${data.root}/runs/a/samples/01 1.png`;
    Deno.writeTextFileSync(path, "no picture");
    assertEquals(await faults(data), { "samples/": "damaged" });
    Deno.removeSync(path);
    assertEquals(await faults(data), { "samples/": "missing" });
    const { usable, files } = await verifyRun(data, "a");
    assert(usable);
    const { words } = files.find(({ file }) => file === "samples/")!;
    assertEquals(words, "1 of 1 pictures, such as samples/01 1.png");
    const settings = { ...DEFAULT_SETTINGS, sampleImages: 0 };
    await run.writeJson(FILES.config, runConfigToJson(CONFIG, settings));
    assertEquals(await faults(data), {});
  }));

Deno.test("verifyRun() finds every file that is gone, and tells what can still be done", () =>
  withRun(async (data) => {
    const files: readonly string[] = [
      FILES.last,
      FILES.best,
      FILES.config,
      FILES.split,
      FILES.manifest,
      FILES.history,
      FILES.timings,
      FILES.loss,
    ];
    for (const file of files) {
      const bytes = await data.readFile(`runs/a/${file}`);
      Deno.removeSync(`${data.root}/runs/a/${file}`);
      const { canGoOn, usable, model } = await verifyRun(data, "a");
      if (file !== FILES.last) assertEquals(await faults(data), { [file]: "missing" });
      assertEquals(canGoOn, file !== FILES.last, file);
      assertEquals(usable, file !== FILES.last && file !== FILES.best, file);
      const expected = file === FILES.best ? FILES.last : FILES.best;
      assertEquals(model, `runs/a/${expected}`);
      await data.writeFile(`runs/a/${file}`, bytes);
    }
    assertEquals(await faults(data), {});
  }));

Deno.test("verifyRun() notices a flipped bit and a cut in the files with a hash", () =>
  withRun(async (data) => {
    for (const file of [FILES.last, FILES.best]) {
      const bytes = await data.readFile(`runs/a/${file}`);
      const damaged = [bytes.slice(0, bytes.length - 1), bytes.slice(0, 0)];
      for (const share of [0.1, 0.5, 0.99]) {
        const flipped = bytes.slice();
        flipped[Math.floor(share * bytes.length)] ^= 4;
        damaged.push(flipped);
      }
      for (const bad of damaged) {
        await data.writeFile(`runs/a/${file}`, bad);
        const { usable, files } = await verifyRun(data, "a");
        const found = files.find((entry) => entry.file === file)!;
        assertEquals([found.condition, usable], ["damaged", false], file);
        assert(found.words.includes(`runs/a/${file}`), found.words);
      }
      await data.writeFile(`runs/a/${file}`, bytes);
    }
  }));

Deno.test("verifyRun() tells what lags behind from what does not belong", () =>
  withRun(async (data, run) => {
    const cases: [file: string, content: string | Uint8Array, condition: Condition, ok: boolean][] =
      [
        [FILES.history, "epoch,train_loss\n1,0.5\n", "behind", true],
        [
          FILES.config,
          JSON.stringify(runConfigToJson({ ...CONFIG, seed: 9 }, DEFAULT_SETTINGS)),
          "behind",
          true,
        ],
        [FILES.config, "{", "damaged", false],
        [FILES.config, "{}", "damaged", false],
        [FILES.manifest, `{"sessions":[]}`, "behind", true],
        [FILES.manifest, "no", "damaged", true],
        [FILES.manifest, `{"sessions":[null]}`, "damaged", true],
        [FILES.manifest, `{"inputs":[]}`, "damaged", true],
        [FILES.timings, "epoch\n1\n", "damaged", true],
        [FILES.timings, `${new Timings().toCsv()}1,2,3,4,2026-11-26,more\n`, "damaged", true],
        [FILES.timings, `${new Timings().toCsv()}1,NaN,3,4,2026-11-26\n`, "damaged", true],
        [FILES.timings, "\0\xff", "damaged", true],
        [FILES.split, "no", "damaged", false],
        [FILES.split, `{"train":["b/2.png"],"test":["b/1.png"]}`, "damaged", false],
        [
          FILES.split,
          splitToJson({ train: SPLIT.train.toReversed(), validation: SPLIT.validation }),
          "damaged",
          false,
        ],
        [FILES.loss, "no picture", "damaged", true],
        [FILES.best, await model(3, 0.3), "behind", true],
        [FILES.best, await model(1, 0.1), "damaged", false],
        [FILES.best, await model(2, 0.3), "damaged", false],
        [FILES.best, await model(2, 0.2, 1), "damaged", false],
      ];
    for (const [file, content, condition, ok] of cases) {
      const bytes = await data.readFile(`runs/a/${file}`);
      await run.write(file, content);
      assertEquals(await faults(data), { [file]: condition }, `${file} ${content.slice(0, 60)}`);
      assertEquals((await verifyRun(data, "a")).usable, ok, file);
      await data.writeFile(`runs/a/${file}`, bytes);
    }
  }));

Deno.test("verifyRun() looks at the pictures of epochs", () =>
  withRun(async (data, run) => {
    const path = (name: string) => `${data.root}/runs/a/snapshots/${name}.png`;
    const condition = async () => (await faults(data))["snapshots/"];
    for (const name of ["images", "epoch 0001"]) {
      Deno.removeSync(path(name));
      assertEquals(await condition(), "missing", name);
      const otherSize = encodeGrey({ width: 31, height: 32, pixels: new Uint8Array(31 * 32) });
      for (const bad of [otherSize, SNAPSHOT.subarray(0, 40)]) {
        Deno.writeFileSync(path(name), bad);
        assertEquals(await condition(), "damaged", name);
        const advice = adviceOf(await verifyRun(data, "a"));
        assert(advice.some((line) => line.startsWith("The report leaves the damaged picture")));
      }
      Deno.writeFileSync(path(name), SNAPSHOT);
    }
    // Written before the checkpoint of its epoch.
    Deno.writeFileSync(path("epoch 0003"), SNAPSHOT);
    assertEquals(await condition(), "behind");
    Deno.removeSync(`${data.root}/runs/a/snapshots`, { recursive: true });
    assertEquals(await condition(), "missing");
    const without = runConfigToJson(CONFIG, { ...DEFAULT_SETTINGS, snapshotEvery: 0 });
    await run.writeJson(FILES.config, without);
    assertEquals(await faults(data), {});
  }));

Deno.test("verifyRun() looks at the figures of evaluate", () =>
  withRun(async (data, run) => {
    await run.write("evaluation/metrics.json", "{}");
    assertEquals(await faults(data), { "evaluation/metrics.json": "damaged" });
  }));

Deno.test("verifyRun() expects what the end of training writes only of a run that has ended", () =>
  withRun(async (data, run) => {
    const split = { train: [SPLIT.train[0]], validation: [SPLIT.train[1]], test: SPLIT.validation };
    await run.write(FILES.split, splitToJson(split));
    const saveAll = async (epochs: number) => {
      const progress = { epoch: epochs, losses: [], history: history(epochs) };
      const dataHash = await hashOfRun(split, INPUTS);
      await run.save({ state: STATE, progress, config: CONFIG, dataHash }, true);
      await run.write(`${FILES.snapshots}/epoch 000${epochs}.png`, SNAPSHOT);
    };
    await saveAll(2);
    Deno.removeSync(`${data.root}/runs/a/${FILES.previous}`);
    assertEquals(await faults(data), {});
    await saveAll(3);
    const atEnd = [FILES.test, FILES.metrics, FILES.report, FILES.results];
    const missing = (files: readonly string[]) =>
      Object.fromEntries(files.map((file) => [file, "missing"]));
    const { [FILES.previous]: _, ...ended } = await faults(data);
    assertEquals(ended, missing(atEnd));
    const report = await verifyRun(data, "a");
    assertEquals(report.usable, true);
    assertEquals(adviceOf(report).slice(-2), [
      "To make report.html, results.png, metrics.json again: deno task report a",
      "To measure test.json again: deno task train --resume a",
    ]);

    const hash = await sha256(await data.readFile(`runs/a/${FILES.best}`));
    const figures = {
      epoch: 3,
      images: 1,
      loss: 0.5,
      lesions: 1,
      missed: 0,
      lesion_free: 0,
      false_alarms: 0,
      dice: null,
      iou: 0.25,
    };
    const metrics = (sha256: string) => JSON.stringify(metricsOf(sha256));
    const good: Record<string, string | Uint8Array> = {
      [FILES.test]: JSON.stringify(figures),
      [FILES.metrics]: metrics(hash),
      [FILES.report]: "<!doctype html>\n<html></html>\n",
      [FILES.results]: SNAPSHOT,
      [FILES.inspection]: JSON.stringify({ format: 1, images: 3, findings: [] }),
    };
    for (const [file, content] of Object.entries(good)) await run.write(file, content);
    const { [FILES.previous]: __, ...whole } = await faults(data);
    assertEquals(whole, {});
    const bad: [file: string, content: string, condition: Condition][] = [
      [FILES.test, "{", "damaged"],
      [FILES.test, "[]", "damaged"],
      [FILES.test, JSON.stringify({ ...figures, missed: null }), "damaged"],
      [FILES.test, JSON.stringify({ ...figures, epoch: 2 }), "behind"],
      [FILES.metrics, "{}", "damaged"],
      [FILES.metrics, metrics("0".repeat(64)), "behind"],
      [FILES.report, "<!doctype html>\n<html>", "damaged"],
      [FILES.report, "", "damaged"],
      [FILES.results, "no picture", "damaged"],
      [FILES.inspection, "no", "damaged"],
      [FILES.inspection, `{"format":1,"images":3}`, "damaged"],
    ];
    for (const [file, content, condition] of bad) {
      await run.write(file, content);
      const { [FILES.previous]: _, ...found } = await faults(data);
      assertEquals(found, { [file]: condition }, `${file} ${content.slice(0, 60)}`);
      assertEquals((await verifyRun(data, "a")).usable, true);
      await run.write(file, good[file]);
    }
  }));

Deno.test("verifyRun() takes a run to another epoch, and one without a finished epoch", () =>
  withRun(async (data, run) => {
    const more = runConfigToJson({ ...CONFIG, epochs: 8 }, DEFAULT_SETTINGS);
    await run.writeJson(FILES.config, more);
    assertEquals(await faults(data), {});
    Deno.removeSync(`${data.root}/runs/a/${FILES.best}`);
    for (const epoch of [1, 2]) {
      Deno.removeSync(`${data.root}/runs/a/snapshots/epoch 000${epoch}.png`);
    }
    const dataHash = await hashOfRun(SPLIT, INPUTS);
    const progress = { epoch: 0, losses: [0.7], history: [] };
    await run.save({ state: STATE, progress, config: CONFIG, dataHash }, false);
    assertEquals(await faults(data), {});
    const { usable, model } = await verifyRun(data, "a");
    assertEquals([usable, model], [true, "runs/a/last.safetensors"]);
  }));

Deno.test("verifyRun() knows the checkpoint before the last, and falls back on it", () =>
  withRun(async (data, run) => {
    const dataHash = await hashOfRun(SPLIT, INPUTS);
    const save = (epoch: number, state = STATE, hash = dataHash) =>
      run.save({
        state,
        progress: { epoch, losses: [], history: history(epoch) },
        config: { ...CONFIG, epochs: 4 },
        dataHash: hash,
      }, true);
    await run.write(`${FILES.snapshots}/epoch 0003.png`, SNAPSHOT);
    await save(3);
    assertEquals(await faults(data), {});
    const previous = await data.readFile("runs/a/previous.safetensors");
    for (const last of [Uint8Array.of(0), undefined]) {
      if (last) await run.write(FILES.last, last);
      else Deno.removeSync(`${data.root}/runs/a/${FILES.last}`);
      const report = await verifyRun(data, "a");
      assertEquals([report.canGoOn, report.usable], [false, false]);
      assertEquals(report.previous?.progress.epoch, 2);
      assertEquals(report.model, "runs/a/best.safetensors");
      assert(adviceOf(report).some((line) => line.includes("--resume a --from-previous")));
      assertEquals(await faults(data), {
        [FILES.last]: last ? "damaged" : "missing",
        [FILES.best]: "behind",
        [FILES.history]: "behind",
        "snapshots/": "behind",
      });
    }
    Deno.removeSync(`${data.root}/runs/a/${FILES.best}`);
    assertEquals((await verifyRun(data, "a")).model, "runs/a/previous.safetensors");

    await run.write(FILES.last, previous);
    await run.readLast();
    await save(3);
    await run.write(FILES.previous, Uint8Array.of(0));
    assertEquals(await faults(data), { [FILES.previous]: "damaged" });
    assertEquals((await verifyRun(data, "a")).usable, true, "the last is enough");
    await run.write(FILES.previous, await data.readFile(`runs/a/${FILES.last}`));
    await save(3, STATE, "of other images");
    await run.write(FILES.previous, previous);
    assertEquals((await faults(data))[FILES.previous], "damaged");
  }));

Deno.test("verifyRun() refuses what is no run", () =>
  withRun(async (data) => {
    await assertRejects(() => verifyRun(data, "b"), InputError, "there are: a");
    await assertRejects(() => verifyRun(data, "../b"), InputError, "cannot name a run");
  }));

function metricsOf(sha256: string) {
  return resultsOf({
    evaluated: {
      model: {
        file: "runs/a/best.safetensors",
        sha256,
        run: "a",
        epoch: 3,
        network_width: 32,
        network_height: 32,
      },
      cases: CASES,
    },
    data: { part: "test", split: "runs/a/split.json", trained_on: 0 },
    settings: { threshold: 0.5, size: "original" },
    bootstrap: { ...DEFAULT_BOOTSTRAP, resamples: 20 },
    warnings: [],
  });
}

function model(epoch: number, valDice: number, factor?: number): Promise<Uint8Array> {
  const { shape, data } = WEIGHTS["outc.conv.bias"];
  const bias = { shape, data: data.map((value) => value + (factor ?? 0)) };
  const weights = { ...WEIGHTS, "outc.conv.bias": bias };
  return encodeModel({ ...STATE, weights }, { config: CONFIG, epoch, valDice });
}
