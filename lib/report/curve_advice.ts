/**
 * Advice that the curves of a run give: unstable, learnt by heart, best long ago, not at its end.
 *
 * The sentence on the training at the top of the report judges the curves (overfitting.ts). Its
 * verdict decides here as well, so that sentence and advice never contradict each other.
 *
 * @module
 */
import { command, type Mention, sentence, setting } from "../core/sentence.ts";
import { mean } from "../core/statistics.ts";
import { type Advice, type AdvisedRun, trainAnew } from "./advice.ts";
import { judgementOf, NOTABLE_DICE } from "./overfitting.ts";
import { LAST_EPOCHS } from "./trend.ts";

/** How many epochs ago the best one must be to be named. */
const LONG_AGO = 5;

/** At most one piece of advice about the curves. */
export function curveAdvice(run: AdvisedRun): Advice[] {
  const { state, history, config } = run;
  const planned = state === "finished" ? history.length : config.epochs;
  const { verdict } = judgementOf(history, planned);
  const advice = verdict === "unstable"
    ? unstable(run)
    : verdict === "overfitting" || verdict === "overconfident"
    ? overfitted(run, verdict === "overfitting")
    : bestLongAgo(run) ?? (verdict === "too short" && longer(run));
  return advice ? [advice] : [];
}

function unstable({ run, config: { learningRate } }: AdvisedRun): Advice {
  const lower = Number((learningRate / 3).toPrecision(1));
  return {
    saw: "The curves jump.",
    todo: "Lower the learning rate:",
    command: trainAnew(run, "lower-lr", setting("learningRate", lower)),
  };
}

function overfitted({ run, config, bestEpoch }: AdvisedRun, isWorse: boolean): Advice | undefined {
  const saw = isWorse
    ? "The network learns the training images by heart."
    : "The probabilities become too sure.";
  if (config.augment === "none") {
    return {
      saw,
      todo: "Change the training images at random in each epoch:",
      command: trainAnew(run, "augmented", setting("augment", "light")),
    };
  }
  return !isWorse || bestEpoch === undefined ? undefined : {
    saw,
    todo: "Train for fewer epochs, or add images:",
    command: trainAnew(run, "shorter", ...ofLength(config, shorter(bestEpoch))),
  };
}

function bestLongAgo({ run, history, config, bestEpoch }: AdvisedRun): Advice | undefined {
  const best = history.find(({ epoch }) => epoch === bestEpoch);
  const end = history.at(-1)!.epoch;
  if (best === undefined || best.valDice === null || end - best.epoch < LONG_AGO) return undefined;
  const last = history.slice(-LAST_EPOCHS).flatMap(({ valDice }) => valDice ?? []);
  const now = mean(last);
  if (now === null || best.valDice - now < NOTABLE_DICE) return undefined;
  const saw = `Dice was best ${end - best.epoch} epochs ago: ${best.valDice.toFixed(3)} in epoch ` +
    `${best.epoch}, ${now.toFixed(3)} in the last ${LAST_EPOCHS}.`;
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

function longer({ run, state, history, config }: AdvisedRun): Advice | undefined {
  if (state !== "finished" || history.length < config.epochs) return undefined;
  const more = 2 * config.epochs;
  return {
    saw: "A longer training may be better.",
    todo: "Train for twice as many epochs:",
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
