import { assertEquals } from "@std/assert";
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

Deno.test("chooseCases() shows no case twice, however few there are", () => {
  for (let count = 0; count <= 40; count++) {
    const { worst, middle, best } = chooseCases(
      Array.from({ length: count }, (_, k) => lesion(k / 40)),
    );
    const shown = [...dices(worst), ...dices(middle), ...dices(best).reverse()];
    assertEquals(new Set(shown).size, Math.min(count, 24), String(count));
    assertEquals(shown, shown.toSorted((a, b) => a! - b!));
  }
});

Deno.test("chooseCases() takes half of a few for the worst and a quarter for the best", () => {
  const counts = [1, 2, 4, 10, 23, 24, 25].map((count) => {
    const chosen = chooseCases(Array.from({ length: count }, (_, k) => lesion(k / 40)));
    return [chosen.worst.length, chosen.middle.length, chosen.best.length];
  });
  assertEquals(counts, [
    [1, 0, 0],
    [1, 1, 0],
    [2, 1, 1],
    [5, 3, 2],
    [12, 6, 5],
    [12, 6, 6],
    [12, 6, 6],
  ]);
});

Deno.test("chooseCases() lets the name decide among equals", () => {
  const named = (image: string, { image: _, ...figures }: CaseResult): CaseResult => ({
    image,
    ...figures,
  });
  const shuffled = ["c", "a", "d", "b"];
  const { worst, best } = chooseCases(shuffled.map((name) => named(name, lesion(0.5))));
  assertEquals([...worst, ...best].map(({ image }) => image), ["a", "b", "d"]);
  const { falseAlarms } = chooseCases(shuffled.map((name) => named(name, normal(7))));
  assertEquals(falseAlarms.map(({ image }) => image), ["a", "b", "c", "d"]);
});

Deno.test("chooseCases() ranks missed lesions by distance, and false alarms by area", () => {
  const { worst } = chooseCases([lesion(0.5), lesion(0, 20), lesion(0, 90)]);
  assertEquals(worst.map(({ image }) => image), ["0 90", "0 20"]);
  const { falseAlarms } = chooseCases([3, 0, 50, 7, 8, 9, 10, 11].map(normal));
  assertEquals(falseAlarms.map(({ predicted_px }) => predicted_px), [50, 11, 10, 9, 8, 7]);
});

Deno.test("chooseCases() takes for false alarms lesion-free images with something predicted, and no others", () => {
  const { falseAlarms } = chooseCases([{ ...lesion(0.5), predicted_px: 40 }, normal(0), normal(3)]);
  assertEquals(falseAlarms.map(({ image }) => image), ["normal 3"]);
});
