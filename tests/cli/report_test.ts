import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SMALL = [
  "--size",
  "64",
  "--base-channels",
  "4",
  "--lr",
  "0.005",
  "--epochs",
  "3",
  "--name",
  "a",
];

Deno.test("report writes the page of a run again, also for one that has only its checkpoint's files", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data);
    // A name that would be markup.
    const hostile = `${data}/benign/<img src=x onerror=alert(1)>`;
    Deno.renameSync(`${data}/benign/benign (1).png`, `${hostile}.png`);
    Deno.renameSync(`${data}/benign/benign (1)_mask.png`, `${hostile}_mask.png`);
    const trained = await run("train", data, ...SMALL);
    assertEquals(trained.code, 0, trained.stderr);
    assertStringIncludes(trained.stdout, `The report is ${data}/runs/a/report.html`);

    const folder = `${data}/runs/a`;
    const before = filesOf(folder);
    const page = new TextDecoder().decode(before.get("report.html"));
    assertStringIncludes(page, "Finished after 3 epochs");
    assertStringIncludes(page, "Measured for this report");
    assertStringIncludes(page, "Patients are unknown");
    assert(!page.includes("<img"));
    // The page's mean Dice is the one that training found.
    const history = Deno.readTextFileSync(`${folder}/history.csv`).trim().split("\n");
    const column = history[0].split(",").indexOf("val_dice");
    const best = Math.max(...history.slice(1).map((row) => Number(row.split(",")[column])));
    const metrics = JSON.parse(Deno.readTextFileSync(`${folder}/metrics.json`));
    assert(Math.abs(metrics.overall.per_case.dice.mean.value - best) < 1e-3, `${best}`);

    // The last epoch is shown without its snapshot as well: its model predicts the same.
    assertStringIncludes(page, "epoch 3 (");
    Deno.removeSync(`${folder}/snapshots/epoch 0003.png`);
    const again = await run("report", data, "a");
    assertEquals(again.code, 0, again.stderr);
    const snapshot = new Map([...before].filter(([name]) => name === "snapshots/epoch 0003.png"));
    assertEquals(snapshot.size, 1);
    assertEquals(
      new Map([...snapshot, ...filesOf(folder)]),
      before,
      "nothing has changed, so nothing differs",
    );

    // An older run: no snapshots, no metrics, no timings, and one of its images is gone.
    for (const name of ["snapshots", "metrics.json", "timings.csv", "report.html", "results.png"]) {
      Deno.removeSync(`${folder}/${name}`, { recursive: true });
    }
    const old = await run("report", data, "runs/a/", "--threads", "1");
    assertEquals(old.code, 0, old.stderr);
    const files = filesOf(folder);
    assertEquals(files.get("metrics.json"), before.get("metrics.json"));
    assertEquals(files.get("results.png"), before.get("results.png"));
    assert(!new TextDecoder().decode(files.get("report.html")).includes('id="strip"'));

    // An evaluation by the user is preferred, and images that are gone since then have no picture.
    Deno.mkdirSync(`${folder}/evaluation`);
    Deno.writeFileSync(`${folder}/evaluation/metrics.json`, before.get("metrics.json")!);
    const { image } = metrics.cases.find(({ kind }: { kind: string }) => kind === "lesion");
    Deno.removeSync(`${data}/${image}`);
    const evaluated = await run("report", data, "a");
    assertEquals(evaluated.code, 0, evaluated.stderr);
    const last = Deno.readTextFileSync(`${folder}/report.html`);
    assertStringIncludes(last, "Measured by evaluate");
    const { images, findings } = JSON.parse(Deno.readTextFileSync(`${folder}/inspect.json`));
    assertStringIncludes(last, `Found in ${images} images before training`);
    for (const { title } of findings) assertStringIncludes(last, title);
    assertStringIncludes(last, "The image is not there any more");
  }));

Deno.test("report says what is wrong with a run or a file of it", () =>
  inTemporaryFolder(async (data) => {
    const none = await run("report", data, "a");
    assertEquals([none.code, none.stderr], [
      2,
      "error: there is no run a in runs/; there is no run yet\n",
    ]);
    writeSmallData(data, 6);
    await run("train", data, ...SMALL);
    Deno.mkdirSync(`${data}/runs/a/evaluation`);
    Deno.writeTextFileSync(`${data}/runs/a/evaluation/metrics.json`, "{}");
    const bad = await run("report", data, "a");
    assertEquals(bad.code, 2);
    assertStringIncludes(bad.stderr, "runs/a/evaluation/metrics.json cannot be used");
    Deno.removeSync(`${data}/runs/a/evaluation`, { recursive: true });
    Deno.writeTextFileSync(`${data}/runs/a/snapshots/epoch 0001.png`, "no picture");
    Deno.writeTextFileSync(`${data}/runs/a/inspect.json`, "{}");
    Deno.writeTextFileSync(`${data}/runs/a/timings.csv`, "epoch\n1,2\n");
    const without = await run("report", data, "a");
    assertEquals(without.code, 0, without.stderr);
    const page = Deno.readTextFileSync(`${data}/runs/a/report.html`);
    for (const file of ["inspect.json", "timings.csv", "epoch 0001.png"]) {
      assertStringIncludes(without.stderr, file);
      assertStringIncludes(page, file);
    }
  }));
