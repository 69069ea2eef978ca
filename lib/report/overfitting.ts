/**
 * Judges a training from its whole curve, in a few sentences: whether it is unstable, overfitted,
 * at a standstill or still improving, and what to do about it.
 *
 * @module
 */
import { capitalised, plural } from "../core/plural.ts";
import type { EpochRecord } from "./curves.ts";
import { type CurveTrend, LAST_EPOCHS, type Trend, trendOf } from "./trend.ts";

/** The smallest change of a loss that counts, as a share of the lowest validation loss. */
const NOTABLE = 0.05;

/** The smallest fall of Dice that counts. */
export const NOTABLE_DICE = 0.03;

/** Jumps of the validation loss, as a share of it, from which a training is unstable. */
const UNSTABLE = 0.15;

/** Jumps of Dice from which it counts as unsteady. */
const UNSTEADY_DICE = 0.05;

/** The rise of the validation loss in the last epoch, as a share, that is a jump. */
const JUMP = 0.5;

/** The smallest number of epochs for a judgement. */
const FEWEST_EPOCHS = 5;

/** The share of the highest learning rate below which a schedule counts as run down. */
const RUN_DOWN = 0.05;

/** What a training is, for advice about it. */
export type Verdict = "unstable" | "overfitting" | "overconfident" | "too short" | "no fault";

/** A verdict and the sentences that give it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly words: string;
}

/**
 * Judges a training and describes it in a few sentences. It claims no more than the curves show.
 *
 * @param planned The number of epochs that the run is to make; by default those that it has made.
 */
export function judgementOf(history: readonly EpochRecord[], planned?: number): Judgement {
  const diverged = history.find((row) =>
    !isFiniteLoss(row.trainLoss) || !isFiniteLoss(row.valLoss)
  );
  if (diverged !== undefined) {
    return unstableBy(
      `Diverged: the loss is no finite number since epoch ${diverged.epoch}. Lower the ` +
        `learning rate.`,
    );
  }
  const trend = trendOf(history);
  if (trend === undefined) {
    return faultless("There is no validation loss yet to tell overfitting by.");
  }
  const left = Math.max(0, (planned ?? trend.end) - trend.end);
  if (trend.epochs < FEWEST_EPOCHS) {
    return faultless(
      trend.epochs === 1
        ? "1 epoch is too few to tell overfitting or progress."
        : `${bestWords(trend)} ${trend.epochs} epochs are too few to tell overfitting or progress.`,
    );
  }
  return unstable(trend) ?? fallingApart(trend) ?? overfitted(trend) ?? worseDice(trend) ??
    improving(trend, left) ?? faultless(standstill(trend, left));
}

function unstableBy(words: string): Judgement {
  return { verdict: "unstable", words };
}

function faultless(words: string): Judgement {
  return { verdict: "no fault", words };
}

/** The validation loss jumps up and down. */
function unstable(trend: Trend): Judgement | undefined {
  const { loss } = trend;
  const jump = loss.last / loss.best.value - 1;
  const isSudden = jump > JUMP && trend.end - loss.best.epoch === 1;
  const jumps = loss.swing > UNSTABLE * (loss.low + loss.high) / 2;
  if (!jumps && !isSudden) return undefined;
  const what = jumps
    ? `in the last ${loss.window} epochs the validation loss jumps between ${
      three(loss.low)
    } and ` +
      three(loss.high)
    : `in the last epoch the validation loss jumped from ${three(loss.best.value)} to ` +
      three(loss.last);
  return unstableBy(`Unstable: ${what}. Lower the learning rate.${diceAside(trend)}`);
}

/** Both losses have risen. */
function fallingApart(trend: Trend): Judgement | undefined {
  const { loss, train } = trend;
  if (isRecent(trend, loss) || isRecent(trend, train)) return undefined;
  if (rise(loss) < NOTABLE || rise(train) < NOTABLE) return undefined;
  return unstableBy(
    `Unstable: both losses have risen, that of validation by ${percent(rise(loss))} since ` +
      `epoch ${loss.best.epoch} and that of training by ${percent(rise(train))} since epoch ` +
      `${train.best.epoch}. Lower the learning rate.${diceAside(trend)}`,
  );
}

/** The validation loss has risen and the gap has grown. */
function overfitted(trend: Trend): Judgement | undefined {
  const { loss, dice } = trend;
  if (rise(loss) < NOTABLE || !hasParted(trend, loss.best.epoch)) return undefined;
  const facts = `the validation loss has risen by ${percent(rise(loss))} since its lowest ` +
    `(${three(loss.best.value)}, ${ago(trend, loss)}), and ${
      gapWords(trend, loss.best.epoch)
    } meanwhile`;
  if (dice && !hasFallen(trend, dice)) {
    const words = `Overconfident: ${facts}; but Dice has held (best ${three(dice.best.value)} in ` +
      `epoch ${dice.best.epoch}, now ${
        three(dice.last)
      }). The probabilities become too sure, the ` +
      `masks do not become worse.`;
    return { verdict: "overconfident", words };
  }
  const words =
    `Overfitting: ${facts}.${diceAside(trend)} The network learns the training images ` +
    `by heart; more augmentation or fewer epochs may help.`;
  return { verdict: "overfitting", words };
}

/** Dice was better long ago, though the validation loss has not risen notably. */
function worseDice(trend: Trend): Judgement | undefined {
  const { dice } = trend;
  if (!dice || isRecent(trend, dice) || !hasFallen(trend, dice)) return undefined;
  const fact = diceWords(trend, dice);
  if (hasParted(trend, dice.best.epoch)) {
    const words = `Overfitting: ${fact}, and ${gapWords(trend, dice.best.epoch)} since then.`;
    return { verdict: "overfitting", words };
  }
  if (dice.swing >= UNSTEADY_DICE) {
    return unstableBy(
      `Unsteady: ${fact}; in the last ${dice.window} epochs it jumps between ` +
        `${three(dice.low)} and ${three(dice.high)}. Lower the learning rate.`,
    );
  }
  return faultless(
    isRecent(trend, trend.loss)
      ? `No sign of overfitting: the validation loss was lowest in epoch ` +
        `${trend.loss.best.epoch} of ${trend.end}; but ${fact}.`
      : `No sign of overfitting, but no progress either: ${fact}.`,
  );
}

/** The best epochs are recent and the last third is better than the one before it. */
function improving(trend: Trend, left: number): Judgement | undefined {
  const { loss, dice, rate } = trend;
  const byLoss = isRecent(trend, loss) && loss.gain > 0.01 * loss.best.value;
  const byDice = dice !== undefined && isRecent(trend, dice) && dice.gain > 0.005;
  if (!byLoss && !byDice) return undefined;
  const start = `${bestWords(trend)} No sign of overfitting`;
  if (rate <= RUN_DOWN) {
    return { verdict: "too short", words: `${start}. ${runDown(trend)}; a longer schedule might.` };
  }
  return left > 0
    ? faultless(`${start}; still improving, with ${plural(left, "epoch")} to go.`)
    : { verdict: "too short", words: `${start}; still improving: more epochs may help.` };
}

/** No progress and no notable rise. */
function standstill(trend: Trend, left: number): string {
  const { loss, dice, rate } = trend;
  const start = bestWords(trend);
  const latest = Math.max(loss.best.epoch, dice?.best.epoch ?? 0);
  if (hasParted(trend, loss.best.epoch)) {
    return `${start} That loss has not risen by more than ${percent(NOTABLE)} since, but ` +
      `${gapWords(trend, loss.best.epoch)}: the network goes on learning the training images ` +
      `without getting better on others.`;
  }
  if (rate <= RUN_DOWN) return `${start} No sign of overfitting. ${runDown(trend)}.`;
  return trend.end - latest < recentEpochs(trend)
    ? `${start} No sign of overfitting, and little progress in the last ${loss.window} epochs` +
      (left > 0 ? `; ${plural(left, "epoch")} to go.` : ".")
    : `${start} No sign of overfitting, but no progress since epoch ${latest} either: more epochs ` +
      `alone will hardly help.`;
}

/** "The validation loss was lowest in epoch 9 of 10 (0.968), Dice highest in epoch 5 (0.340)." */
function bestWords({ loss, dice, end }: Trend): string {
  const high = dice === undefined
    ? ""
    : dice.best.value === 0
    ? ", Dice is 0 in every epoch"
    : `, Dice highest in epoch ${dice.best.epoch} (${three(dice.best.value)})`;
  return `The validation loss was lowest in epoch ${loss.best.epoch} of ${end} (${
    three(loss.best.value)
  })${high}.`;
}

/** A sentence on Dice, where it was better before. */
function diceAside(trend: Trend): string {
  const { dice } = trend;
  return dice && hasFallen(trend, dice) ? ` ${capitalised(diceWords(trend, dice))}.` : "";
}

/** "Dice was best 13 epochs ago (0.632, now 0.459)". */
function diceWords(trend: Trend, dice: CurveTrend): string {
  return `Dice was best ${ago(trend, dice)} (${three(dice.best.value)}, now ${three(dice.last)})`;
}

function gapWords(trend: Trend, since: number): string {
  return `the gap between validation and training loss has grown from ${
    three(trend.gapAt(since))
  } to ${three(trend.gap)}`;
}

function runDown({ rate }: Trend): string {
  const share = rate < 0.001 ? "less than 0.1" : String(Number((100 * rate).toPrecision(2)));
  return `The learning rate has come down to ${share} % of its highest, so more epochs at this rate ` +
    `would change little`;
}

/** The rise of a loss since its lowest value, as a share of that, in the last epoch and before. */
function rise({ now, last, best }: CurveTrend): number {
  return best.value > 0 ? Math.min(now, last) / best.value - 1 : 0;
}

function isFiniteLoss(loss: number | null): boolean {
  return loss === null || Number.isFinite(loss);
}

/** Whether the gap between the losses has grown notably since an epoch. */
function hasParted(trend: Trend, since: number): boolean {
  return trend.end - since >= LAST_EPOCHS &&
    trend.gap - trend.gapAt(since) > NOTABLE * trend.loss.best.value;
}

/** Whether the last epoch and most of the last ones are clearly below the best Dice. */
function hasFallen({ end }: Trend, { best, last, now }: CurveTrend): boolean {
  return end > best.epoch && best.value - Math.max(last, now) >= NOTABLE_DICE;
}

function isRecent(trend: Trend, { best }: CurveTrend): boolean {
  return trend.end - best.epoch < recentEpochs(trend);
}

/** The number of last epochs that count as the end of a run. */
function recentEpochs({ epochs }: Trend): number {
  return Math.max(LAST_EPOCHS, Math.min(10, Math.round(epochs / 10)));
}

function ago({ end }: Trend, { best }: CurveTrend): string {
  return `${plural(end - best.epoch, "epoch")} ago`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function three(value: number): string {
  return value.toFixed(3);
}
