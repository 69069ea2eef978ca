/**
 * In plain words: has the network begun to learn the training images by heart?
 *
 * @module
 */
import type { EpochRecord } from "./curves.ts";

/** A loss that rose by less than this share of its lowest value has not risen. */
const NOTABLE_RISE = 0.05;

/** The last epochs whose mean is compared, so that one unlucky epoch decides nothing. */
const LAST_EPOCHS = 3;

/** Fewer epochs tell nothing. */
const FEWEST_EPOCHS = 5;

/**
 * A sentence or two on the losses: the epoch of the lowest loss on the images not trained on, how
 * far it has risen since, and how far both curves have parted since. It claims no more than the
 * curves show.
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
