import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { EpochRecord } from "../../lib/report/curves.ts";
import { judgementOf } from "../../lib/report/overfitting.ts";

/** The curves of a run, one value for each epoch. */
interface Curves {
  readonly train: readonly number[];
  readonly loss: readonly (number | null)[];
  readonly dice?: readonly number[];
  readonly rate?: readonly number[];
  readonly planned?: number;
}

function historyOf({ train, loss, dice, rate }: Curves): EpochRecord[] {
  return train.map((trainLoss, k) => ({
    epoch: k + 1,
    trainLoss,
    valLoss: loss[k],
    valDice: dice?.[k] ?? null,
    valIou: null,
    learningRate: rate?.[k] ?? 1e-3,
  }));
}

const words = (curves: Curves) => judgementOf(historyOf(curves), curves.planned).words;

/** A curve of `count` epochs by a formula. */
const curve = (count: number, of: (k: number) => number) =>
  Array.from({ length: count }, (_, k) => of(k));

/** A saw-tooth between -1 and 1. */
const tooth = (k: number) => [0, 1, -1, 0.5, -0.6, 0.9, -0.3][k % 7];

/** A run that learns, with a gap that stays. */
function learning(epochs: number): Curves {
  const decay = (k: number) => 1.3 * Math.exp(-k / 15);
  return {
    train: curve(epochs, (k) => decay(k) + 0.2),
    loss: curve(epochs, (k) => decay(k) + 0.35),
    dice: curve(epochs, (k) => 0.8 * (1 - Math.exp(-k / 12))),
  };
}

const cosine = (epochs: number) =>
  curve(epochs, (k) => 1e-3 * (1 + Math.cos((Math.PI * (k + 0.99)) / epochs)) / 2);

/** Losses of 8 epochs: the training loss falls on, that of validation rises after epoch 3. */
const parting: Curves = {
  train: [1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.3, 0.3],
  loss: [1, 0.8, 0.65, 0.7, 0.8, 0.9, 0.9, 0.9],
};

const GAP = "the gap between validation and training loss has grown from 0.050 to 0.600";

/** Each history with what a reviewer would say of it. */
const REVIEWS: readonly (readonly [name: string, curves: Curves, said: string])[] = [
  ["no epoch", { train: [], loss: [] }, "There is no validation loss yet to tell overfitting by."],
  [
    "no validation images",
    { train: [1, 0.5, 0.4, 0.3, 0.2], loss: [null, null, null, null, null] },
    "There is no validation loss yet to tell overfitting by.",
  ],
  [
    "1 epoch",
    { train: [1], loss: [0.9], dice: [0.3] },
    "1 epoch is too few to tell overfitting or progress.",
  ],
  [
    "2 epochs",
    { train: [1, 0.5], loss: [0.9, 0.8], dice: [0.3, 0.4] },
    "The validation loss was lowest in epoch 2 of 2 (0.800), Dice highest in epoch 2 (0.400). 2 epochs are too few to " +
    "tell overfitting or progress.",
  ],
  [
    "3 epochs that go badly",
    { train: [1, 0.8, 0.7], loss: [1, 1.3, 1.2] },
    "The validation loss was lowest in epoch 1 of 3 (1.000). 3 epochs are too few to tell overfitting or progress.",
  ],
  [
    "a loss that swings, and is far above its minimum in the end",
    {
      train: [1.4, 1.3, 1.25, 1.2, 1.15, 1.1, 1.08, 1.05, 1, 1.1],
      loss: [1.5, 1.4, 1.8, 1.3, 1.2, 2.1, 1.3, 2.2, 0.968, 2.5],
      dice: [0.1, 0.2, 0.15, 0.3, 0.34, 0.2, 0.3, 0.1, 0.33, 0.12],
    },
    "Unstable: in the last 5 epochs the validation loss jumps between 0.968 and 2.500. Lower the learning rate. Dice was " +
    "best 5 epochs ago (0.340, now 0.120).",
  ],
  [
    "a loss that falls steadily and jumps in the last epoch",
    { train: [1, 0.9, 0.8, 0.7, 0.6, 0.55], loss: [1, 0.9, 0.8, 0.7, 0.65, 2.5] },
    "Unstable: in the last epoch the validation loss jumped from 0.650 to 2.500. Lower the learning rate.",
  ],
  [
    "both losses rise",
    { train: [1, 0.8, 0.6, 0.9, 1, 1.1, 1.2, 1.2], loss: [1, 0.8, 0.65, 0.8, 0.9, 1, 1, 1] },
    "Unstable: both losses have risen, that of validation by 54 % since epoch 3 and that of training by 100 % since " +
    "epoch 3. Lower the learning rate.",
  ],
  [
    "a loss that is no number any more",
    { train: [1, 0.9, 0.8, 0.7, 0.6, 0.5], loss: [1, 0.9, 0.8, 0.7, Infinity, Infinity] },
    "Diverged: the loss is no finite number since epoch 5. Lower the learning rate.",
  ],
  [
    "the best Dice in the middle of a saw-tooth, and a gap that grows",
    {
      train: curve(30, (k) => 1.4 - 0.9 * k / 29),
      loss: curve(30, (k) => 1.42 - 0.7 * k / 29 + 0.02 * tooth(k)),
      dice: curve(30, (k) => {
        if (k === 16) return 0.632;
        return k === 29 ? 0.459 : Math.min(0.5, 0.1 + 0.03 * k) + 0.04 * tooth(k);
      }),
    },
    "Overfitting: Dice was best 13 epochs ago (0.632, now 0.459), and the gap between validation and training loss has " +
    "grown from 0.143 to 0.213 since then.",
  ],
  [
    "the best Dice long ago, jumps, and losses that stay together",
    {
      train: curve(30, (k) => 1 - 0.01 * k),
      loss: curve(30, (k) => 1 - 0.01 * k),
      dice: curve(30, (k) => k === 16 ? 0.632 : k === 29 ? 0.459 : 0.5 + 0.08 * tooth(k)),
    },
    "Unsteady: Dice was best 13 epochs ago (0.632, now 0.459); in the last 10 epochs it jumps between 0.420 and 0.580. " +
    "Lower the learning rate.",
  ],
  [
    "one lucky epoch, while the loss falls on",
    {
      train: curve(30, (k) => 1 - 0.01 * k),
      loss: curve(30, (k) => 1 - 0.01 * k),
      dice: curve(30, (k) => k === 5 ? 0.7 : 0.6),
    },
    "No sign of overfitting: the validation loss was lowest in epoch 30 of 30; but Dice was best 24 epochs ago (0.700, " +
    "now 0.600).",
  ],
  [
    "one lucky epoch, and a standstill",
    {
      train: curve(30, () => 1),
      loss: curve(30, () => 1),
      dice: curve(30, (k) => k === 5 ? 0.7 : 0.6),
    },
    "No sign of overfitting, but no progress either: Dice was best 24 epochs ago (0.700, now 0.600).",
  ],
  [
    "a validation loss that rises while the training loss falls",
    { ...parting, dice: [0.3, 0.5, 0.7, 0.69, 0.66, 0.62, 0.6, 0.6] },
    "Overfitting: the validation loss has risen by 38 % since its lowest (0.650, 5 epochs ago), and " +
    `${GAP} meanwhile. Dice was best 5 epochs ago (0.700, now 0.600). The network learns the training images by heart; ` +
    "more augmentation or fewer epochs may help.",
  ],
  [
    "the same without a lesion among the validation images",
    parting,
    "Overfitting: the validation loss has risen by 38 % since its lowest (0.650, 5 epochs ago), and " +
    `${GAP} meanwhile. The network learns the training images by heart; more augmentation or fewer epochs may help.`,
  ],
  [
    "a validation loss that rises while Dice does as well",
    { ...parting, dice: [0.3, 0.5, 0.7, 0.71, 0.72, 0.73, 0.73, 0.74] },
    "Overconfident: the validation loss has risen by 38 % since its lowest (0.650, 5 epochs ago), and " +
    `${GAP} meanwhile; but Dice has held (best 0.740 in epoch 8, now 0.740). The probabilities become too sure, the ` +
    "masks do not become worse.",
  ],
  [
    "a validation loss that stays while the training loss falls",
    { train: parting.train, loss: [1, 0.8, 0.65, 0.66, 0.66, 0.66, 0.66, 0.66] },
    "The validation loss was lowest in epoch 3 of 8 (0.650). That loss has not risen by more than 5 % since, but the gap " +
    "between validation and training loss has grown from 0.050 to 0.360: the network goes on learning the training " +
    "images without getting better on others.",
  ],
  [
    "a standstill",
    {
      train: [1, 0.8, 0.65, 0.66, 0.66, 0.66, 0.66, 0.66],
      loss: [1, 0.8, 0.65, 0.66, 0.66, 0.66, 0.66, 0.66],
    },
    "The validation loss was lowest in epoch 3 of 8 (0.650). No sign of overfitting, but no progress since epoch 3 " +
    "either: more epochs alone will hardly help.",
  ],
  [
    "nothing learnt at all",
    { train: curve(10, () => 1), loss: curve(10, () => 1), dice: curve(10, () => 0) },
    "The validation loss was lowest in epoch 1 of 10 (1.000), Dice is 0 in every epoch. No sign of overfitting, " +
    "but no progress since epoch 1 either: more epochs alone will hardly help.",
  ],
  [
    "all learnt at once",
    { train: curve(10, () => 0), loss: curve(10, () => 0), dice: curve(10, () => 1) },
    "The validation loss was lowest in epoch 1 of 10 (0.000), Dice highest in epoch 1 (1.000). No sign of overfitting, " +
    "but no progress since epoch 1 either: more epochs alone will hardly help.",
  ],
  [
    "a loss that falls",
    { train: [1, 0.9, 0.8, 0.7, 0.6, 0.5], loss: [1, 0.9, 0.8, 0.75, 0.7, 0.68] },
    "The validation loss was lowest in epoch 6 of 6 (0.680). No sign of overfitting; still improving: more epochs may " +
    "help.",
  ],
  [
    "two epochs above the lowest",
    { train: [1, 0.9, 0.8, 0.7, 0.6, 0.5], loss: [1, 0.9, 0.8, 0.6, 0.7, 0.68] },
    "The validation loss was lowest in epoch 4 of 6 (0.600). No sign of overfitting; still improving: more epochs may " +
    "help.",
  ],
  [
    "half of the planned epochs",
    { ...learning(25), planned: 50 },
    "The validation loss was lowest in epoch 25 of 25 (0.612), Dice highest in epoch 25 (0.692). No sign of overfitting; " +
    "still improving, with 25 epochs to go.",
  ],
  [
    "a finished cosine",
    { ...learning(50), rate: cosine(50) },
    "The validation loss was lowest in epoch 50 of 50 (0.400), Dice highest in epoch 50 (0.787). No sign of overfitting. " +
    "The learning rate has come down to less than 0.1 % of its highest, so more epochs at this rate would change little; a " +
    "longer schedule might.",
  ],
  [
    "a finished cosine that has long stood still",
    {
      train: curve(40, (k) => Math.max(0.5, 1 - 0.025 * k)),
      loss: curve(40, (k) => Math.max(0.55, 1.05 - 0.025 * k)),
      dice: curve(40, (k) => Math.min(0.75, 0.3 + 0.02 * k)),
      rate: cosine(40),
    },
    "The validation loss was lowest in epoch 21 of 40 (0.550), Dice highest in epoch 24 (0.750). No sign of overfitting. " +
    "The learning rate has come down to less than 0.1 % of its highest, so more epochs at this rate would change little.",
  ],
  [
    "a finished cosine whose training loss fell on alone",
    {
      train: curve(80, (k) => 1 - 0.01 * k),
      loss: curve(80, (k) => Math.max(0.61, 1.05 - 0.015 * k)),
      rate: cosine(80),
    },
    "The validation loss was lowest in epoch 31 of 80 (0.610). That loss has not risen by more than 5 % since, but the gap " +
    "between validation and training loss has grown from -0.090 to 0.390: the network goes on learning the training " +
    "images without getting better on others.",
  ],
  [
    "half a cosine",
    { ...learning(25), rate: cosine(50) },
    "The validation loss was lowest in epoch 25 of 25 (0.612), Dice highest in epoch 25 (0.692). No sign of overfitting; " +
    "still improving: more epochs may help.",
  ],
  [
    "a finished cosine that has overfitted all the same",
    { ...parting, rate: cosine(8) },
    "Overfitting: the validation loss has risen by 38 % since its lowest (0.650, 5 epochs ago), and " +
    `${GAP} meanwhile. The network learns the training images by heart; more augmentation or fewer epochs may help.`,
  ],
  [
    "Dice rises while the losses stay",
    {
      train: curve(20, (k) => 1 - 0.001 * k),
      loss: curve(20, (k) => 0.8 + 0.001 * tooth(k)),
      dice: curve(20, (k) => 0.3 + 0.02 * k),
    },
    "The validation loss was lowest in epoch 3 of 20 (0.799), Dice highest in epoch 20 (0.680). No sign of overfitting; " +
    "still improving: more epochs may help.",
  ],
];

for (const [name, curves, said] of REVIEWS) {
  Deno.test(`the sentence on a training: ${name}`, () => assertEquals(words(curves), said));
}

Deno.test("noise of a tenth in the validation loss is not called unstable or overfitting", () => {
  const { train, dice } = learning(40);
  const said = words({
    train,
    loss: train.map((loss, k) => (loss + 0.1) * (1 + 0.05 * tooth(3 * k))),
    dice: dice!,
  });
  assertStringIncludes(said, "No sign of overfitting");
});

Deno.test("every length from 0 to 300 epochs has a sentence without a hole in it", () => {
  for (let epochs = 0; epochs <= 300; epochs++) {
    for (const curves of [learning(epochs), { ...learning(epochs), rate: cosine(epochs) }]) {
      const said = words(curves);
      assertMatch(said, /^[A-Z1-4].*\.$/s);
      assertEquals(/NaN|undefined|null|Infinity/.exec(said), null, said);
    }
  }
});
