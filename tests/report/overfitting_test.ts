import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { overfittingWords } from "../../lib/report/overfitting.ts";

/** A history with these losses. */
function history(train: readonly number[], validation: readonly (number | null)[]) {
  return train.map((trainLoss, index) => ({
    epoch: index + 1,
    trainLoss,
    valLoss: validation[index],
    valDice: null,
    valIou: null,
    learningRate: 1e-3,
  }));
}

const words = (train: readonly number[], validation: readonly (number | null)[]) =>
  overfittingWords(history(train, validation));

Deno.test("overfittingWords() says nothing of overfitting while the test loss falls", () => {
  const said = words([1, 0.9, 0.8, 0.7, 0.6, 0.5], [1, 0.9, 0.8, 0.75, 0.7, 0.68]);
  assertStringIncludes(
    said,
    "lowest in epoch 6 of 6 (0.680), at the end: no sign of overfitting yet",
  );
  // One or two epochs above the lowest are no rise.
  assertStringIncludes(
    words([1, 0.9, 0.8, 0.7, 0.6, 0.5], [1, 0.9, 0.8, 0.6, 0.7, 0.68]),
    "no sign",
  );
});

Deno.test("overfittingWords() names the epoch, the rise and how far the curves have parted", () => {
  const train = [1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.3, 0.3];
  const said = words(train, [1, 0.8, 0.65, 0.7, 0.8, 0.9, 0.9, 0.9]);
  // The mean of the last three is 0.9: 38 % above 0.65. The gap was 0.05 and is 0.6.
  assertEquals(
    said,
    "The validation loss was lowest in epoch 3 of 8 (0.650) and has risen by 38 % in the 5 epochs since; the gap between " +
      "validation and training loss went from 0.050 there to 0.600 (mean of the last 3 epochs). That is overfitting: the " +
      "network learns the training images by heart.",
  );
});

Deno.test("overfittingWords() tells a standstill from overfitting", () => {
  const flat = [1, 0.8, 0.65, 0.66, 0.66, 0.66, 0.66, 0.66];
  const learning = words([1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.3, 0.3], flat);
  assertStringIncludes(learning, "not risen by more than 5 % in the 5 epochs since");
  assertStringIncludes(learning, "without getting better on others");
  assertStringIncludes(words(flat, flat), "no clear overfitting");
});

Deno.test("overfittingWords() does not call a run that falls apart overfitted", () => {
  const said = words([1, 0.8, 0.6, 0.9, 1, 1.1, 1.2, 1.2], [1, 0.8, 0.65, 0.8, 0.9, 1, 1, 1]);
  assertStringIncludes(said, "unstable training");
});

Deno.test("overfittingWords() admits when there is too little to tell", () => {
  assertMatch(words([1], [0.9]), /1 epoch is too few/);
  assertMatch(words([1, 0.5], [0.9, 0.8]), /2 epochs are too few/);
  assertMatch(words([1, 0.5], [null, null]), /no validation loss yet/);
  assertMatch(overfittingWords([]), /no validation loss yet/);
});
