import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decode } from "fast-png";
import { RESEARCH_ONLY } from "../../lib/core/version.ts";
import type { Difference } from "../../lib/evaluate/results.ts";
import { comparisonPicture, comparisonPng } from "../../lib/report/comparison_picture.ts";
import { historyOf } from "../support/history.ts";

const RUNS = ["first", "<second>", "third"].map((name, k) => ({
  name,
  history: historyOf([0.1, 0.5 + 0.1 * k, 0.4]),
}));

const difference = (measure: string, value: number, p: number): Difference => ({
  measure,
  higher_is_better: measure === "dice",
  first: value,
  second: 0,
  difference: { value, low: value - 0.05, high: value + 0.05 },
  p,
  p_corrected: p,
  better: null,
  worse: null,
  equal: null,
});
const pair = (second: string, ...differences: Difference[]) => ({
  first: "first",
  second,
  differences,
});
const count = (text: string, part: string) => text.split(part).length - 1;

Deno.test("comparisonPicture() names the runs, says the verdict, and ends with the notice", async () => {
  const sentences = ["first and <second> differ beyond chance.", "word ".repeat(400)];
  const svg = await comparisonPicture({ runs: RUNS, sentences, differences: [] });
  for (const words of ["first, &lt;second&gt;, third", "differ beyond chance.", "…"]) {
    assertStringIncludes(svg, words);
  }
  assertStringIncludes(svg, RESEARCH_ONLY);
  assertEquals(count(svg, "Differences"), 0);
  assert(!/var\(--|NaN|currentColor/.test(svg));
});

Deno.test("comparisonPicture() draws each difference, filled where it is beyond chance", async () => {
  const differences = [
    pair("<second>", difference("dice", 0.2, 0.01), difference("hd95_px", -3, 0.5)),
    pair("third", difference("dice", -0.1, 0.8)),
  ];
  const svg = await comparisonPicture({ runs: RUNS, sentences: [], differences });
  const dots = [...svg.matchAll(/<circle cx="([\d.]+)"[^>]* r="5" fill="(#\w+)" stroke="(#\w+)"/g)];
  assertEquals(dots.map(([, , fill, stroke]) => [fill, stroke]), [
    ["#d55e00", "#d55e00"],
    ["#ffffff", "#009e73"],
    ["#ffffff", "#d55e00"],
  ]);
  const [right, left] = dots.map(([, x]) => Number(x));
  assert(right > left);
  for (
    const words of [
      ...["Differences: first minus each other run", "minus &lt;second&gt;", "minus third"],
      ...["Shares; higher is better", "first better →", "+0.200 [+0.150, +0.250]"],
      ...["Distances in px; lower is better", "← first better", "-3.0 ["],
    ]
  ) assertStringIncludes(svg, words);
});

Deno.test("comparisonPng() draws runs without epochs, equal models and values without bounds", async () => {
  const runs = ["a", "b"].map((name) => ({ name, history: [] }));
  const same = difference("false_alarm_rate", 0, 1);
  const bare = { ...same, difference: { value: 0, low: null, high: null } };
  const certain = {
    ...difference("dice", 1, 0.25),
    difference: { value: 1, low: 1, high: 1 },
  };
  const differences = [{ first: "a", second: "b", differences: [bare, certain] }];
  const svg = await comparisonPicture({ runs, sentences: [], differences });
  assert(!svg.includes("NaN"));
  assertStringIncludes(svg, "Differences: a minus b");
  // An interval without width would say too much.
  assertEquals([count(svg, "+1.000"), count(svg, "+1.000 [")], [1, 0]);
  const { width } = decode(await comparisonPng({ runs, sentences: [], differences }));
  assertEquals(width, 1720);
});
