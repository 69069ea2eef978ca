import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TASK } from "../../lib/cli/words/task.ts";
import { ended, kill, readUntil, run, start } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SMALL = ["--size", "64", "--base-channels", "4", "--lr", "0.005"];

/** Equal in two runs that are made alike; the other files hold times. */
const EXACT = [
  "last.safetensors",
  "best.safetensors",
  "history.csv",
  "config.json",
  "split.json",
  "snapshots/images.png",
  "snapshots/truth.png",
  "snapshots/epoch 0001.png",
];

Deno.test("train says what it does and fills the run folder", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data);
    const { code, stdout, stderr } = await run(
      "train",
      data,
      ...SMALL,
      "--epochs",
      "2",
      "--name",
      "first",
      "--sample-images",
      "2",
      "--snapshot-every",
      "2",
    );
    assertEquals([code, stderr], [0, ""]);
    for (
      const words of [
        "16 images: 12 to train, 4 to validate",
        "18 files",
        "lesion-free    2 images",
        "parameters  122,021",
        "FLOP per epoch",
        "of at most 4 GiB",
        "expected: about",
        "epoch 1/2  loss ",
        "epoch 2/2  loss ",
        "  Dice ",
        "loss: training/validation; Dice, IoU: validation; alarms: lesion-free images",
        "research only",
      ]
    ) assertStringIncludes(stdout, words);
    const names = [...filesOf(`${data}/runs/first`).keys()];
    assertEquals(names.filter((name) => name.startsWith("samples/")).length, 3);
    assertEquals(names.filter((name) => !name.startsWith("samples/")), [
      "best.safetensors",
      "config.json",
      "history.csv",
      "inspect.json",
      "last.safetensors",
      "loss.png",
      "manifest.json",
      "metrics.json",
      "previous.safetensors",
      "report.html",
      "results.png",
      "snapshots/epoch 0001.png",
      "snapshots/epoch 0002.png",
      "snapshots/images.png",
      "snapshots/truth.png",
      "split.json",
      "timings.csv",
    ]);
  }));

Deno.test("train 4 epochs is train 2 and resume to 4; train killed and resumed is train", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data);
    const whole = await run("train", data, ...SMALL, "--epochs", "4", "--name", "whole");
    assertEquals(whole.code, 0, whole.stderr);

    await run("train", data, ...SMALL, "--epochs", "2", "--name", "parts");
    const parts = await run("train", data, "--resume", "parts", "--epochs", "4", "--threads", "1");
    assertEquals(parts.code, 0, parts.stderr);
    assertSameRun(data, "whole", "parts", ["config.json"]);

    const child = start("train", data, [...SMALL, "--epochs", "4", "--name", "killed"]);
    await readUntil(child.stdout, (text) => text.includes("epoch 2/4"));
    await kill(child);
    const resumed = await run("train", data, "--resume", "runs/killed/");
    assertEquals(resumed.code, 0, resumed.stderr);
    assertStringIncludes(resumed.stdout, "going on after 2 epochs");
    assertSameRun(data, "whole", "killed");

    // As if it had been killed after its last checkpoint.
    Deno.removeSync(`${data}/runs/killed/history.csv`);
    const again = await run("train", data, "--resume", "killed");
    assertEquals(again.code, 2);
    assertSameRun(data, "whole", "killed");
    assertStringIncludes(again.stderr, "has finished 4 epochs, and 4 are asked for");
  }));

Deno.test("train stops at Ctrl-C, says how to go on, and goes on exactly", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data);
    const options = [...SMALL, "--epochs", "30"];
    const child = start("train", data, [...options, "--name", "stopped"]);
    await readUntil(child.stdout, (text) => /epoch +3\/30/.test(text));
    // `deno task` passes on what the terminal sends as well: one press can arrive twice.
    child.kill("SIGINT");
    child.kill("SIGINT");
    const { code, stdout } = await ended(child);
    assertEquals(code, 130);
    assertStringIncludes(stdout, `DATA_DIR=${data} ${TASK} train --resume stopped`);
    const history = Deno.readTextFileSync(`${data}/runs/stopped/history.csv`);
    const epochs = history.trim().split("\n").length - 1;
    assert(epochs >= 3 && epochs < 30, history);

    const total = String(epochs + 2);
    const resumed = await run("train", data, "--resume", "stopped", "--epochs", total);
    assertEquals(resumed.code, 0, resumed.stderr);
    await run("train", data, ...SMALL, "--epochs", total, "--name", "whole");
    assertSameRun(data, "whole", "stopped");
  }));

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`train saves at ${signal} even when nobody reads its output any more`, () =>
    inTemporaryFolder(async (data) => {
      writeSmallData(data, 6);
      const child = start("train", data, [...SMALL, "--epochs", "5000", "--name", "a"]);
      await readUntil(child.stdout, (text) => /epoch +2\/5000/.test(text));
      await child.stdout.cancel();
      await child.stderr.cancel();
      child.kill(signal);
      assertEquals((await child.status).code, 130);
      const resumed = await run("train", data, "--resume", "a", "--epochs", "2");
      assertEquals(resumed.code, 2);
      assertStringIncludes(resumed.stderr, "there is nothing to do");
    }));
}

Deno.test("train with --config repeats a run, with --weights it begins from a model", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    await run("train", data, ...SMALL, "--epochs", "1", "--name", "a", "--seed", "5");
    const repeated = await run("train", data, "--config", "runs/a/config.json", "--name", "b");
    assertEquals(repeated.code, 0, repeated.stderr);
    assertSameRun(data, "a", "b");

    const model = "runs/a/best.safetensors";
    const more = await run(
      "train",
      data,
      "--weights",
      model,
      "--epochs",
      "1",
      "--lr",
      "1e-3",
      "--name",
      "c",
    );
    assertEquals(more.code, 0, more.stderr);
    assertStringIncludes(more.stdout, "64x64");
    const manifest = JSON.parse(Deno.readTextFileSync(`${data}/runs/c/manifest.json`));
    assertEquals(manifest.weights.file, model);

    const other = await run(
      "train",
      data,
      "--weights",
      model,
      "--base-channels",
      "8",
      "--name",
      "d",
    );
    assertEquals(other.code, 2);
    assertStringIncludes(other.stderr, "base width 4");
  }));

Deno.test("train refuses to resume with other images or with options that would break the run", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    await run("train", data, ...SMALL, "--epochs", "1", "--name", "a");
    const before = filesOf(`${data}/runs`);
    const refused = async (words: string, ...args: string[]) => {
      const { code, stderr } = await run("train", data, "--resume", "a", "--epochs", "2", ...args);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, words);
    };
    await refused("--batch cannot change", "--batch", "3");
    await refused("--size cannot change", "--size", "32");
    await refused("--seed cannot change", "--seed", "1");
    await refused("cannot be used with", "--name", "b");

    const path = `${data}/benign/benign (1).png`;
    const image = Deno.readFileSync(path);
    Deno.copyFileSync(`${data}/benign/benign (2).png`, path);
    await refused("benign (1).png changed since the run began");
    Deno.writeFileSync(path, image);
    Deno.renameSync(path, `${data}/benign/other.png`);
    Deno.renameSync(`${data}/benign/benign (1)_mask.png`, `${data}/benign/other_mask.png`);
    await refused("split.json");
    assertEquals(filesOf(`${data}/runs`), before, "a refusal must not write");
  }));

Deno.test("train --resume says when the last checkpoint is damaged, and goes on from the one before", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const often = [...SMALL, "--epochs", "2", "--save-every", "0.000001"];
    await run("train", data, ...SMALL, "--epochs", "2", "--name", "whole");
    assertEquals((await run("train", data, ...often, "--name", "a")).code, 0);
    assertSameRun(data, "whole", "a", ["config.json"]);
    Deno.truncateSync(`${data}/runs/a/last.safetensors`, 1000);
    const refused = await run("train", data, "--resume", "a");
    assertEquals(refused.code, 2);
    assertStringIncludes(refused.stderr, "runs/a/last.safetensors");
    // The one before the last was saved when the epoch's training was done and its evaluation was
    // not.
    assertStringIncludes(refused.stderr, "(1 epoch and 1 batch)");
    assertStringIncludes(refused.stderr, "--resume a --from-previous");
    const resumed = await run("train", data, "--resume", "a", "--from-previous");
    assertEquals(resumed.code, 0, resumed.stderr);
    assertStringIncludes(resumed.stdout, "going on after 1 epoch and 1 batch");
    assertSameRun(data, "whole", "a", ["config.json"]);
    const alone = await run("train", data, ...SMALL, "--from-previous");
    assertEquals(alone.code, 2);
    assertStringIncludes(alone.stderr, "goes with --resume");
  }));

function assertSameRun(data: string, a: string, b: string, except: readonly string[] = []): void {
  const [left, right] = [a, b].map((run) => [...filesOf(`${data}/runs/${run}`).keys()]);
  assertEquals(left, right, `the files of ${a} and ${b}`);
  for (const file of EXACT.filter((name) => !except.includes(name))) {
    const [left, right] = [a, b].map((run) => Deno.readFileSync(`${data}/runs/${run}/${file}`));
    assertEquals(left, right, `${file} of ${a} and ${b}`);
  }
}
