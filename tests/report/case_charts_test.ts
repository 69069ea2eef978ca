import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  diceByArea,
  diceHistogram,
  reliabilityCurve,
  thresholdCurves,
  wholeTicks,
} from "../../lib/report/case_charts.ts";
import { madeUpEvaluation } from "../support/report_data.ts";

/** The heights of the bars, in bars: 1 for the highest. */
function barsOf(svg: string): number[] {
  const bars = [...svg.matchAll(/<rect [^>]*height="([\d.]+)"/g)].map(([, height]) =>
    Number(height)
  );
  return bars.map((height) => height / Math.max(...bars));
}

Deno.test("diceHistogram() counts each case once, the ends of the scale included", async () => {
  const svg = await diceHistogram([0, 0, 0.049, 0.05, 0.5, 0.999, 1], 0.4, 0.5);
  const bars = barsOf(svg).map((height) => Math.round(3 * height));
  const expected = new Array(20).fill(0);
  [expected[0], expected[1], expected[10], expected[19]] = [3, 1, 1, 2];
  assertEquals(bars, expected);
  assertStringIncludes(svg, "mean 0.400");
  assertStringIncludes(svg, "median 0.500");
});

Deno.test("images are counted in whole numbers, at two to six ticks that reach the highest bar", async () => {
  for (const most of [...Array.from({ length: 300 }, (_, k) => k + 1), 9999, 10_000, 10_001]) {
    const ticks = wholeTicks(most);
    assert(ticks.every(Number.isInteger) && new Set(ticks).size === ticks.length, `${ticks}`);
    assert(ticks.length >= 2 && ticks.length <= 6 && ticks.at(-1)! >= most, `${most}: ${ticks}`);
    assert(ticks.at(-2)! < most, `${most}: ${ticks}`);
  }
  assertEquals(wholeTicks(2), [0, 1, 2]);
  const svg = await diceHistogram([0.1, 0.1, 0.5], 0.4, 0.5);
  const axis = /aria-label="y-axis tick label">(.*?)<\/g>/s.exec(svg)![1];
  assertEquals([...axis.matchAll(/>([^<]+)<\/text>/g)].map(([, tick]) => tick), ["0", "1", "2"]);
});

Deno.test("diceByArea() has a dot for each image with a lesion, and names where there is room", async () => {
  const few = madeUpEvaluation(40).cases;
  const svg = await diceByArea(few);
  assertEquals(svg.match(/<circle/g)!.length, 36);
  assertEquals(svg.match(/<title>/g)!.length, 36);
  assert(!svg.includes("<img"), "names are escaped");
  const many = await diceByArea(Array.from({ length: 100 }, () => few).flat());
  assertEquals(many.match(/<circle/g)!.length, 3600);
  assertEquals(many.includes("<title>"), false);
});

Deno.test("thresholdCurves() and reliabilityCurve() draw what was measured, and survive what was not", async () => {
  const { thresholds, calibration } = madeUpEvaluation(40);
  const svg = await thresholdCurves(thresholds, 0.5);
  for (const name of ["Dice", "precision", "recall"]) assertStringIncludes(svg, `>${name}</text>`);
  const filled = calibration.bins.filter(({ pixels }) => pixels > 0).length;
  assertEquals((await reliabilityCurve(calibration.bins)).match(/<circle/g)!.length, filled);
  const none = thresholds.map((row) => ({ ...row, dice: null, precision: null, recall: null }));
  assertStringIncludes(await thresholdCurves(none, 0.5), "Threshold");
  assertStringIncludes(await reliabilityCurve([]), "Predicted probability");
  assertStringIncludes(await diceHistogram([], null, null), "Images with a lesion");
  assertStringIncludes(await diceByArea([]), "Lesion area");
});
