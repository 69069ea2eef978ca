import { assert, assertEquals } from "@std/assert";
import { chooseCases } from "../../lib/evaluate/chosen_cases.ts";
import type { CaseResult } from "../../lib/evaluate/results.ts";

function lesion(dice: number, hd95_px = 5): CaseResult {
  return { image: `${dice} ${hd95_px}`, kind: "lesion", dice, hd95_px } as CaseResult;
}

function normal(predicted_px: number): CaseResult {
  return {
    image: `normal ${predicted_px}`,
    kind: "lesion_free",
    dice: null,
    hd95_px: null,
    predicted_px,
  } as CaseResult;
}

const dices = (cases: readonly CaseResult[]) => cases.map(({ dice }) => dice);

Deno.test("chooseCases() takes 12 worst, 6 around the median, 6 best", () => {
  const cases = Array.from({ length: 101 }, (_, k) => lesion(((k * 37) % 101) / 100));
  const { worst, middle, best, falseAlarms } = chooseCases(cases);
  assertEquals(dices(worst), Array.from({ length: 12 }, (_, k) => k / 100));
  assertEquals(dices(middle), [0.48, 0.49, 0.5, 0.51, 0.52, 0.53]);
  assertEquals(dices(best), [1, 0.99, 0.98, 0.97, 0.96, 0.95]);
  assertEquals(falseAlarms, []);
});

/** Cases of known rank in another order; every two have the same Dice, so that the name decides. */
function rankedCases(count: number): CaseResult[] {
  const cases = Array.from({ length: count }, (_, rank): CaseResult => ({
    image: String(rank).padStart(5, "0"),
    kind: "lesion",
    dice: Math.floor(rank / 2) / count,
    hd95_px: 5,
  } as CaseResult));
  return cases.sort((a, b) => a.image.at(-1)!.localeCompare(b.image.at(-1)!));
}

const ranksOf = (cases: readonly CaseResult[]) => cases.map(({ image }) => Number(image));

Deno.test("the worst, middle and best cases are what they are called, from 1 case to 10,000", () => {
  const counts = [
    ...Array.from({ length: 200 }, (_, k) => k + 1),
    ...[999, 1000, 4321, 9999, 10_000],
  ];
  for (const count of counts) {
    const chosen = chooseCases(rankedCases(count));
    const [worst, middle, best] = [chosen.worst, chosen.middle, chosen.best].map(ranksOf);
    const said = `${count}: ${worst} | ${middle} | ${best}`;
    // The worst are the lowest ranks, the best the highest, best first.
    assertEquals(worst, worst.map((_, k) => k), said);
    assertEquals(best, best.map((_, k) => count - 1 - k), said);
    // The middle is a block with the median in it; its distances to both ends are equal, or one
    // apart if its parity is another.
    assertEquals(middle, middle.map((_, k) => middle[0] + k), said);
    const [below, above] = middle.length === 0
      ? [worst.length, best.length]
      : [middle[0], count - 1 - middle.at(-1)!];
    assert(below === above || below === above + 1, said);
    assert(below <= count / 2 && above <= count / 2, said);
    // No case is in two lists, and none of the ends is beyond the median.
    assert(worst.length <= below && best.length <= above, said);
    const shown = worst.length + middle.length + best.length;
    if (count <= 24) assertEquals(shown, count, said);
    if (count >= 30) assertEquals([worst.length, middle.length, best.length], [12, 6, 6], said);
    assert(middle.length > 0 || count === 2, said);
  }
});

Deno.test("chooseCases() takes about a quarter of a few for the middle, and both sides of it", () => {
  const counts = [0, 1, 2, 3, 4, 10, 17, 23, 24, 25].map((count) => {
    const chosen = chooseCases(Array.from({ length: count }, (_, k) => lesion(k / 40)));
    return [chosen.worst.length, chosen.middle.length, chosen.best.length];
  });
  assertEquals(counts, [
    [0, 0, 0],
    [0, 1, 0],
    [1, 0, 1],
    [1, 1, 1],
    [1, 2, 1],
    [4, 2, 4],
    [6, 5, 6],
    [8, 7, 8],
    [9, 6, 9],
    [10, 6, 6],
  ]);
});

Deno.test("chooseCases() lets the name decide among equals", () => {
  const named = (image: string, { image: _, ...figures }: CaseResult): CaseResult => ({
    image,
    ...figures,
  });
  const shuffled = ["c", "a", "d", "b"];
  const { worst, middle, best } = chooseCases(shuffled.map((name) => named(name, lesion(0.5))));
  assertEquals([...worst, ...middle, ...best].map(({ image }) => image), ["a", "b", "c", "d"]);
  const { falseAlarms } = chooseCases(shuffled.map((name) => named(name, normal(7))));
  assertEquals(falseAlarms.map(({ image }) => image), ["a", "b", "c", "d"]);
});

Deno.test("chooseCases() ranks missed lesions by distance, and false alarms by area", () => {
  const { worst, middle, best } = chooseCases([lesion(0.5), lesion(0, 20), lesion(0, 90)]);
  const order = [...worst, ...middle, ...best].map(({ image }) => image);
  assertEquals(order, ["0 90", "0 20", "0.5 5"]);
  const { falseAlarms } = chooseCases([3, 0, 50, 7, 8, 9, 10, 11].map(normal));
  assertEquals(falseAlarms.map(({ predicted_px }) => predicted_px), [50, 11, 10, 9, 8, 7]);
});

Deno.test("chooseCases() takes for false alarms lesion-free images with something predicted, and no others", () => {
  const { falseAlarms } = chooseCases([{ ...lesion(0.5), predicted_px: 40 }, normal(0), normal(3)]);
  assertEquals(falseAlarms.map(({ image }) => image), ["normal 3"]);
});
