/**
 * The run folders that an earlier version wrote must stay of use: tests/golden/old_run. `ended` has
 * three parts and was finished; `stopped` has two and was killed in the middle of an epoch.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TASK } from "../../lib/cli/words/task.ts";
import {
  checkPairing,
  DataFolder,
  decodeRun,
  decodeWeights,
  discover,
  type HistoryRow,
  readRunRecord,
  resultsFromJson,
  splitFromJson,
} from "../../lib/mod.ts";
import { historyFromCsv } from "../../lib/run/history_csv.ts";
import { assertCloseNumber } from "../support/compare.ts";
import { run } from "../support/program.ts";
import { filesOf } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const OLD = "tests/golden/old_run";

/** What the files hold is known: they were looked at when they were made. */
const RUNS = {
  ended: {
    epoch: 2,
    step: 4,
    losses: 0,
    epochs: 2,
    seed: 0,
    parts: { train: 4, validation: 2, test: 2 },
    standing: "The checkpoint is whole: 2 epochs of 2",
    advice: `The run is finished. For more epochs: ${TASK} train --resume ended`,
    missing: ["loss.png", "report.html", "results.png"],
  },
  stopped: {
    epoch: 1,
    step: 5,
    losses: 2,
    epochs: 3,
    seed: 3,
    parts: { train: 6, validation: 2 },
    standing: "The checkpoint is whole: 1 epoch and 2 batches of 3",
    advice: `Go on with: ${TASK} train --resume stopped`,
    missing: ["loss.png"],
  },
} as const;

type Name = keyof typeof RUNS;
const NAMES = Object.keys(RUNS) as Name[];

/**
 * The bound of a loss, relative: another machine rounds otherwise, and training amplifies that. The
 * GPU engine stays within 1e-7 of the recorded losses.
 */
const LOSS_BOUND = 1e-5;

const bytesOf = (name: Name, file: string) => Deno.readFileSync(`${OLD}/data/runs/${name}/${file}`);
const textOf = (name: Name, file: string) => new TextDecoder().decode(bytesOf(name, file));

/** Calls `use` with a copy of the old data directory. */
function withOldRuns(use: (data: string) => Promise<void>): Promise<void> {
  return inTemporaryFolder(async (data) => {
    for (const [path, bytes] of filesOf(`${OLD}/data`)) {
      const folder = path.slice(0, path.lastIndexOf("/") + 1);
      Deno.mkdirSync(`${data}/${folder}`, { recursive: true });
      Deno.writeFileSync(`${data}/${path}`, bytes);
    }
    await use(data);
  });
}

for (const name of NAMES) {
  const expected = RUNS[name];

  Deno.test(`the checkpoint and the model of an old run are read (${name})`, async () => {
    const saved = await decodeRun(bytesOf(name, "last.safetensors"), "last.safetensors");
    const { config, progress, state } = saved;
    assertEquals([progress.epoch, state.step], [expected.epoch, expected.step]);
    assertEquals(progress.losses.length, expected.losses);
    assertEquals([config.epochs, config.seed, config.width], [expected.epochs, expected.seed, 32]);
    assertEquals([config.batch, config.learningRate, config.bilinear], [2, 0.01, true]);
    assertEquals(state.weights["outc.conv.weight"].shape, [1, 1, 1, 1]);
    assert(saved.card !== undefined, "the card of the model");

    const { info, weights } = await decodeWeights(bytesOf(name, "best.safetensors"), "best");
    const best = progress.history.find(({ epoch }) => epoch === info?.epoch);
    assertEquals(best?.valDice, info?.valDice);
    assert(info?.card !== undefined && info.metrics !== undefined);
    const counts = Object.entries(info.card.data).map(([part, { images }]) => [part, images]);
    assertEquals(Object.fromEntries(counts), expected.parts);
    const lesionFree = Object.values(info.card.data).map(({ lesion_free }) => lesion_free);
    assertEquals(lesionFree.reduce((sum, count) => sum + count), 1);
    assert("outc.conv.weight" in weights);
  });

  Deno.test(`settings, history and split of an old run are read (${name})`, async () => {
    const saved = await decodeRun(bytesOf(name, "last.safetensors"), "last.safetensors");
    const record = await readRunRecord(await DataFolder.open(`${OLD}/data`), name);
    assertEquals(record.history, saved.progress.history);
    assertEquals(record.history.length, expected.epoch);
    const { epochs, seed, batch, bilinear } = record.config;
    assertEquals([epochs, seed, batch, bilinear], [expected.epochs, expected.seed, 2, true]);

    const folder = await DataFolder.open(`${OLD}/data`);
    const found = await discover(folder, { maskPattern: ["_mask"] });
    const pairs = checkPairing(found, { missingMasks: "error" });
    const { train, validation, test } = splitFromJson(textOf(name, "split.json"), pairs);
    const lengths = { train: train.length, validation: validation.length };
    assertEquals(test === undefined ? lengths : { ...lengths, test: test.length }, expected.parts);
  });

  Deno.test(`verify finds an old run good but for files left out (${name})`, async () => {
    const { code, stdout, stderr } = await run("verify", Deno.realPathSync(`${OLD}/data`), name);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, expected.standing);
    assertStringIncludes(stdout, expected.advice);
    const conditions = [...stdout.matchAll(/^ +(\S+) +(good|behind|missing|damaged):/gm)];
    assert(conditions.length > 8, stdout);
    const faults = conditions.filter(([, , condition]) => condition !== "good");
    assertEquals(
      faults.map(([, file, condition]) => [file, condition]),
      expected.missing.map((file) => [file, "missing"]),
    );
  });

  Deno.test(`train --resume goes on with an old run as the old program did (${name})`, () =>
    withOldRuns(async (data) => {
      const file = `${OLD}/${name}_whole.csv`;
      const whole = historyFromCsv(Deno.readTextFileSync(file), file);
      const { code, stdout, stderr } = await run(
        "train",
        data,
        "--resume",
        name,
        ...(whole.length > expected.epochs ? ["--epochs", String(whole.length)] : []),
      );
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, "going on after");
      const { history } = await readRunRecord(await DataFolder.open(data), name);
      const kept = historyFromCsv(textOf(name, "history.csv"), "history.csv");
      assertEquals(history.slice(0, kept.length), kept, "the epochs before are kept as they are");
      assertSameLosses(history, whole);
      const split = Deno.readTextFileSync(`${data}/runs/${name}/split.json`);
      const parts = Object.entries(JSON.parse(split)).filter(([part]) => part in expected.parts);
      assertEquals(parts.length, Object.keys(expected.parts).length, "parts under today's names");
      const verified = await run("verify", data, name);
      assertEquals([verified.code, verified.stderr], [0, ""]);
      assert(!/(behind|missing|damaged):/.test(verified.stdout), verified.stdout);
    }));
}

Deno.test("the results of an old run are read, its report is written, its model predicts", () =>
  withOldRuns(async (data) => {
    const text = textOf("ended", "metrics.json");
    const { model, cases, data: images, lesion_free } = resultsFromJson(text, "metrics.json");
    assertEquals([model.run, cases.length], ["ended", 2]);
    assertEquals([images.part, images.lesion_free_images, lesion_free.cases], ["test", 0, 0]);
    const commands = [
      ["report", "ended"],
      ["report", "stopped"],
      ["compare", "ended", "stopped"],
      ["predict", "benign", "--model", "runs/ended/best.safetensors", "--device", "cpu"],
      ["evaluate", "--model", "runs/stopped/best.safetensors", "--device", "cpu"],
      ["export", "ended", "--to", "pth"],
    ];
    for (const [command, ...args] of commands) {
      const { code, stderr } = await run(command, data, ...args);
      assertEquals([code, stderr], [0, ""], `${command} ${args.join(" ")}`);
    }
    const record = await readRunRecord(await DataFolder.open(data), "stopped");
    assertEquals(record.evaluation?.data.part, "validation");
  }));

/** Compares the losses epoch by epoch. */
function assertSameLosses(history: readonly HistoryRow[], expected: readonly HistoryRow[]): void {
  assertEquals(history.length, expected.length);
  expected.forEach(({ trainLoss, valLoss }, index) => {
    const { trainLoss: train, valLoss: validation } = history[index];
    assert(validation !== null && valLoss !== null);
    const epoch = `epoch ${index + 1}`;
    assertCloseNumber(`training loss of ${epoch}`, train, trainLoss, LOSS_BOUND * trainLoss);
    assertCloseNumber(`validation loss of ${epoch}`, validation, valLoss, LOSS_BOUND * valLoss);
  });
}
