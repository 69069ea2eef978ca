/** What `--json` prints is what docs/json.md says. @module */
import { assert, assertEquals } from "@std/assert";
import { evaluationJson } from "../../lib/cli/terminal/evaluate_json.ts";
import { endJson, resultJson } from "../../lib/cli/terminal/predict_json.ts";
import { TrainJson } from "../../lib/cli/terminal/train_json.ts";
import { DEFAULT_BOOTSTRAP } from "../../lib/evaluate/bootstrap.ts";
import { resultsOf } from "../../lib/evaluate/results_of.ts";
import type { TrainResult } from "../../lib/mod.ts";
import { historyOf } from "../support/history.ts";
import { CASES, MODEL } from "../support/measured_cases.ts";
import { MemoryStore } from "../support/memory_store.ts";

const PAGE = Deno.readTextFileSync("docs/json.md");
const STORE = new MemoryStore();

function assertNamed(value: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(value)) assert(PAGE.includes(`\`${name}\``), `no word of ${name}`);
}

Deno.test("train --json prints an epoch as history.csv has it, and the end with the kept model", () => {
  const values: Record<string, unknown>[] = [];
  const json = new TrainJson((value) => values.push(value));
  const history = historyOf([0.5, 0.4]);
  json.epochDone(history[0], true);
  const test = {
    ...{ epoch: 1, images: 4, loss: 0.5, dice: 0.6, iou: 0.5 },
    ...{ lesions: 3, missed: 1, lesionFree: 1, falseAlarms: 0 },
  };
  const run = { name: "a", path: "runs/a", file: (name: string) => `runs/a/${name}` };
  const progress = { epoch: 2, losses: [], history };
  const config = { keep: "best" };
  const result = { run, config, progress, test, interrupted: false };
  json.trained(result as unknown as TrainResult, STORE);
  const [epoch, end] = values;
  assertEquals([epoch.event, epoch.epoch, epoch.val_dice, epoch.best], ["epoch", 1, 0.5, true]);
  assertEquals(end, {
    event: "end",
    run: "a",
    folder: "memory:/runs/a",
    interrupted: false,
    epochs: 2,
    best_epoch: 1,
    model: "memory:/runs/a/best.safetensors",
    model_epoch: 1,
    val_dice: 0.5,
    test: {
      ...{ images: 4, dice: 0.6, iou: 0.5, lesions: 3, missed: 1 },
      ...{ lesion_free: 1, false_alarms: 0 },
    },
    report: "memory:/runs/a/report.html",
  });
  assertNamed(end);
  assertNamed(end.test as Record<string, unknown>);
});

Deno.test("predict --json prints an image with its lesions, a bad file, and the end", () => {
  const lesion = {
    ...{ area_px: 5, long_axis_px: 3, short_axis_px: 2, centre_px: [1, 1] as const },
    ...{ box_px: [0, 0, 3, 3] as const, touches_border: true, mean_probability: 0.7 },
    ...{ boundary_uncertainty_px: null, polygons: [] },
  };
  const entry = {
    ...{ input: "a.png", width: 8, height: 6, area_px: 5, mean_probability: 0.7 },
    ...{ mask: "a_mask.png", probability: "a_p.png", overlay: "a_o.png", lesions: [lesion] },
  };
  const image = resultJson(entry);
  assertEquals(image, {
    event: "image",
    input: "a.png",
    width: 8,
    height: 6,
    area_px: 5,
    mask: "a_mask.png",
    lesions: [{ area_px: 5, box_px: [0, 0, 3, 3], mean_probability: 0.7 }],
  });
  const failure = { input: "b.png", error: "b.png is damaged" };
  assertEquals(resultJson(failure), { event: "image", ...failure });
  const results = [entry, failure];
  const ended = { out: "found", images: 2, results, failures: 1, interrupted: false };
  const end = endJson(ended as unknown as Parameters<typeof endJson>[0], STORE);
  assertEquals(end, {
    event: "end",
    folder: "memory:/found",
    images: 2,
    predicted: 1,
    lesions: 1,
    failures: 1,
    interrupted: false,
  });
  for (const value of [image, end, resultJson(failure)]) assertNamed(value);
});

Deno.test("evaluate --json prints the figures without those of single images", () => {
  const results = resultsOf({
    evaluated: { model: MODEL, cases: CASES },
    against: { model: MODEL, cases: CASES },
    data: { part: "test", split: "split.json", trained_on: 0 },
    settings: { threshold: 0.5, size: "original" },
    bootstrap: { ...DEFAULT_BOOTSTRAP, resamples: 10 },
    warnings: [],
  });
  const value = evaluationJson(results, "/found", undefined);
  assertEquals([value.event, value.folder, value.report], ["end", "/found", null]);
  assertEquals(value.overall, results.overall);
  assertEquals("cases" in value, false);
  assertNamed(value);
});
