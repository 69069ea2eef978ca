/**
 * The advice of the report on a table of figures: what is seen, and the command to type.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { spell } from "../../lib/cli/options/flags.ts";
import { TASK } from "../../lib/cli/words/task.ts";
import type { EvaluationResults } from "../../lib/evaluate/results.ts";
import type { AdvisedRun } from "../../lib/report/advice.ts";
import type { EpochRecord } from "../../lib/report/curves.ts";
import { whatNext } from "../../lib/report/what_next.ts";
import { DEFAULT_CONFIG, type TrainingConfig } from "../../lib/train/config.ts";
import { bestOf } from "../../lib/train/progress.ts";
import { madeUpEvaluation } from "../support/report_data.ts";

/** A history of which each epoch has a validation Dice and two losses. */
function historyOf(
  epochs: number,
  dice: (epoch: number) => number,
  valLoss: (epoch: number) => number = (epoch) => 1.5 - dice(epoch),
  trainLoss = valLoss,
): EpochRecord[] {
  return Array.from({ length: epochs }, (_, index) => ({
    epoch: index + 1,
    trainLoss: trainLoss(index + 1),
    valLoss: valLoss(index + 1),
    valDice: dice(index + 1),
    valIou: null,
    learningRate: 1e-3,
  }));
}

/** Dice that rises for half of 40 epochs, and then stays. */
const GOOD = historyOf(40, (epoch) => 0.8 - 0.6 * 0.7 ** epoch);

const BASE = madeUpEvaluation(40);

/** Figures in which nothing is wrong, but for what is given. */
function figures(
  { found = 40, missed = 0, alarms = 0, lesionFree = 10, small = 0.75, nothing = 0 },
  rows: readonly [threshold: number, dice: number, nothing: number, alarms: number][] = [],
): EvaluationResults {
  const { overall, lesion_free } = BASE;
  const diceOf = (value: number) => ({
    ...overall.per_case,
    dice: { ...overall.per_case.dice, mean: { value, low: null, high: null } },
  });
  return {
    ...BASE,
    overall: {
      ...overall,
      per_case: diceOf(0.8),
      nothing_predicted: nothing,
      detection: { ...overall.detection, truth: found + missed, found, missed },
    },
    lesion_free: { ...lesion_free, cases: lesionFree, false_alarms: alarms },
    by_size: (["small", "medium", "large"] as const).map((name) => ({
      ...overall,
      name,
      from: 0,
      below: null,
      cases: 10,
      per_case: diceOf(name === "small" ? small : 0.8),
    })),
    thresholds: rows.map(([threshold, dice, nothing_predicted, false_alarms]) => ({
      ...BASE.thresholds[0],
      threshold,
      dice,
      nothing_predicted,
      false_alarms,
    })),
  };
}

/** What is seen and typed, one text for each piece of advice. */
function adviceOn(
  given: Partial<Omit<AdvisedRun, "config">> & { config?: Partial<TrainingConfig> },
): string[] {
  const { history = GOOD } = given;
  const best = bestOf(history.map((row) => ({ ...row, ...NO_COUNTS })));
  return whatNext({
    run: "a",
    state: "finished",
    bestEpoch: best?.epoch,
    hasTest: true,
    evaluation: figures({}),
    ...given,
    history,
    config: { ...DEFAULT_CONFIG, epochs: history.length, width: 128, height: 128, ...given.config },
  }).map(({ saw, command }) =>
    `${saw} | ${command?.spelled(spell).replace(TASK, "sonoseg") ?? ""}`
  );
}

const NO_COUNTS = {
  trainLossPerImage: 0,
  valLossPerImage: null,
  lesionFree: 0,
  falseAlarms: 0,
};

const PREDICT = "The model can be used. | sonoseg predict new --model a";
const NEW = "--config runs/a/config.json";

/** A saw-tooth, and two curves that were best in epoch 10 of 40. */
const SAWTEETH = historyOf(30, (epoch) => epoch % 2 === 0 ? 0.62 : 0.45);
const OVERFITTED = historyOf(
  40,
  (epoch) => 0.7 - 0.005 * Math.abs(epoch - 10),
  (epoch) => 0.6 + 0.02 * Math.abs(epoch - 10),
  (epoch) => 1 / epoch,
);
const FALLEN = historyOf(40, (epoch) => 0.7 - 0.004 * Math.abs(epoch - 10), () => 0.5);

const TABLE: readonly [
  name: string,
  given: Parameters<typeof adviceOn>[0],
  expected: readonly string[],
][] = [
  ["nothing is wrong", {}, [PREDICT]],
  ["in training", { state: "training" }, []],
  ["no epoch", { history: [] }, []],
  ["stopped", { state: "stopped", evaluation: undefined }, [
    "The run stopped before its last epoch. | sonoseg train --resume a",
  ]],
  ["too short to judge", { history: SAWTEETH.slice(0, 4) }, [PREDICT]],
  ["a saw-tooth", { history: SAWTEETH }, [
    "The curves jump. | " +
    `sonoseg train --name a-lower-lr ${NEW} --lr 0.0003`,
    PREDICT,
  ]],
  ["a wild loss", {
    history: historyOf(20, () => 0.6, (epoch) => epoch % 2 === 0 ? 1 : 2),
    config: { learningRate: 3e-3 },
  }, [
    "The curves jump. | " +
    `sonoseg train --name a-lower-lr ${NEW} --lr 0.001`,
    PREDICT,
  ]],
  ["overfitting without augmentation", { history: OVERFITTED }, [
    "The network learns the training images by heart. | " +
    `sonoseg train --name a-augmented ${NEW} --augment light`,
    PREDICT,
  ]],
  ["overfitting with augmentation and a schedule", {
    history: OVERFITTED,
    config: { augment: "flip(p=0.5)", schedule: "cosine", scheduleEpochs: 40 },
  }, [
    "The network learns the training images by heart. | " +
    `sonoseg train --name a-shorter ${NEW} --epochs 12 --schedule-epochs 12`,
    PREDICT,
  ]],
  ["a loss that rises while Dice holds", {
    history: historyOf(
      40,
      () => 0.7,
      (epoch) => 0.6 + 0.02 * Math.abs(epoch - 10),
      (epoch) => 1 / epoch,
    ),
    config: { augment: "flip(p=0.5)" },
  }, [PREDICT]],
  ["a loss that is no number", {
    history: historyOf(8, () => 0.1, () => NaN),
  }, [`The curves jump. | sonoseg train --name a-lower-lr ${NEW} --lr 0.0003`, PREDICT]],
  ["best long ago", { history: FALLEN }, [
    "Dice was best 30 epochs ago: 0.700 in epoch 10, 0.584 in the last 3. The best model is kept. | " +
    `sonoseg train --name a-shorter ${NEW} --epochs 12`,
    PREDICT,
  ]],
  ["best long ago, and the last is kept", { history: FALLEN, config: { keep: "last" } }, [
    "Dice was best 30 epochs ago: 0.700 in epoch 10, 0.584 in the last 3. This run keeps its last " +
    `model. | sonoseg train --name a-shorter ${NEW} --epochs 12 --keep best`,
    PREDICT,
  ]],
  ["still rising", { history: historyOf(20, (epoch) => 0.03 * epoch) }, [
    "A longer training may be better. | " +
    "sonoseg train --resume a --epochs 40",
    PREDICT,
  ]],
  ["still rising, under a schedule", {
    history: historyOf(20, (epoch) => 0.03 * epoch),
    config: { schedule: "cosine", scheduleEpochs: 20 },
  }, [
    "A longer training may be better. | " +
    `sonoseg train --name a-longer ${NEW} --epochs 40 --schedule-epochs 40`,
    PREDICT,
  ]],
  ["misses that a lower threshold finds", {
    evaluation: figures({ found: 13, missed: 4, nothing: 4 }, [
      [0.3, 0.79, 1, 0],
      [0.4, 0.8, 2, 0],
      [0.5, 0.8, 4, 0],
    ]),
  }, [
    "4 of 17 lesions are missed. | sonoseg predict new --model a --threshold 0.4",
    PREDICT,
  ]],
  ["misses that no threshold finds", {
    evaluation: figures({ found: 13, missed: 4, nothing: 4 }, [[0.3, 0.6, 0, 9], [0.4, 0.8, 4, 0]]),
  }, ["4 of 17 lesions are missed. | ", PREDICT]],
  ["few misses", { evaluation: figures({ found: 95, missed: 5 }) }, [PREDICT]],
  ["false alarms that a higher threshold removes", {
    evaluation: figures({ alarms: 4 }, [[0.4, 0.8, 0, 9], [0.6, 0.8, 0, 3], [0.7, 0.79, 0, 2]]),
  }, [
    "4 of 10 lesion-free images have a false alarm. | " +
    "sonoseg predict new --model a --threshold 0.7",
    PREDICT,
  ]],
  ["false alarms at all thresholds", {
    evaluation: figures({ alarms: 3, lesionFree: 3 }, [[0.9, 0.4, 9, 0]]),
  }, [
    "3 of 3 lesion-free images have a false alarm. | " +
    `sonoseg train --name a-lesion-free ${NEW} --lesion-free-share 0.3`,
    PREDICT,
  ]],
  ["false alarms although lesion-free images are many", {
    evaluation: figures({ alarms: 3, lesionFree: 3 }),
    config: { lesionFreeShare: 0.3 },
  }, [
    "3 of 3 lesion-free images have a false alarm. | " +
    `sonoseg train --name a-lesion-free ${NEW} --lesion-free-share 0.45`,
    PREDICT,
  ]],
  ["no lesion-free image", { evaluation: figures({ lesionFree: 0 }) }, [
    "No lesion-free image was measured, so false alarms are unknown. | ",
    PREDICT,
  ]],
  ["small lesions", { evaluation: figures({ small: 0.4 }) }, [
    "Small lesions are outlined badly: mean Dice 0.400, larger ones 0.800. | " +
    `sonoseg train --name a-larger ${NEW} --size 256`,
    PREDICT,
  ]],
  ["small lesions in a wide input", {
    evaluation: figures({ small: 0.4 }),
    config: { width: 256, height: 192 },
  }, [
    "Small lesions are outlined badly: mean Dice 0.400, larger ones 0.800. | " +
    `sonoseg train --name a-larger ${NEW} --size 512x384`,
    PREDICT,
  ]],
  ["small lesions in a large input", {
    evaluation: figures({ small: 0.4 }),
    config: { width: 512, height: 512 },
  }, [PREDICT]],
  ["no results", { evaluation: undefined }, [
    "The single images have not been measured. | sonoseg report a",
    PREDICT,
  ]],
  ["no test part", { hasTest: false }, [
    "The images that selected the epoch are the ones that are measured here. | " +
    "sonoseg evaluate --model a --images kept-apart",
    PREDICT,
  ]],
  ["no test part, the last epoch kept", { hasTest: false, config: { keep: "last" } }, [
    "The images that are measured here are those by which settings are chosen. | " +
    "sonoseg evaluate --model a --images kept-apart",
    PREDICT,
  ]],
];

for (const [name, given, expected] of TABLE) {
  Deno.test(`whatNext(): ${name}`, () => assertEquals(adviceOn(given), [...expected]));
}

Deno.test("whatNext() names at most four faults, and settings by their fields in a library", () => {
  const evaluation = figures({ found: 1, missed: 1, alarms: 3, lesionFree: 3, small: 0.1 });
  const advice = adviceOn({ history: SAWTEETH, evaluation });
  assertEquals(advice.length, 5);
  const [first] = whatNext({
    run: "a b",
    state: "finished",
    history: SAWTEETH,
    config: DEFAULT_CONFIG,
    hasTest: true,
  });
  assertEquals(
    String(first.command),
    "train name a b-lower-lr config runs/a b/config.json learningRate 0.0003",
  );
  assert(first.command!.spelled(spell).includes("--name 'a b-lower-lr'"), "quoted for a shell");
});
