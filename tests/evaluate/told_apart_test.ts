import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { DEFAULT_BOOTSTRAP, meanOf, ratioOf } from "../../lib/evaluate/bootstrap.ts";
import { differencesOf } from "../../lib/evaluate/difference.ts";
import { correctedTogether, holm, isBeyondChance } from "../../lib/evaluate/holm.ts";
import { permutationTests } from "../../lib/evaluate/permutation.ts";
import type { CaseResult, Difference } from "../../lib/evaluate/results.ts";
import { resultsOf } from "../../lib/evaluate/results_of.ts";
import { toldApart } from "../../lib/evaluate/told_apart.ts";
import { compareRuns } from "../../lib/run/compare_runs.ts";
import type { RunRecord } from "../../lib/run/run_record.ts";
import { boxes, CASES, measured, MODEL } from "../support/measured_cases.ts";

const OPTIONS = { ...DEFAULT_BOOTSTRAP, resamples: 200 };
const alone = (count: number) => Array<null>(count).fill(null);

Deno.test("permutationTests() tries every exchange of few images: p by hand", () => {
  // Of eight exchanges, only none and all give a difference as large.
  const [mean] = permutationTests(alone(3), [meanOf([1, 1, 1, 0, 0, 0])], 0);
  assertEquals(mean, 2 / 8);
  const [ratio] = permutationTests(alone(3), [ratioOf([1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1])], 0);
  assertEquals(ratio, 2 / 8);
  // Images of one group are exchanged together: two units.
  const [grouped] = permutationTests(["a", "a", null], [meanOf([1, 1, 1, 0, 0, 0])], 0);
  assertEquals(grouped, 2 / 4);
  assertEquals(permutationTests(alone(2), [meanOf([1, 2, 1, 2]), () => NaN], 0), [1, null]);
});

Deno.test("permutationTests() draws exchanges of many images, and finds no p of 0", () => {
  // The sign test in disguise: 16 of 20 images are better, so p is 2 P(X >= 16) = 0.0118.
  const gains = Array.from({ length: 20 }, (_, i) => i < 16 ? 1 : 0);
  const statistic = meanOf([...gains, ...gains.map((gain) => 1 - gain)]);
  const [p] = permutationTests(alone(20), [statistic], 0);
  assertAlmostEquals(p!, 0.0118, 0.004);
  assertEquals(permutationTests(alone(20), [statistic], 0), [p]);
  const [least] = permutationTests(alone(40), [
    meanOf([...alone(40).map(() => 1), ...alone(40).map(() => 0)]),
  ], 0);
  assertEquals(least, 1 / 10_000);
});

Deno.test("holm() corrects as in Holm's paper, in any order", () => {
  assertEquals(holm([]), []);
  const corrected = holm([0.01, 0.04, 0.03, 0.005]);
  [0.03, 0.06, 0.06, 0.02].forEach((p, k) => assertAlmostEquals(corrected[k], p, 1e-12));
  assertEquals(holm([0.5, 0.9]), [1, 1]);
});

/** A difference with this p. */
function difference(measure: string, value: number, p: number | null): Difference {
  const estimate = { value: p === null ? null : value, low: value - 1, high: value + 1 };
  const figures = { first: value, second: 0, better: null, worse: null, equal: null };
  return { measure, higher_is_better: measure !== "hd95_px", difference: estimate, p, ...figures };
}

Deno.test("all measures of all pairs are one family", () => {
  const pairs = [
    { differences: [difference("dice", 1, 0.02), difference("sensitivity", 1, null)] },
    { differences: [difference("dice", 1, 0.01), difference("iou", 1, 0.9)] },
  ];
  const [a, b] = correctedTogether(pairs).map(({ differences }) =>
    differences.map(({ p_corrected: p }) => p)
  );
  assertEquals([a, b], [[0.04, null], [0.03, 0.9]]);
  assertEquals(
    correctedTogether([pairs[0]])[0].differences.map(isBeyondChance),
    [true, false],
  );
});

Deno.test("toldApart() says who is better in what, and who cannot be told apart", () => {
  const pair = (second: string, ...differences: Difference[]) => ({
    first: "a",
    second,
    differences: differences.map((found) => ({ ...found, p_corrected: found.p })),
  });
  const [dice, hd95] = [difference("dice", 0.0881, 0.01), difference("hd95_px", 12.34, 0.02)];
  const chance = difference("iou", 0.1, 0.05);
  assertEquals(toldApart([pair("b", dice, chance)]), [
    "a and b differ beyond chance: a is better in Dice (+0.088); nothing else can be told apart.",
  ]);
  assertEquals(toldApart([pair("b", dice, difference("recall", 0.5, 0.001), hd95)]), [
    "a and b differ beyond chance: a is better in Dice (+0.088) and recall (+0.500); b is better " +
    "in HD95 (+12.3 px).",
  ]);
  assertEquals(toldApart([pair("b", chance), pair("c", hd95), pair("d", chance)]), [
    "a and c differ beyond chance: c is better in HD95 (+12.3 px).",
    "a cannot be told apart from b or d: no measure differs beyond chance.",
  ]);
});

/** Another model on the same images. */
const OTHER = CASES.map(({ result: { image } }, index) =>
  index < 3
    ? measured(image, boxes("2 2 8 8"), boxes(`2 2 4 ${index + 3}`, "15 15 2 2"))
    : measured(image, boxes(), boxes("1 1 1 1"))
);
/** The truth of the second is also that of the first. */
const FIRST = OTHER.map(({ result }, index) =>
  index < 3 ? measured(result.image, boxes("2 2 8 8"), boxes("2 2 8 7")) : CASES[index]
);

Deno.test("evaluate --baseline and compare give one answer, whatever the order of the images", () => {
  const evaluation = (cases: typeof FIRST, against?: typeof FIRST) =>
    resultsOf({
      evaluated: { model: MODEL, cases },
      against: against && { model: MODEL, cases: against },
      data: { part: "test", split: null, trained_on: 0 },
      settings: { threshold: 0.5, size: "original" },
      bootstrap: OPTIONS,
      warnings: [],
    });
  const record = (name: string, cases: typeof FIRST): RunRecord => ({
    name,
    config: { epochs: 1 },
    history: [],
    validationImages: [],
    evaluation: evaluation(cases),
  });
  const { against } = evaluation(FIRST, OTHER);
  const compared = compareRuns(
    [record("a", FIRST.toReversed()), record("b", [...OTHER.slice(2), ...OTHER.slice(0, 2)])],
    OPTIONS,
  );
  assertEquals(compared.differences[0].differences, against!.differences);
  const reversed = [FIRST, OTHER].map((cases) => cases.map(({ result }) => result).toReversed());
  assertEquals(
    differencesOf(reversed[0], reversed[1], OPTIONS).map(({ p, difference }) => [p, difference]),
    against!.differences.map(({ p, difference }) => [p, difference]),
  );
  // Five images can show nothing.
  assertEquals(compared.verdict, [
    "a cannot be told apart from b: no measure differs beyond chance.",
  ]);
  const flipped = record("c", OTHER);
  const settings = { ...flipped.evaluation!.settings, tta: "flip" as const };
  const unlike = compareRuns(
    [record("a", FIRST), { ...flipped, evaluation: { ...flipped.evaluation!, settings } }],
    OPTIONS,
  );
  assertEquals(unlike.differences, []);
  assert(unlike.warnings.some((words) => words.endsWith("evaluated with different flips")));
  assert(unlike.verdict[0].startsWith("Nothing can be told apart"));
});

Deno.test("a measure of many images that all gain is beyond chance, one of few is not", () => {
  const dicesOf = (count: number): CaseResult[] =>
    Array.from({ length: count }, (_, i) => ({
      ...CASES[0].result,
      image: `${i}.png`,
      dice: (i % 7) / 10 + 0.2,
    }));
  const worse = (cases: CaseResult[]) =>
    cases.map((result) => ({ ...result, dice: result.dice! - 0.1 }));
  const diceOf = (count: number) =>
    correctedTogether([
      { differences: differencesOf(dicesOf(count), worse(dicesOf(count)), OPTIONS) },
    ])[0].differences[0];
  assert(isBeyondChance(diceOf(20)));
  assert(!isBeyondChance(diceOf(4)));
  assertAlmostEquals(diceOf(4).p!, 1 / 8, 1e-12);
});
