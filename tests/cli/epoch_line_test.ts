import { assert, assertEquals } from "@std/assert";
import { EPOCH_FIGURES, epochBar, epochLine } from "../../lib/cli/terminal/epoch_line.ts";

const ROW = {
  epoch: 7,
  trainLoss: 0.81234,
  valLoss: 0.90125,
  trainLossPerImage: 0.2,
  valLossPerImage: 0.2,
  valDice: 0.6123,
  valIou: 0.5012,
  lesionFree: 13,
  falseAlarms: 2,
  learningRate: 1e-3,
  emaLoss: 0.7,
  emaDice: 0.65,
  emaIou: 0.5,
  emaFalseAlarms: 1,
};
const ENDED = { row: ROW, best: true, epochs: 30, rate: 83.21 };

Deno.test("epochLine() drops whole figures as the terminal becomes narrower", () => {
  const lines: Readonly<Record<number, string>> = {
    // In a file.
    [Infinity]: "epoch  7/30  loss 0.8123/0.9012  Dice 0.6123  IoU 0.5012  alarms 2/13  " +
      "averaged Dice 0.6500  averaged loss 0.7000  83.2 images/s  best",
    140: "epoch  7/30  loss 0.8123/0.9012  Dice 0.6123  IoU 0.5012  alarms 2/13  " +
      "averaged Dice 0.6500  averaged loss 0.7000  83.2 images/s  best",
    110: "epoch  7/30  loss 0.8123/0.9012  Dice 0.6123  IoU 0.5012  alarms 2/13  " +
      "averaged Dice 0.6500  best",
    80: "epoch  7/30  loss 0.8123/0.9012  Dice 0.6123  IoU 0.5012  alarms 2/13  best",
    70: "epoch  7/30  loss 0.8123/0.9012  Dice 0.6123  alarms 2/13  best",
    60: "epoch  7/30  loss 0.8123/0.9012  Dice 0.6123  best",
    40: "epoch  7/30  Dice 0.6123  best",
    30: "epoch  7/30  Dice 0.6123",
    20: "epoch  7/30",
    // The counter stays, if it must wrap.
    5: "epoch  7/30",
  };
  for (const [columns, line] of Object.entries(lines)) {
    assertEquals(epochLine(ENDED, Number(columns), false), line, `at ${columns} columns`);
  }
});

Deno.test("epochLine() fits 80 columns with thousands of epochs and of alarms", () => {
  const row = { ...ROW, epoch: 1234, falseAlarms: 1000, lesionFree: 1000 };
  assert(epochLine({ ...ENDED, row, epochs: 5000 }, 80, false).length < 80);
  assert(EPOCH_FIGURES.length < 80);
});

Deno.test("epochLine() leaves out what was not measured, and paints only the best", () => {
  const row = {
    ...ROW,
    ...{ valLoss: null, valDice: null, lesionFree: 0, emaLoss: undefined, emaDice: undefined },
  };
  assertEquals(
    epochLine({ ...ENDED, row, best: false }, Infinity, true),
    "epoch  7/30  loss 0.8123  83.2 images/s",
  );
  assertEquals(
    epochLine(ENDED, 40, true),
    "epoch  7/30  Dice 0.6123  \x1b[36mbest\x1b[0m",
  );
});

Deno.test("epochBar() keeps the time left of the run longest", () => {
  const event = { phase: "train", epoch: 7, batch: 10, batches: 40, images: 4, loss: 0.5 } as const;
  const running = { event, epochs: 30, rate: 3.44, left: 12_000, runLeft: 185_000 };
  const lines: Readonly<Record<number, string>> = {
    120: "epoch  7/30  training  [######..................]  10/40  3.4 images/s  loss 0.5000  " +
      "12 s left  run 3 min 05 s left",
    100: "epoch  7/30  training  [##......]  10/40  3.4 images/s  loss 0.5000  " +
      "12 s left  run 3 min 05 s left",
    80: "epoch  7/30  training  [####...........]  10/40  12 s left  run 3 min 05 s left",
    60: "epoch  7/30  [####............]  10/40  run 3 min 05 s left",
    45: "epoch  7/30  10/40  run 3 min 05 s left",
    35: "epoch  7/30  run 3 min 05 s left",
    20: "epoch  7/30",
    10: "",
  };
  for (const [columns, line] of Object.entries(lines)) {
    assertEquals(epochBar(running, Number(columns)), line, `at ${columns} columns`);
  }
  assertEquals(
    epochBar({ ...running, event: { ...event, phase: "validation" }, runLeft: undefined }, 80),
    "epoch  7/30  validation  [####............]  10/40  loss 0.5000  12 s left",
  );
});
