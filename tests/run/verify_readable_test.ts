import { assert, assertEquals } from "@std/assert";
import { adviceOf } from "../../lib/cli/commands/verify.ts";
import { TASK } from "../../lib/cli/words/task.ts";
import { sha256 } from "../../lib/core/hash.ts";
import { splitToJson } from "../../lib/dataset/split_file.ts";
import { DEFAULT_BOOTSTRAP } from "../../lib/evaluate/bootstrap.ts";
import { resultsOf } from "../../lib/evaluate/results_of.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { hashOfRun } from "../../lib/run/inputs.ts";
import { FILES } from "../../lib/run/run_folder.ts";
import { DEFAULT_SETTINGS, runConfigToJson } from "../../lib/run/run_settings.ts";
import { type Condition, verifyRun } from "../../lib/run/verify.ts";
import { CASES } from "../support/measured_cases.ts";
import {
  CONFIG,
  faults,
  history,
  INPUTS,
  SNAPSHOT,
  SPLIT,
  STATE,
  withRun,
} from "../support/saved_run.ts";
import { link } from "../support/temporary.ts";

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
    // The picture of all may be missing, as in runs of earlier versions.
    Deno.writeFileSync(path, SNAPSHOT);
    assertEquals(await faults(data), {});
    Deno.writeTextFileSync(path.replace("01 1", "mosaic"), "no picture");
    assertEquals(await faults(data), { "samples/": "damaged" });
    const settings = { ...DEFAULT_SETTINGS, sampleImages: 0 };
    await run.writeJson(FILES.config, runConfigToJson(CONFIG, settings));
    assertEquals(await faults(data), {});
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
    link("/", path("outside"));
    assertEquals(await condition(), "damaged");
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
      `To make report.html, results.png, metrics.json again: ${TASK} report a`,
      `To measure test.json again: ${TASK} train --resume a`,
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
