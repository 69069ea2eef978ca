import { assertEquals, assertRejects } from "@std/assert";
import { runs } from "../../lib/cli/commands/runs.ts";
import { chosenModelWords } from "../../lib/cli/words/model_words.ts";
import { runsTable } from "../../lib/cli/words/runs_words.ts";
import { InputError } from "../../lib/core/errors.ts";
import { DEFAULT_BOOTSTRAP } from "../../lib/evaluate/bootstrap.ts";
import type { EvaluationResults } from "../../lib/evaluate/results.ts";
import { resultsOf } from "../../lib/evaluate/results_of.ts";
import { bestRun, listRuns } from "../../lib/run/list_runs.ts";
import { newestRun } from "../../lib/run/newest_run.ts";
import { FILES, RunFolder } from "../../lib/run/run_folder.ts";
import { DEFAULT_SETTINGS, runConfigToJson } from "../../lib/run/run_settings.ts";
import { DEFAULT_CONFIG } from "../../lib/train/config.ts";
import { historyOf } from "../support/history.ts";
import { CASES, MODEL } from "../support/measured_cases.ts";
import { MemoryStore } from "../support/memory_store.ts";

const CONFIG = { ...DEFAULT_CONFIG, width: 64, height: 48, epochs: 3 };

/** Writes the readable files of a run that was begun on a day of January. */
async function writeRun(store: MemoryStore, name: string, day: number, dice: readonly number[]) {
  const run = await RunFolder.fresh(store, name);
  const started = `2026-01-${String(day).padStart(2, "0")}T08:00:00.000Z`;
  await run.writeJson(FILES.config, runConfigToJson(CONFIG, DEFAULT_SETTINGS));
  await run.writeJson(FILES.manifest, { sessions: [{ started }], dataset: { images: 12 } });
  if (dice.length > 0) await run.writeHistory(historyOf(dice));
  return run;
}

/** An evaluation of the best model of a run, which is of this epoch. */
function evaluationOf(run: RunFolder, epoch: number): EvaluationResults {
  const model = { ...MODEL, file: run.file(FILES.best), run: run.name, epoch, network_height: 48 };
  return resultsOf({
    evaluated: { model, cases: CASES },
    data: { part: "test", split: run.file(FILES.split), trained_on: 0 },
    settings: { threshold: 0.5, size: "original" },
    bootstrap: { ...DEFAULT_BOOTSTRAP, resamples: 50 },
    warnings: [],
  });
}

/** Three good runs and two that are none. `first` is evaluated; `second` was, at another epoch. */
async function someRuns(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const first = await writeRun(store, "first", 3, [0.2, 0.6, 0.5]);
  await first.write(
    FILES.split,
    '{"train": ["a.png"], "validation": ["c.png"], "test": ["b.png"]}',
  );
  await first.writeJson(`${FILES.evaluation}/metrics.json`, evaluationOf(first, 2));
  const second = await writeRun(store, "second", 9, [0.1, 0.4]);
  await second.writeJson(FILES.metrics, evaluationOf(second, 1));
  await writeRun(store, "third", 6, []);
  const broken = await writeRun(store, "broken", 1, [0.9]);
  await broken.write(FILES.config, "{");
  await store.writeFile("runs/other/notes.txt", "x");
  return store;
}

Deno.test("listRuns() takes the figures of an evaluation of the kept model, or of its epoch", async () => {
  const { runs: [first, second, third], damaged } = await listRuns(await someRuns());
  assertEquals([first.name, first.started], ["first", "2026-01-03T08:00:00.000Z"]);
  assertEquals([first.images, first.width, first.height], [12, 64, 48]);
  assertEquals([first.epochs, first.planned_epochs, first.epoch], [3, 3, 2]);
  const { per_case, detection } = evaluationOf(await RunFolder.fresh(new MemoryStore(), "a"), 2)
    .overall;
  assertEquals([first.part, first.dice], ["test", per_case.dice.mean]);
  assertEquals([first.missed, first.lesions], [detection.missed, detection.truth]);
  assertEquals([first.false_alarms, first.lesion_free], [1, 2]);

  const dice = { value: 0.4, low: null, high: null };
  assertEquals([second.epochs, second.part, second.dice], [2, "validation", dice]);
  assertEquals([second.lesions, second.false_alarms, second.lesion_free], [null, 1, 1]);

  assertEquals([third.epochs, third.epoch, third.part], [0, null, null]);
  assertEquals(damaged.map(({ name, error }) => [name, String(error)]), [
    ["broken", "runs/broken/config.json is no JSON; expected a file that Sonoseg wrote"],
    ["other", "runs/other/config.json is missing"],
  ]);
});

/** What `runs` prints. */
async function printed(store: MemoryStore, inJson = false) {
  const texts: string[] = [];
  const warnings: string[] = [];
  const values: unknown[] = [];
  const line = (text = "") => void texts.push(text);
  const say = { terminal: false, columns: () => 80, write: line, line, block: line };
  const json = inJson ? (value: unknown) => void values.push(value) : undefined;
  await runs(store, { say, json }, (text) => warnings.push(text));
  return { lines: texts.join("\n").split("\n"), warnings, values };
}

Deno.test("runs prints a table, and names damaged runs", async () => {
  const { lines, warnings } = await printed(await someRuns());
  assertEquals(lines.slice(0, 4).map((line) => line.replaceAll(/ +/g, " ")), [
    "run date images size epochs Dice [95 %] of missed alarms",
    `first 2026-01-03 12 64x48 3 ${/0\.\d\d \[.*?\]/.exec(lines[1])![0]} test 2/4 1/2`,
    "second 2026-01-09 12 64x48 2/3 0.40 val - 1/1",
    "third 2026-01-06 12 64x48 0/3 - - - -",
  ]);
  assertEquals(warnings, [
    "warning: broken cannot be listed: runs/broken/config.json is no JSON; expected a file that " +
    "Sonoseg wrote",
    "warning: other cannot be listed: runs/other/config.json is missing",
  ]);
  assertEquals((await printed(new MemoryStore())).lines, ["there is no run in memory:/runs"]);
});

Deno.test("runsTable() drops whole columns in a narrow terminal", async () => {
  const list = (await listRuns(await someRuns())).runs;
  const headings = (width: number) => runsTable(list, width).split("\n")[0].split(/ {2,}/);
  const all = ["run", "date", "images", "size", "epochs", "Dice [95 %]", "of", "missed", "alarms"];
  assertEquals(headings(82), all);
  assertEquals(headings(80), all.filter((one) => one !== "images"));
  assertEquals(headings(70), all.filter((one) => one !== "images" && one !== "date"));
  assertEquals(headings(10), ["run", "Dice [95 %]", "missed", "alarms"]);
});

Deno.test("runs --json has an object for each folder", async () => {
  const { values } = await printed(await someRuns(), true);
  const names = values.map((value) => (value as { run: string }).run);
  assertEquals(names, ["broken", "other", "first", "second", "third"]);
  const [, , first] = values as Record<string, unknown>[];
  assertEquals(Object.keys(first), [
    ...["run", "started", "images", "width", "height", "epochs", "planned_epochs", "epoch"],
    ...["part", "dice", "lesions", "missed", "lesion_free", "false_alarms"],
  ]);
});

Deno.test("the model that was chosen by itself is said with its figures and those of the best", async () => {
  const store = await someRuns();
  const best = await bestRun(store);
  assertEquals(best, { best: { run: "first", epoch: 2, valDice: 0.6 }, runs: 2 });
  const model = (run: string, epoch: number, valDice: number | null) => ({
    path: `runs/${run}/best.safetensors`,
    info: { epoch, valDice, config: CONFIG },
  });
  assertEquals(
    chosenModelWords(model("second", 2, 0.4), best),
    "the newest run, second, epoch 2, validation Dice 0.4000; best of your 2 runs: first, 0.6000 " +
      "(--model first)",
  );
  assertEquals(
    chosenModelWords(model("first", 2, 0.6), best),
    "the newest run, first, epoch 2, validation Dice 0.6000: the best of your 2 runs",
  );
  assertEquals(
    chosenModelWords(model("a", 1, null), undefined),
    "the newest run, a, epoch 1",
  );
});

Deno.test("newestRun() is the run that was begun last, with a model or without", async () => {
  const store = await someRuns();
  assertEquals(await newestRun(store), "second");
  await writeRun(store, "fourth", 10, []);
  assertEquals(await newestRun(store), "fourth");
  await assertRejects(
    () => newestRun(new MemoryStore()),
    InputError,
    "there is no run in memory:/",
  );
});
