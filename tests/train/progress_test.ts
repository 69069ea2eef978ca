import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import {
  bestOf,
  endedEarly,
  hasEnded,
  type HistoryRow,
  historyRow,
} from "../../lib/train/progress.ts";
import { progressFromJson, progressToJson } from "../../lib/train/progress_json.ts";
import { historyOf } from "../support/history.ts";

function row(epoch: number, valDice: number | null, valLoss: number | null = 1): HistoryRow {
  const overlap = {
    lesions: 1,
    missed: 0,
    lesionFree: 2,
    falseAlarms: 1,
    dice: valDice,
    iou: valDice,
  };
  const validation = {
    losses: valLoss === null ? [] : [valLoss],
    images: valLoss === null ? 0 : 1,
  };
  return historyRow(epoch, { losses: [0.1 + 0.2, 1 / 3], images: 7 }, validation, overlap, 1e-3);
}

Deno.test("bestOf() takes the highest validation Dice, then the lowest validation loss, then the first", () => {
  assertEquals(bestOf([row(1, 0.2, 0.1), row(2, 0.5), row(3, 0.5), row(4, 0.1)])?.epoch, 2);
  assertEquals(bestOf([row(1, 0, 3), row(2, 0, 1), row(3, 0, 2)])?.epoch, 2);
  assertEquals(bestOf([]), undefined);
});

Deno.test("bestOf() takes the lowest test loss without lesions, the last epoch without test images", () => {
  assertEquals(bestOf([row(1, null, 3), row(2, null, 1), row(3, null, 2)])?.epoch, 2);
  assertEquals(bestOf([row(1, null, null), row(2, null, null)])?.epoch, 2);
});

Deno.test("progressFromJson() reads back every bit of what progressToJson() wrote", () => {
  const progress = {
    epoch: 2,
    losses: [1 / 3, 5e-324, 1.7976931348623157e308],
    history: [row(1, null, null), row(2, 0.1 + 0.7)],
  };
  assertEquals(progressFromJson(JSON.parse(JSON.stringify(progressToJson(progress)))), progress);
});

Deno.test("progressFromJson() reads the figures of averaged weights, which all epochs have or none", () => {
  const history = historyOf([0.2, 0.3], { averaged: true });
  const progress = { epoch: 2, losses: [], history };
  assertEquals(progressFromJson(JSON.parse(JSON.stringify(progressToJson(progress)))), progress);
  const mixed = progressToJson({ ...progress, history: [history[0], historyOf([0.2, 0.3])[1]] });
  assertThrows(() => progressFromJson(mixed), InputError, "lack figures of averaged weights");
  const [first, second] = progressToJson(progress).history as Record<string, unknown>[];
  const { ema_iou: _, ...rest } = second;
  const cut = { ...progressToJson(progress), history: [first, rest] };
  assertThrows(() => progressFromJson(cut), InputError, "history[1].ema_iou");
});

Deno.test("a run ends with its last epoch, or when patience epochs were no better than the best", () => {
  const after = (dice: readonly number[], patience: number | null, epochs = 9) => {
    const progress = { epoch: dice.length, history: historyOf(dice) };
    return [hasEnded(progress, { epochs, patience }), endedEarly(progress, { epochs, patience })];
  };
  assertEquals(after([], 1), [false, undefined]);
  assertEquals(after([0.5, 0.6], 1), [false, undefined]);
  assertEquals(after([0.5, 0.4], 2), [false, undefined]);
  assertEquals(after([0.5, 0.4, 0.4], null), [false, undefined]);
  assertEquals(after([0.5, 0.4, 0.4], 2), [
    true,
    "ended early, after 3 of 9 epochs: none of the last 2 was better than epoch 1 (patience 2)",
  ]);
  // The last epoch is no early end.
  assertEquals(after([0.5, 0.4, 0.4], 2, 3), [true, undefined]);
});

Deno.test("progressFromJson() refuses what is not a position", () => {
  const good = progressToJson({ epoch: 1, losses: [], history: [row(1, 0.5)] });
  const rows = good.history as Record<string, unknown>[];
  const cases: [unknown, string][] = [
    [null, "no JSON object"],
    [[], "no JSON object"],
    [{ ...good, epoch: 2 }, "one row for each finished epoch"],
    [{ ...good, epoch: "1" }, "epoch is no number"],
    [{ ...good, losses: ["1"] }, "losses[0] is no number"],
    [{ ...good, losses: 3 }, "losses is no list"],
    [{ ...good, history: { length: 1 } }, "history is no list"],
    [{ ...good, history: [{ ...rows[0], epoch: 7 }] }, "says epoch 7"],
    [
      { ...good, history: [{ ...rows[0], train_loss: null }] },
      "history[0].train_loss is no number",
    ],
    [{ ...good, history: [null] }, "history[0] is no JSON object"],
  ];
  for (const [json, message] of cases) {
    assertThrows(() => progressFromJson(json), InputError, message);
  }
});
