import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { niceTop, runCurves } from "../../lib/report/run_curves.ts";
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

const COLUMN = { x: 24, y: 60, width: 812 };
const svgOf = async (runs: Parameters<typeof runCurves>[0]) => (await runCurves(runs, COLUMN)).svg;

Deno.test("runCurves() gives each run one colour and dashes, in the legend and in all panels", async () => {
  const svg = await svgOf([
    { name: "first", history: history(3, 0.5) },
    { name: "<second>", history: history(5, 0.6) },
  ]);
  for (const [colour, dashes] of [["#0072b2", 0], ["#d55e00", 4]] as const) {
    // One line in the legend, and one in each of three panels; there, a thin one leads to the name.
    assertEquals(count(svg, `stroke="${colour}"`), 7, colour);
    const lines = svg.match(new RegExp(`<[^>]*stroke="${colour}"[^>]*>`, "g"))!;
    assertEquals(lines.filter((line) => line.includes("stroke-dasharray")).length, dashes);
  }
  // In the legend, and at the ends of the lines.
  assertEquals(count(svg, "&lt;second&gt;"), 4);
  assertStringIncludes(svg, "best: Dice 0.600, epoch 5 of 5");
  assert(!/var\(--|NaN|currentColor/.test(svg));
});

Deno.test("runCurves() draws both losses at one scale", async () => {
  const svg = await svgOf([{ name: "a", history: history(4, 0.5) }]);
  const ticks = ["Loss, validation images by epoch", "Loss, training images by epoch"].map(
    (label) => {
      const [, panel] = svg.split(`aria-label="${label}"`);
      const axis = /aria-label="y-axis tick label"[^>]*>(.*?)<\/g>/s.exec(panel)![1];
      return axis.match(/>[\d.]+</g);
    },
  );
  assert(ticks[0]!.length > 2);
  assertEquals(ticks[0], ticks[1]);
});

Deno.test("runCurves() leaves out a panel in which no run has a value", async () => {
  const svg = await svgOf([{ name: "a", history: history(2, null) }]);
  assertEquals([count(svg, "Dice, validation"), count(svg, "Loss, validation")], [0, 2]);
});

Deno.test("runCurves() draws runs without an epoch, and more runs than colours", async () => {
  const empty = await svgOf([{ name: "a", history: [] }, { name: "b", history: [] }]);
  assertEquals(count(empty, "no epoch yet"), 2);
  const many = Array.from({ length: 20 }, (_, k) => ({
    name: `run ${k}`,
    history: history(1, 0.5),
  }));
  const svg = await svgOf(many);
  // The eighth run has the colour of the first, but dashes.
  assertEquals(count(svg, `stroke="#0072b2" stroke-width="3" stroke-dasharray="10 3 2 3"`), 1);
  // There is no room for so many names beside the panels.
  assertEquals(count(svg, "run 13<"), 1);
  assertEquals(count(await svgOf(many.slice(0, 9)), "run 8<"), 4);
});

Deno.test("niceTop() is a round number that holds all values", () => {
  const tops = [[], [0], [0.83], [1], [1.44], [2.5], [218.6], [1e300]].map(niceTop);
  assertEquals(tops.slice(0, -1), [1, 1, 1, 1, 1.5, 2.5, 250]);
  assert(tops.at(-1)! >= 1e300 && Number.isFinite(tops.at(-1)));
});
