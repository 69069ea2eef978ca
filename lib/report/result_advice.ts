/**
 * Advice that an evaluation gives: small lesions, missed lesions, false alarms.
 *
 * @module
 */
import { setting, sizeSetting } from "../core/sentence.ts";
import type { EvaluationResults, ThresholdRow } from "../evaluate/results.ts";
import { type Advice, type AdvisedRun, predictCommand, trainAnew } from "./advice.ts";

/** The fewest images of a group to judge it by. */
const FEWEST_IMAGES = 3;
/** How much worse small lesions must be, in mean Dice. */
const NOTABLE_GAP = 0.15;
/** The shares of missed lesions and of false alarms that count. */
const NOTABLE_MISSES = 0.1;
const NOTABLE_ALARMS = 0.2;
/** The most Dice that another threshold may cost. */
const SMALL_LOSS = 0.02;
/** The size of the network's input beyond which no larger one is proposed, px. */
const LARGE_SIDE = 512;
/** The share of lesion-free images that is proposed first. */
const LESION_FREE_SHARE = 0.3;

/** Advice about the figures of an evaluation, the gravest fault first. */
export function resultAdvice(run: AdvisedRun, evaluation: EvaluationResults): Advice[] {
  const advice = [missed(run, evaluation), small(run, evaluation), alarms(run, evaluation)];
  return advice.filter((one) => one !== undefined);
}

function missed({ run }: AdvisedRun, evaluation: EvaluationResults): Advice | undefined {
  const { overall: { detection, nothing_predicted } } = evaluation;
  if (!(detection.missed >= NOTABLE_MISSES * detection.truth) || detection.missed === 0) return;
  const saw = `${detection.missed} of ${detection.truth} lesions are missed.`;
  const better = thresholdFor(
    evaluation,
    (row, { threshold }) => row.threshold < threshold && row.nothing_predicted < nothing_predicted,
  );
  return better === undefined
    ? {
      saw,
      todo: "A lower threshold would not find them. Look at the worst cases, and add training " +
        "images like them.",
    }
    : {
      saw,
      todo: "A lower threshold finds more. Try it on images that were kept apart:",
      command: predictCommand(run, setting("threshold", better.threshold)),
    };
}

function small({ run, config }: AdvisedRun, { by_size }: EvaluationResults): Advice | undefined {
  const group = by_size.find(({ name }) => name === "small");
  const others = by_size.filter(({ name, cases }) => name !== "small" && cases > 0);
  const dice = group?.per_case.dice.mean.value ?? null;
  const images = others.reduce((sum, { cases }) => sum + cases, 0);
  const { width, height } = config;
  if (group === undefined || dice === null || group.cases < FEWEST_IMAGES) return undefined;
  if (images < FEWEST_IMAGES || Math.max(width, height) >= LARGE_SIDE) return undefined;
  const rest = others.reduce(
    (sum, { cases, per_case }) => sum + cases * per_case.dice.mean.value!,
    0,
  ) / images;
  if (rest - dice < NOTABLE_GAP) return undefined;
  return {
    saw: `Small lesions are outlined badly: mean Dice ${dice.toFixed(3)}, larger ones ` +
      `${rest.toFixed(3)}.`,
    todo: "Let the network see more of them, at four times the cost:",
    command: trainAnew(run, "larger", sizeSetting({ width: 2 * width, height: 2 * height })),
  };
}

function alarms({ run, config }: AdvisedRun, evaluation: EvaluationResults): Advice | undefined {
  const { cases, false_alarms } = evaluation.lesion_free;
  if (cases === 0) {
    return {
      saw: "No lesion-free image was measured, so false alarms are unknown.",
      todo: "Add images without a lesion, if the model will see such images.",
    };
  }
  if (!(false_alarms >= NOTABLE_ALARMS * cases) || false_alarms === 0) return undefined;
  const saw = `${false_alarms} of ${cases} lesion-free images have a false alarm.`;
  const better = thresholdFor(
    evaluation,
    (row, { threshold }) => row.threshold > threshold && row.false_alarms <= false_alarms / 2,
  );
  if (better !== undefined) {
    return {
      saw,
      todo: `A higher threshold halves them at least. Try it on images that were kept apart:`,
      command: predictCommand(run, setting("threshold", better.threshold)),
    };
  }
  const share = config.lesionFreeShare === null
    ? LESION_FREE_SHARE
    : Number(Math.min(0.6, config.lesionFreeShare + 0.15).toFixed(2));
  return {
    saw,
    todo: "Let the network see more lesion-free images:",
    command: trainAnew(run, "lesion-free", setting("lesionFreeShare", share)),
  };
}

/** The threshold of the highest Dice among those that `helps`, if Dice hardly falls there. */
function thresholdFor(
  { thresholds, settings, overall }: EvaluationResults,
  helps: (row: ThresholdRow, settings: EvaluationResults["settings"]) => boolean,
): ThresholdRow | undefined {
  const least = (overall.per_case.dice.mean.value ?? Infinity) - SMALL_LOSS;
  return thresholds
    .filter((row) => helps(row, settings) && row.dice !== null && row.dice >= least)
    .sort((a, b) => b.dice! - a.dice!)[0];
}
