import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { DEFAULT_BOOTSTRAP } from "../../lib/evaluate/bootstrap.ts";
import { differencesOf } from "../../lib/evaluate/difference.ts";
import { figuresOf } from "../../lib/evaluate/summary.ts";
import { CASES } from "../support/measured_cases.ts";

const OPTIONS = { ...DEFAULT_BOOTSTRAP, resamples: 200 };

Deno.test("measureCase() gives a missed lesion the worst value of each measure", () => {
  const { result } = CASES[1];
  assertEquals(result.kind, "lesion");
  assertEquals([result.dice, result.iou, result.precision, result.recall], [0, 0, 0, 0]);
  assertEquals([result.hd95_px, result.assd_px], [Math.hypot(20, 20), Math.hypot(20, 20)]);
  assertEquals([result.area_error_px, result.area_error, result.abs_area_error], [-9, -1, 1]);
  assertEquals([result.lesions.found, result.lesions.missed], [0, 1]);
  assertEquals(result.size_group, "small");
});

Deno.test("measureCase() gives a normal areas and false lesions, and no other figure", () => {
  const { result } = CASES[4];
  assertEquals([result.kind, result.size_group], ["normal", null]);
  assertEquals([result.predicted_px, result.lesions.false], [5, 2]);
  const { dice, iou, precision, recall, hd95_px, assd_px, area_error, abs_area_error } = result;
  for (
    const figure of [dice, iou, precision, recall, hd95_px, assd_px, area_error, abs_area_error]
  ) {
    assertEquals(figure, null);
  }
});

Deno.test("figuresOf() averages over the images with a lesion, misses among them, and normals apart", () => {
  const { overall, normals } = figuresOf(CASES, OPTIONS);
  const dice = [2 * 56 / 120, 0, 2 * 16 / (32 + 20)];
  assertEquals([overall.cases, overall.nothing_predicted], [3, 1]);
  assertAlmostEquals(overall.per_case.dice.mean.value!, (dice[0] + dice[1] + dice[2]) / 3, 1e-12);
  assertAlmostEquals(overall.per_case.dice.median.value!, dice[2], 1e-12);
  assertAlmostEquals(overall.pooled.dice.value!, 2 * (56 + 16) / (64 + 9 + 32 + 56 + 20), 1e-12);
  assertAlmostEquals(overall.per_case.precision.mean.value!, (1 + 0 + 0.8) / 3, 1e-12);
  const { truth, found, missed, sensitivity, precision, false: wrong } = overall.detection;
  assertEquals([truth, found, missed, wrong], [4, 2, 2, 1]);
  assertEquals([sensitivity.value, precision.value], [2 / 4, 2 / 3]);
  assert(sensitivity.low! < 0.5 && sensitivity.high! > 0.5);
  assertEquals([normals.cases, normals.false_alarms, normals.false_lesions], [2, 1, 2]);
  assertEquals(normals.false_alarm_rate.value, 0.5);
  assertEquals(normals.mean_area_share, 5 / 400 / 2);
});

Deno.test("figuresOf() sums up classes and sizes, normals of a class apart", () => {
  const { by_class, by_size } = figuresOf(CASES, OPTIONS);
  assertEquals(
    by_class.map(({ name, cases, normals }) => [name, cases, normals]),
    [["benign", 2, 0], ["malignant", 1, 0], ["normal", 0, 2]],
  );
  assertEquals(by_class[2].per_case.dice.mean.value, null);
  // 9, 32 and 64 of 400 pixels: 2 %, 8 %, 16 %.
  assertEquals(by_size.map(({ name, cases }) => [name, cases]), [
    ["small", 1],
    ["medium", 1],
    ["large", 1],
  ]);
});

Deno.test("figuresOf() sweeps thresholds: at each, what prediction would give there", () => {
  const { thresholds, overall, normals } = figuresOf(CASES, OPTIONS);
  assertEquals(thresholds.map(({ threshold }) => threshold)[9], 0.5);
  const half = thresholds[9];
  assertAlmostEquals(half.dice!, overall.per_case.dice.mean.value!, 1e-12);
  assertAlmostEquals(half.pooled_dice!, overall.pooled.dice.value!, 1e-12);
  assertEquals([half.nothing_predicted, half.false_alarms], [1, normals.false_alarms]);
  // All logits are below that of 0.75, and -3 is below that of 0.05.
  assertEquals([thresholds[18].dice, thresholds[18].nothing_predicted], [0, 3]);
  assertEquals(thresholds[0].dice, half.dice);
});

Deno.test("figuresOf() of normals alone has no means, and of nothing no figures", () => {
  const alone = figuresOf(CASES.slice(3), OPTIONS);
  assertEquals(alone.overall.cases, 0);
  assertEquals(alone.overall.pooled.precision.value, null);
  assertEquals(alone.thresholds[9].dice, null);
  assertEquals(alone.normals.cases, 2);
  const nothing = figuresOf([], OPTIONS);
  assertEquals([nothing.calibration.ece, nothing.normals.false_alarm_rate.value], [null, null]);
  // What JSON cannot hold would come back changed.
  assertEquals(JSON.parse(JSON.stringify(nothing)), nothing);
});

Deno.test("differencesOf() of a model and itself is 0 without doubt", () => {
  const results = CASES.map(({ result }) => result);
  for (
    const { measure, difference, better, worse, equal } of differencesOf(results, results, OPTIONS)
  ) {
    assertEquals(difference, { value: 0, low: 0, high: 0 }, measure);
    if (better !== null) assertEquals([better, worse, equal], [0, 0, 3], measure);
  }
});

Deno.test("differencesOf() pairs the images: a constant gain is certain whatever the images' spread", () => {
  const first = CASES.map(({ result }) => result);
  const second = first.map((result) =>
    result.dice === null
      ? result
      : { ...result, dice: result.dice - 0.1, hd95_px: result.hd95_px! - 2 }
  );
  const found = differencesOf(first, second, OPTIONS);
  const dice = found.find(({ measure }) => measure === "dice")!;
  for (const value of Object.values(dice.difference)) assertAlmostEquals(value!, 0.1, 1e-12);
  assertEquals([dice.better, dice.worse, dice.equal], [3, 0, 0]);
  const hd95 = found.find(({ measure }) => measure === "hd95_px")!;
  assertAlmostEquals(hd95.difference.value!, 2, 1e-12);
  assertEquals([hd95.higher_is_better, hd95.better, hd95.worse], [false, 0, 3]);
});
