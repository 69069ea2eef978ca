import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { sha256 } from "../../lib/core/hash.ts";
import { readModel } from "../../lib/model/model_file.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { findModel, newestModel, runOf } from "../../lib/run/find_model.ts";
import { historyCsv, historyFromCsv, isHistoryCsv } from "../../lib/run/history_csv.ts";
import { RunFolder } from "../../lib/run/run_folder.ts";
import { dateName } from "../../lib/run/run_name.ts";
import { Timings } from "../../lib/run/timings.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { DEFAULT_CONFIG, networkOfConfig } from "../../lib/train/config.ts";
import { historyRow } from "../../lib/train/progress.ts";
import { historyOf } from "../support/history.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const CONFIG = { ...DEFAULT_CONFIG, baseChannels: 2, width: 32, height: 32 };

const ROW = historyRow(
  1,
  { losses: [1 / 3], images: 2 },
  { losses: [0.1 + 0.2], images: 1 },
  { lesions: 0, missed: 0, lesionFree: 1, falseAlarms: 1, dice: null, iou: null },
  1e-3,
);

function saved(epochs: number) {
  const weights = initialWeights(graphOf(networkOfConfig(CONFIG)), 0);
  const history = Array.from({ length: epochs }, (_, index) => ({ ...ROW, epoch: index + 1 }));
  return {
    state: { weights, step: 0, batchesTracked: 0 },
    progress: { epoch: epochs, losses: [], history },
    config: CONFIG,
    dataHash: "",
  };
}

const inData = (use: (data: DataFolder) => Promise<void>) =>
  inTemporaryFolder(async (folder) => use(await DataFolder.open(folder)));

Deno.test("RunFolder.fresh() refuses names that are taken or no names", () =>
  inData(async (data) => {
    const run = await RunFolder.fresh(data, "one run (2)".replace(/[()]/g, ""));
    await run.save(saved(1), true);
    await assertRejects(() => RunFolder.fresh(data, run.name), InputError, `resume ${run.name}`);
    for (
      const name of ["", ".", "..", "../a", "a/b", "a\\b", ".hidden", "a ", "a\n", "x".repeat(101)]
    ) {
      await assertRejects(() => RunFolder.fresh(data, name), InputError, "cannot name a run");
    }
  }));

Deno.test("RunFolder.existing() takes a name or a path and lists what there is", () =>
  inData(async (data) => {
    await assertRejects(() => RunFolder.existing(data, "a"), InputError, "there is no run yet");
    await (await RunFolder.fresh(data, "a")).save(saved(1), true);
    for (const name of ["a", "runs/a", "runs/a/", "./runs/a"]) {
      assertEquals((await RunFolder.existing(data, name)).path, "runs/a");
    }
    await assertRejects(() => RunFolder.existing(data, "b"), InputError, "there are: a");
    await (await RunFolder.fresh(data, "c")).write("config.json", "{}");
    await assertRejects(() => RunFolder.existing(data, "c"), InputError, "first checkpoint");
    await assertRejects(() => RunFolder.fresh(data, "c"), InputError, "or remove that folder");
  }));

Deno.test("RunFolder.save() writes what readLast() and readModel() read", () =>
  inData(async (data) => {
    const run = await RunFolder.fresh(data, "a");
    await run.save(saved(2), true);
    const { bestHash, ...rest } = await run.readLast();
    assertEquals(rest, saved(2));
    assertEquals(bestHash, await sha256(await data.readFile("runs/a/best.safetensors")));
    const model = await readModel(data, "runs/a/best.safetensors");
    assertEquals(model.network, networkOfConfig(CONFIG));
    assertEquals(model.weights, saved(2).state.weights);
    const info = { config: { ...CONFIG, epochs: 1 }, epoch: 1, valDice: null, metrics: ROW };
    assertEquals(model.info, info);
    assertEquals(runOf(model.path), "a");
    assertEquals(runOf("models/best.safetensors"), undefined);
  }));

Deno.test("a run that is resumed to more epochs writes the bytes of one begun with them", () =>
  inData(async (data) => {
    const whole = { ...saved(2), config: { ...CONFIG, epochs: 2 } };
    const first = { ...saved(1), config: { ...CONFIG, epochs: 1 } };
    const a = await RunFolder.fresh(data, "a");
    await a.save({ ...saved(1), config: whole.config }, true);
    await a.save(whole, false);
    await (await RunFolder.fresh(data, "b")).save(first, true);
    const b = await RunFolder.existing(data, "b");
    await b.readLast();
    await b.save(whole, false);
    for (const file of ["best.safetensors", "last.safetensors"]) {
      assertEquals(await data.readFile(b.file(file)), await data.readFile(a.file(file)), file);
    }
  }));

Deno.test("RunFolder.save() keeps averaged weights as a model of the last finished epoch", () =>
  inData(async (data) => {
    const config = { ...CONFIG, ema: 0.9 };
    const average = initialWeights(graphOf(networkOfConfig(CONFIG)), 1);
    const history = historyOf([0.5, 0.4], { averaged: true });
    const run = await RunFolder.fresh(data, "a");
    const first = {
      ...saved(1),
      config,
      state: { ...saved(1).state, average },
      progress: { epoch: 2, losses: [] as number[], history },
    };
    await run.save(first, false);
    const model = await findModel({ data }, "a/ema");
    assertEquals(model.path, "runs/a/ema.safetensors");
    assertEquals(model.weights, average);
    const info = { epoch: 2, valDice: history[1].emaDice!, averaged: true, metrics: history[1] };
    assertEquals(model.info, { ...info, config: { ...config, epochs: 2 } });
    assertEquals((await run.readLast()).averageHash, model.sha256);
    // A checkpoint inside an epoch leaves them as they are.
    const within = { ...first.progress, losses: [0.1] };
    await run.save({ ...first, state: saved(1).state, progress: within }, false);
    assertEquals((await run.readLast()).averageHash, model.sha256);
    assertEquals((await findModel({ data }, "runs/a/ema")).sha256, model.sha256);
    await (await RunFolder.fresh(data, "b")).save(saved(1), true);
    await assertRejects(() => findModel({ data }, "b/ema"), InputError, "trained without ema");
  }));

Deno.test("newestModel() goes by the time at which a run began", () =>
  inData(async (data) => {
    await assertRejects(() => newestModel(data), InputError, "there is no trained model");
    const times = { b: "2026-01-02T00:00:00.000Z", a: "2026-01-03T00:00:00.000Z", c: undefined };
    for (const [name, started] of Object.entries(times)) {
      const run = await RunFolder.fresh(data, name);
      await run.save(saved(1), true);
      await run.write(
        "manifest.json",
        started ? JSON.stringify({ sessions: [{ started }] }) : "no",
      );
    }
    assertEquals(await newestModel(data), "runs/a/best.safetensors");
  }));

Deno.test("newestModel() believes no date that is none or lies ahead", () =>
  inData(async (data) => {
    const now = Date.parse("2026-01-02T12:00:00.000Z");
    const times = {
      "a zzz": "zzz",
      "b now": "2026-01-02T00:00:00.000Z",
      "c before": "2026-01-01T00:00:00.000Z",
      "d ahead": "9999-01-01T00:00:00.000Z",
      "e number": 2e12,
      "f month": "2026-13-01T00:00:00.000Z",
    };
    for (const [name, started] of Object.entries(times)) {
      const run = await RunFolder.fresh(data, name);
      await run.save(saved(1), true);
      await run.writeJson("manifest.json", { sessions: [{ started }] });
    }
    const warnings: string[] = [];
    const newest = await newestModel(data, (text) => warnings.push(text), now);
    assertEquals(newest, "runs/b now/best.safetensors");
    assertEquals(
      warnings.map((text) => text.slice(0, text.indexOf(" has no date"))),
      ["a zzz", "d ahead", "e number", "f month"].map((name) => `runs/${name}/manifest.json`),
    );
    // The clock of another machine may be ahead a little, and an only run is taken in any case.
    const late = await newestModel(data, () => {}, Date.parse("2026-01-01T06:00:00.000Z"));
    assertEquals(late, "runs/b now/best.safetensors");
    for (const name of ["a zzz", "b now", "c before", "d ahead", "e number"]) {
      await data.remove(`runs/${name}`);
    }
    assertEquals(await newestModel(data), "runs/f month/best.safetensors");
  }));

Deno.test("historyCsv() writes exact numbers and leaves missing ones empty", () => {
  assertEquals(
    historyCsv([ROW]),
    "epoch,train_loss,val_loss,train_loss_per_image,val_loss_per_image,val_dice,val_iou,lesion_free," +
      "false_alarms,learning_rate\n" +
      "1,0.3333333333333333,0.30000000000000004,0.16666666666666666,0.30000000000000004,,,1,1,0.001\n",
  );
});

Deno.test("a history and timings of earlier versions are read under the present names", () => {
  const text = historyCsv([ROW]);
  const former = text.replace(/\bval_/g, "test_").replace("lesion_free", "normals");
  assertEquals(historyFromCsv(former, "history.csv"), [ROW]);
  assertEquals([text, former].map((one) => isHistoryCsv(one, [ROW])), [true, true]);
  for (const wrong of [former + "2\n", former.replace("normals", "lesions"), ""]) {
    assertEquals(isHistoryCsv(wrong, [ROW]), false);
  }
  const timings = new Timings();
  timings.add(1, 8, 4000, 500, new Date(0));
  const again = Timings.fromCsv(
    timings.toCsv().replace("val_seconds", "test_seconds"),
    "timings.csv",
    1,
  );
  assertEquals(again.toCsv(), timings.toCsv());
  assertEquals(again.epochs()[0].valSeconds, 0.5);
});

Deno.test("historyFromCsv() gives back what was written, and refuses what was not", () => {
  const text = historyCsv([ROW, { ...ROW, epoch: 2, valDice: 0.5 }]);
  assertEquals(historyFromCsv(text, "history.csv"), [ROW, { ...ROW, epoch: 2, valDice: 0.5 }]);
  assertEquals(historyFromCsv(historyCsv([]), "history.csv"), []);
  for (const [from, to] of [[/^2,/m, "3,"], ["0.001", "fast"], ["train_loss", "loss"]] as const) {
    const error = assertThrows(
      () => historyFromCsv(text.replace(from, to), "runs/a/history.csv"),
      InputError,
    );
    assertStringIncludes(error.message, "runs/a/history.csv");
  }
});

Deno.test("dateName() sorts as time goes", () => {
  assertEquals(dateName(new Date(2026, 0, 2, 3, 4, 5)), "2026-01-02_03-04-05");
});

Deno.test("Timings go on after the finished epochs of an earlier session", () => {
  const first = new Timings();
  for (const epoch of [1, 2, 3]) first.add(epoch, 10, 2000, 500, new Date(0));
  const second = Timings.fromCsv(first.toCsv(), "timings.csv", 2);
  second.add(3, 10, 4000, 500, new Date(0));
  const lines = second.toCsv().trim().split("\n");
  assertEquals(lines.length, 4);
  assertEquals(lines[3], "3,4.000,0.500,2.50,1970-01-01T00:00:00.000Z");
});

Deno.test("RunFolder.save() keeps the checkpoint before the last, but never a damaged one", () =>
  inData(async (data) => {
    const run = await RunFolder.fresh(data, "a");
    const bytes = (file: string) => data.readFile(`runs/a/${file}`);
    await run.save(saved(1), true);
    assertEquals(await data.exists("runs/a/previous.safetensors"), false);
    const first = await bytes("last.safetensors");
    await run.save(saved(2), false);
    assertEquals(await bytes("previous.safetensors"), first);

    await data.writeFile("runs/a/last.safetensors", Uint8Array.of(1));
    const again = await RunFolder.existing(data, "a");
    await assertRejects(() => again.readLast(), InputError, "last.safetensors");
    assertEquals((await again.readPrevious()).progress.epoch, 1);
    await again.save(saved(2), false);
    assertEquals(await bytes("previous.safetensors"), first, "not replaced by what was damaged");
    await again.save(saved(3), false);
    assertEquals((await again.readPrevious()).progress.epoch, 2);
  }));
