/**
 * Advice that the curves of a run give: unstable, learnt by heart, best long ago, not at its end.
 *
 * At most one of these holds, in this order: an unstable curve hides the others.
 *
 * @module
 */
import { command, type Mention, sentence, setting } from "../core/sentence.ts";
import { mean } from "../core/statistics.ts";
import type { EpochRecord } from "./curves.ts";
import { type Advice, type AdvisedRun, trainAnew } from "./advice.ts";

/** The fewest epochs for advice. */
const FEWEST_EPOCHS = 6;
/** The last epochs whose scatter is looked at, and those whose mean stands for the end. */
const SCATTER_EPOCHS = 10;
const END_EPOCHS = 3;
/** A mean step of Dice, and of the loss as a share of its mean, from which a curve is unstable. */
const WILD_DICE = 0.08;
const WILD_LOSS = 0.2;
/** A rise of the validation loss that counts, as a share of its minimum. */
const NOTABLE_RISE = 0.05;
/** A fall of Dice since its best epoch that counts, and how long ago that must be. */
const NOTABLE_FALL = 0.03;
const LONG_AGO = 5;
/** A gain of Dice over the last epochs that counts. */
const NOTABLE_GAIN = 0.01;

/** At most one piece of advice about the curves. */
export function curveAdvice(run: AdvisedRun): Advice[] {
  if (run.history.length < FEWEST_EPOCHS) return [];
  const advice = unstable(run) ?? overfitted(run) ?? bestLongAgo(run) ?? stillRising(run);
  return advice === undefined ? [] : [advice];
}

function unstable({ run, history, config: { learningRate } }: AdvisedRun): Advice | undefined {
  const last = history.slice(-Math.min(SCATTER_EPOCHS, Math.ceil(history.length / 2)));
  const dice = known(last, ({ valDice }) => valDice);
  const losses = known(last, ({ valLoss }) => valLoss);
  const diceStep = meanStep(dice);
  const lossStep = meanStep(losses) / (mean(losses) || 1);
  if (diceStep < WILD_DICE && lossStep < WILD_LOSS) return undefined;
  const step = diceStep >= WILD_DICE
    ? `Dice jumps by ${diceStep.toFixed(2)}`
    : `the loss jumps by ${Math.round(100 * lossStep)} %`;
  const lower = Number((learningRate / 3).toPrecision(1));
  return {
    saw: `The curve is unstable: from epoch to epoch ${step} on the validation images.`,
    todo: "Lower the learning rate:",
    command: trainAnew(run, "lower-lr", setting("learningRate", lower)),
  };
}

function overfitted({ run, history, config, bestEpoch }: AdvisedRun): Advice | undefined {
  const rows = history.flatMap(({ epoch, trainLoss, valLoss }) =>
    valLoss === null ? [] : [{ epoch, valLoss, gap: valLoss - trainLoss }]
  );
  if (rows.length < FEWEST_EPOCHS) return undefined;
  const lowest = rows.reduce((least, row) => row.valLoss < least.valLoss ? row : least);
  const end = rows.slice(-END_EPOCHS);
  const rise = mean(end.map(({ valLoss }) => valLoss))! / lowest.valLoss - 1;
  const widened = mean(end.map(({ gap }) => gap))! > lowest.gap;
  if (rows.at(-1)!.epoch - lowest.epoch < LONG_AGO || !(rise >= NOTABLE_RISE) || !widened) {
    return undefined;
  }
  const saw = `The validation loss was lowest in epoch ${lowest.epoch} and has risen by ` +
    `${Math.round(100 * rise)} % since, the training loss has not: overfitting.`;
  if (config.augment === "none") {
    return {
      saw,
      todo: "Change the training images at random in each epoch:",
      command: trainAnew(run, "augmented", setting("augment", "light")),
    };
  }
  return {
    saw,
    todo: "Train for fewer epochs, or add images:",
    command: trainAnew(run, "shorter", ...ofLength(config, shorter(bestEpoch ?? lowest.epoch))),
  };
}

function bestLongAgo({ run, history, config, bestEpoch }: AdvisedRun): Advice | undefined {
  const best = history.find(({ epoch }) => epoch === bestEpoch);
  const end = history.at(-1)!.epoch;
  if (best === undefined || best.valDice === null || end - best.epoch < LONG_AGO) return undefined;
  const now = mean(known(history.slice(-END_EPOCHS), ({ valDice }) => valDice));
  if (now === null || best.valDice - now < NOTABLE_FALL) return undefined;
  const saw = `Dice was best ${end - best.epoch} epochs ago: ${best.valDice.toFixed(3)} in epoch ` +
    `${best.epoch}, ${now.toFixed(3)} in the last ${END_EPOCHS}.`;
  const shorterRun = ofLength(config, shorter(best.epoch));
  return config.keep === "last"
    ? {
      saw: `${saw} This run keeps its last model.`,
      todo: "Train for fewer epochs, and keep the best:",
      command: trainAnew(run, "shorter", ...shorterRun, setting("keep", "best")),
    }
    : {
      saw: `${saw} The best model is kept.`,
      todo: "The epochs after it bring nothing; save their time:",
      command: trainAnew(run, "shorter", ...shorterRun),
    };
}

function stillRising({ run, state, history, config }: AdvisedRun): Advice | undefined {
  const rows = known(history, ({ valDice }) => valDice);
  const half = Math.min(5, Math.floor(rows.length / 2));
  if (state !== "finished" || history.length < config.epochs || half < END_EPOCHS) return undefined;
  const gain = mean(rows.slice(-half))! - mean(rows.slice(-2 * half, -half))!;
  if (gain < NOTABLE_GAIN) return undefined;
  const more = 2 * config.epochs;
  return {
    saw:
      `Dice still rises at the end: by ${gain.toFixed(3)} from the ${half} epochs before to the ` +
      `last ${half}.`,
    todo: "Train for more epochs:",
    // The rate of a schedule is at its end, so going on would hardly change the weights.
    command: config.schedule === "constant"
      ? sentence`${command("train")} ${setting("resume", run)} ${setting("epochs", more)}`
      : trainAnew(run, "longer", ...ofLength(config, more)),
  };
}

/** The settings of a run of other length. A schedule that was as long as its run stays so. */
function ofLength(
  { schedule, scheduleEpochs, epochs: before }: AdvisedRun["config"],
  epochs: number,
): Mention[] {
  const follows = schedule !== "constant" && scheduleEpochs === before;
  return [
    setting("epochs", epochs),
    ...(follows ? [setting("scheduleEpochs", epochs)] : []),
  ];
}

/** A few epochs more than the best one. */
function shorter(best: number): number {
  return best + Math.max(2, Math.ceil(best / 5));
}

function known(
  rows: readonly EpochRecord[],
  value: (row: EpochRecord) => number | null,
): number[] {
  return rows.map(value).filter((one): one is number => Number.isFinite(one));
}

/** The mean size of the steps between neighbours; 0 for fewer than two values. */
function meanStep(values: readonly number[]): number {
  return mean(values.slice(1).map((value, k) => Math.abs(value - values[k]))) ?? 0;
}
