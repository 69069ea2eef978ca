import { assert, assertEquals, assertRejects } from "@std/assert";
import { adviceOf } from "../../lib/cli/commands/verify.ts";
import { InputError } from "../../lib/core/errors.ts";
import { splitToJson } from "../../lib/dataset/split_file.ts";
import { encodeModel } from "../../lib/model/checkpoint.ts";
import { hashOfRun } from "../../lib/run/inputs.ts";
import { FILES } from "../../lib/run/run_folder.ts";
import { DEFAULT_SETTINGS, runConfigToJson } from "../../lib/run/run_settings.ts";
import { Timings } from "../../lib/run/timings.ts";
import { type Condition, verifyRun } from "../../lib/run/verify.ts";
import { historyOf } from "../support/history.ts";
import {
  CONFIG,
  faults,
  history,
  INPUTS,
  SNAPSHOT,
  SPLIT,
  STATE,
  WEIGHTS,
  withRun,
} from "../support/saved_run.ts";

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

function model(epoch: number, valDice: number, factor?: number): Promise<Uint8Array> {
  const { shape, data } = WEIGHTS["outc.conv.bias"];
  const bias = { shape, data: data.map((value) => value + (factor ?? 0)) };
  const weights = { ...WEIGHTS, "outc.conv.bias": bias };
  return encodeModel({ ...STATE, weights }, { config: CONFIG, epoch, valDice });
}

Deno.test("verifyRun() holds averaged weights against the checkpoint, and tells of an early end", () =>
  withRun(async (data, run) => {
    const config = { ...CONFIG, ema: 0.9, patience: 1 };
    const rows = historyOf([0.5, 0.4], { averaged: true });
    const saved = {
      state: { ...STATE, average: WEIGHTS },
      progress: { epoch: 2, losses: [], history: rows },
      config,
      dataHash: await hashOfRun(SPLIT, INPUTS),
    };
    await run.writeJson(FILES.config, runConfigToJson(config, DEFAULT_SETTINGS));
    await run.save(saved, true);
    const conditionOf = async (file: string) =>
      (await verifyRun(data, "a")).files.find((entry) => entry.file === file);
    assertEquals(await conditionOf(FILES.ema), {
      file: FILES.ema,
      condition: "good",
      words: "the averaged weights of epoch 2",
    });
    const early = "ended early, after 2 of 3 epochs: none of the last 1 was better than epoch 1";
    assert((await conditionOf(FILES.last))!.words.includes(early));
    const advice = adviceOf(await verifyRun(data, "a")).join("\n");
    assert(advice.includes("The run is finished. For more epochs"), advice);
    assert(advice.includes("--resume a --patience 2"), advice);
    await run.write(FILES.ema, await data.readFile(run.file(FILES.best)));
    assertEquals((await conditionOf(FILES.ema))!.condition, "damaged");
    await data.remove(run.file(FILES.ema));
    assertEquals((await conditionOf(FILES.ema))!.condition, "missing");
    // The epoch after the checkpoint's.
    const next = [...rows, ...historyOf([0.5, 0.4, 0.6], { averaged: true }).slice(2)];
    const last = await data.readFile(run.file(FILES.last));
    await run.save({ ...saved, progress: { epoch: 3, losses: [], history: next } }, false);
    await run.write(FILES.last, last);
    assertEquals((await conditionOf(FILES.ema))!.condition, "behind");
  }));
