import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCurves } from "../../lib/report/run_curves.ts";
import type { HistoryRow } from "../../lib/train/progress.ts";

function history(epochs: number, valDice: number | null): HistoryRow[] {
  return Array.from({ length: epochs }, (_, index) => ({
    epoch: index + 1,
    trainLoss: 1 / (index + 1),
    valLoss: 1.2 / (index + 1),
    trainLossPerImage: 1,
    valLossPerImage: 1,
    valDice,
    valIou: valDice,
    lesionFree: 0,
    falseAlarms: 0,
    learningRate: 1e-3,
  }));
}

const count = (text: string, part: string) => text.split(part).length - 1;

Deno.test("runCurves() gives each run one colour, in the legend and in all panels", async () => {
  const svg = await runCurves([
    { name: "first", history: history(3, 0.5) },
    { name: "<second>", history: history(5, 0.6) },
  ]);
  for (const colour of ["#0072b2", "#d55e00"]) {
    // One line in the legend, and one in each of three panels.
    assertEquals(count(svg, `stroke="${colour}"`), 4, colour);
  }
  assertStringIncludes(svg, "&lt;second&gt;");
  assert(!/var\(--|NaN|currentColor/.test(svg));
});

Deno.test("runCurves() leaves out a panel in which no run has a value", async () => {
  const svg = await runCurves([{ name: "a", history: history(2, null) }]);
  assertEquals([count(svg, "Dice by epoch"), count(svg, "Loss, validation")], [0, 2]);
});

Deno.test("runCurves() draws runs without an epoch, and more runs than colours", async () => {
  const empty = await runCurves([{ name: "a", history: [] }, { name: "b", history: [] }]);
  assertStringIncludes(empty, "2 runs by epoch");
  const many = await runCurves(
    Array.from({ length: 9 }, (_, k) => ({ name: `run ${k}`, history: history(1, 0.5) })),
  );
  assertEquals(count(many, `stroke="#0072b2" stroke-width="3" stroke-dasharray="7 4"`), 1);
});
