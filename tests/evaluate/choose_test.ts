/** What the validation images choose, on answers whose best figures are known. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Chooser } from "../../lib/evaluate/choose.ts";

const SIZE = { width: 100, height: 20 };
const PIXELS = SIZE.width * SIZE.height;
const logit = (p: number) => Math.log(p / (1 - p));

/** A map with a value for each row of pixels, from a list of rows and their values. */
function rows(values: Readonly<Record<number, number>>, otherwise: number): Float32Array {
  return Float32Array.from(
    { length: PIXELS },
    (_, index) => values[Math.floor(index / SIZE.width)] ?? otherwise,
  );
}

/** The truth is row 2. */
const TRUTH = Uint8Array.from(rows({ 2: 1 }, 0));

Deno.test("the threshold with the best Dice is chosen for each kind, and the best kind", () => {
  const chooser = new Chooser();
  // Row 5 is as probable as 0.62: it takes a threshold of 0.65, which loses a tenth of row 2.
  const none = rows({ 2: logit(0.9), 5: logit(0.62) }, -9);
  none.fill(logit(0.3), 200, 210);
  // All thresholds are alike where the answer is sure: the one in the middle is taken.
  const flip = rows({ 2: 9 }, -9);
  const flips = rows({ 5: 9 }, -9);
  chooser.add(SIZE, TRUTH, { none, flip, flips });
  const { images, tta, modes } = chooser.choose()!;
  assertEquals([images, tta], [1, "flip"]);
  assertEquals(modes.none, { threshold: 0.65, min_area: 0, dice: 180 / 190 });
  assertEquals(modes.flip, { threshold: 0.5, min_area: 0, dice: 1 });
  assertEquals(modes.flips.dice < 0.1, true);
});

Deno.test("equal kinds leave the cheapest, and small lesions that are false are left out", () => {
  const chooser = new Chooser();
  // Three single pixels of 2000, as sure as the lesion of 100.
  const answer = rows({ 2: 9 }, -9);
  for (const index of [600, 810, 1230]) answer[index] = 9;
  const modes = { none: answer, flip: answer, flips: answer };
  chooser.add(SIZE, TRUTH, modes);
  const choice = chooser.choose()!;
  assertEquals(choice.tta, "none");
  // 0.001 of 2000 px are 2 px.
  assertEquals(choice.modes.none, { threshold: 0.5, min_area: 0.001, dice: 1 });
});

Deno.test("images without a lesion decide among equals, and choose nothing alone", () => {
  const chooser = new Chooser();
  const empty = new Uint8Array(PIXELS);
  const alarm = rows({ 2: logit(0.72) }, -9);
  chooser.add(SIZE, empty, { none: alarm, flip: alarm, flips: alarm });
  assertEquals(chooser.choose(), undefined);
  const sure = rows({ 2: 9 }, -9);
  chooser.add(SIZE, TRUTH, { none: sure, flip: sure, flips: sure });
  const { threshold, dice } = chooser.choose()!.modes.none;
  assertAlmostEquals(threshold, 0.75, 1e-12);
  assertEquals(dice, 1);
});
