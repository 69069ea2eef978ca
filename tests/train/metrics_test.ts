import { assertAlmostEquals, assertEquals } from "@std/assert";
import { diceOf, iouOf } from "../../lib/image/overlap.ts";
import { summariseOverlap } from "../../lib/train/metrics.ts";

const counts = (intersection: number, predicted: number, truth: number) => ({
  intersection,
  predicted,
  truth,
});

Deno.test("diceOf() and iouOf() follow their formulas", () => {
  assertAlmostEquals(diceOf(counts(30, 40, 60)), 0.6, 1e-15);
  assertAlmostEquals(iouOf(counts(30, 40, 60)), 30 / 70, 1e-15);
  assertEquals([diceOf(counts(9, 9, 9)), iouOf(counts(9, 9, 9))], [1, 1]);
  assertEquals([diceOf(counts(0, 5, 9)), iouOf(counts(0, 5, 9))], [0, 0]);
  assertEquals([diceOf(counts(0, 0, 0)), iouOf(counts(0, 0, 0))], [1, 1]);
});

Deno.test("summariseOverlap() counts a missed lesion as 0 and keeps lesion-free images out of the means", () => {
  const summary = summariseOverlap([
    counts(30, 40, 60),
    counts(0, 0, 10),
    counts(0, 0, 0),
    counts(0, 7, 0),
  ]);
  assertEquals(summary, {
    lesions: 2,
    missed: 1,
    lesionFree: 2,
    falseAlarms: 1,
    dice: 0.3,
    iou: 30 / 70 / 2,
  });
});

Deno.test("summariseOverlap() has no means without a lesion", () => {
  const { dice, iou, lesionFree } = summariseOverlap([counts(0, 0, 0)]);
  assertEquals([dice, iou, lesionFree], [null, null, 1]);
});
