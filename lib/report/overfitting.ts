/**
 * Judges overfitting from the losses of a run, in one or two sentences.
 *
 * @module
 */
import type { EpochRecord } from "./curves.ts";

/** The smallest rise that counts, as a share of the lowest loss. */
const NOTABLE_RISE = 0.05;

/** The number of last epochs whose mean is compared, so that one outlier has little weight. */
const LAST_EPOCHS = 3;

/** The smallest number of epochs for a judgement. */
const FEWEST_EPOCHS = 5;

/**
 * Describes the losses in one or two sentences: the epoch of the lowest validation loss, its rise
 * since then, and the growth of the gap to the training loss. It claims no more than the curves
 * show.
 */
export function overfittingWords(history: readonly EpochRecord[]): string {
  const rows = history.flatMap(({ epoch, trainLoss, valLoss }) =>
    valLoss === null ? [] : [{ epoch, trainLoss, valLoss, gap: valLoss - trainLoss }]
  );
  if (rows.length === 0) return "There is no validation loss yet to tell overfitting by.";
  const lowest = rows.reduce((least, row) => row.valLoss < least.valLoss ? row : least);
  const last = rows.slice(-LAST_EPOCHS);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
  const now = {
    valLoss: mean(last.map(({ valLoss }) => valLoss)),
    gap: mean(last.map(({ gap }) => gap)),
  };
  const end = rows[rows.length - 1].epoch;
  const where = `The validation loss was lowest in epoch ${lowest.epoch} of ${end} (${
    three(lowest.valLoss)
  })`;
  if (rows.length < FEWEST_EPOCHS) {
    return `${where}. ${rows.length} ${
      rows.length === 1 ? "epoch is" : "epochs are"
    } too few to tell overfitting.`;
  }
  if (end - lowest.epoch < LAST_EPOCHS) {
    return `${where}, at the end: no sign of overfitting yet. More epochs might still help.`;
  }
  const since = end - lowest.epoch;
  const rise = now.valLoss / lowest.valLoss - 1;
  const gaps =
    `the gap between validation and training loss went from ${three(lowest.gap)} there to ` +
    `${three(now.gap)} (mean of the last ${LAST_EPOCHS} epochs)`;
  if (rise < NOTABLE_RISE) {
    return `${where} and has not risen by more than ${
      100 * NOTABLE_RISE
    } % in the ${since} epochs since; ${gaps}. ` +
      (now.gap > lowest.gap && now.gap > NOTABLE_RISE * lowest.valLoss
        ? `The network goes on learning the training images without getting better on others.`
        : `There is no clear overfitting.`);
  }
  return `${where} and has risen by ${
    Math.round(100 * rise)
  } % in the ${since} epochs since; ${gaps}. ` +
    (now.gap > lowest.gap
      ? `That is overfitting: the network learns the training images by heart.`
      : `The training loss rose with it, so this is unstable training (try a lower learning rate) rather than ` +
        `overfitting.`);
}

function three(value: number): string {
  return value.toFixed(3);
}
