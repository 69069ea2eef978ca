import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { DEFAULT_BOOTSTRAP } from "../../lib/evaluate/bootstrap.ts";
import { differencesOf } from "../../lib/evaluate/difference.ts";
import { figuresOf } from "../../lib/evaluate/summary.ts";
import { boxes, CASES, CASES_IN_MM, measured } from "../support/measured_cases.ts";

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

Deno.test("measureCase() gives a lesion-free image areas and false lesions, and no other figure", () => {
  const { result } = CASES[4];
  assertEquals([result.kind, result.size_group], ["lesion_free", null]);
  assertEquals([result.predicted_px, result.lesions.false], [5, 2]);
  const { dice, iou, precision, recall, hd95_px, assd_px, area_error, abs_area_error } = result;
  for (
    const figure of [dice, iou, precision, recall, hd95_px, assd_px, area_error, abs_area_error]
  ) {
    assertEquals(figure, null);
  }
});

Deno.test("measureCase() puts 3 % of the image into the medium group, and 10 % into the large one", () => {
  // Of 400 pixels.
  const groups = ["1 1", "11 1", "12 1", "13 3", "10 4"].map((size) => {
    const truth = boxes(`0 0 ${size}`);
    return measured("benign", truth, truth).result.size_group;
  });
  assertEquals(groups, ["small", "small", "medium", "medium", "large"]);
});

Deno.test("figuresOf() averages over the images with a lesion, misses among them, and lesion-free images apart", () => {
  const { overall, lesion_free } = figuresOf(CASES, OPTIONS);
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
  assertEquals([lesion_free.cases, lesion_free.false_alarms, lesion_free.false_lesions], [2, 1, 2]);
  assertEquals(lesion_free.false_alarm_rate.value, 0.5);
  assertEquals(lesion_free.mean_area_share, 5 / 400 / 2);
});

Deno.test("figuresOf() has spreads between cases, pooled figures, and figures lesion by lesion", () => {
  const { overall: { per_case, pooled, detection }, lesion_free } = figuresOf(CASES, OPTIONS);
  const recall = [56 / 64, 0, 16 / 32];
  const mean = (recall[0] + recall[1] + recall[2]) / 3;
  const squares = recall.map((value) => (value - mean) ** 2);
  assertAlmostEquals(
    per_case.recall.std!,
    Math.sqrt((squares[0] + squares[1] + squares[2]) / 2),
    1e-12,
  );
  const two = figuresOf(CASES.slice(0, 2), OPTIONS);
  assertAlmostEquals(two.overall.per_case.recall.std!, recall[0] / Math.SQRT2, 1e-12);
  assertEquals(figuresOf(CASES.slice(0, 1), OPTIONS).overall.per_case.recall.std, null);
  assertAlmostEquals(pooled.iou.value!, 72 / (105 + 76 - 72), 1e-12);
  assertAlmostEquals(pooled.precision.value!, 72 / 76, 1e-12);
  assertAlmostEquals(pooled.recall.value!, 72 / 105, 1e-12);
  assertAlmostEquals(detection.false_per_image.value!, 1 / 3, 1e-12);
  assertEquals(detection.strict_sensitivity.value, 2 / 4);
  assertAlmostEquals(detection.strict_precision.value!, 2 / 3, 1e-12);
  assertEquals(lesion_free.false_per_image.value, 1);
  // Nothing predicted at all is the worst precision, not none.
  assertEquals(figuresOf([CASES[1]], OPTIONS).overall.pooled.precision.value, 0);
});

Deno.test("measureCase() measures in mm along both directions", () => {
  const [good, missed, square, px, lesionFree] = CASES_IN_MM.map(({ result }) => result);
  // The last row is missing: a quarter of a millimetre, for 8 of 28 and of 26 outline pixels.
  const mm = good.millimetres!;
  assertEquals([mm.mm_per_px, mm.truth_mm2, mm.predicted_mm2], [[0.5, 0.25], 8, 7]);
  assertEquals([mm.area_error_mm2, mm.hd95_mm], [-1, 0.25]);
  assertEquals(good.hd95_px, 1);
  const diagonal = Math.hypot(20 * 0.3, 20 * 0.4);
  assertEquals([missed.millimetres!.hd95_mm, missed.millimetres!.assd_mm], [diagonal, diagonal]);
  assertEquals(square.millimetres!.mm_per_px, 2);
  assertEquals(square.millimetres!.assd_mm, square.assd_px! * 2);
  assertEquals("millimetres" in px, false);
  assertEquals(lesionFree.millimetres, {
    ...{ mm_per_px: [0.5, 1], truth_mm2: 0, predicted_mm2: 2, area_error_mm2: 2 },
    ...{ hd95_mm: null, assd_mm: null },
  });
});

Deno.test("figuresOf() sums up what is measured in mm, and changes nothing in px", () => {
  const { overall, by_class, by_size } = figuresOf(CASES_IN_MM, OPTIONS);
  const results = CASES_IN_MM.slice(0, 3).map(({ result }) => result.millimetres!);
  const inMm = overall.per_case_mm!;
  assertEquals([overall.cases, inMm.cases], [4, 3]);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value / 3, 0);
  assertAlmostEquals(inMm.hd95_mm.mean.value!, mean(results.map((mm) => mm.hd95_mm!)), 1e-12);
  assertAlmostEquals(inMm.assd_mm.mean.value!, mean(results.map((mm) => mm.assd_mm!)), 1e-12);
  assertAlmostEquals(
    inMm.area_error_mm2.mean.value!,
    mean(results.map((mm) => mm.area_error_mm2)),
    1e-12,
  );
  assert(inMm.hd95_mm.mean.low! < inMm.hd95_mm.mean.high! && inMm.hd95_mm.std! > 0);
  assertEquals(by_class.map(({ per_case_mm }) => per_case_mm?.cases), [2, 1, undefined]);
  const { per_case_mm: _inMm, ...inPx } = overall;
  const withoutSpacing = CASES_IN_MM.map(({ result: { millimetres: _mm, ...result }, tally }) => ({
    result,
    tally,
  }));
  const plain = figuresOf(withoutSpacing, OPTIONS);
  assertEquals(inPx, plain.overall);
  assertEquals(by_size.length, plain.by_size.length);
  assertEquals(JSON.stringify(plain).includes("_mm"), false);
});

Deno.test("figuresOf() sums up classes and sizes, lesion-free images of a class apart", () => {
  const { by_class, by_size } = figuresOf(CASES, OPTIONS);
  assertEquals(
    by_class.map(({ name, cases, lesion_free }) => [name, cases, lesion_free]),
    [["benign", 2, 0], ["malignant", 1, 0], ["normal", 0, 2]],
  );
  assertEquals(by_class[2].per_case.dice.mean.value, null);
  // 9, 32 and 64 of 400 pixels: 2 %, 8 %, 16 %.
  assertEquals(by_size.map(({ name, from, below, cases }) => [name, from, below, cases]), [
    ["small", 0, 0.03, 1],
    ["medium", 0.03, 0.1, 1],
    ["large", 0.1, null, 1],
  ]);
});

Deno.test("figuresOf() sweeps thresholds: at each, what prediction would give there", () => {
  const { thresholds, overall, lesion_free } = figuresOf(CASES, OPTIONS);
  assertEquals(thresholds.length, 19);
  assertEquals([0, 9, 18].map((k) => thresholds[k].threshold), [0.05, 0.5, 0.95]);
  const half = thresholds[9];
  assertAlmostEquals(half.dice!, overall.per_case.dice.mean.value!, 1e-12);
  assertAlmostEquals(half.pooled_dice!, overall.pooled.dice.value!, 1e-12);
  assertEquals([half.nothing_predicted, half.false_alarms], [1, lesion_free.false_alarms]);
  // All logits are below that of 0.75, and -3 is below that of 0.05.
  assertEquals([thresholds[18].dice, thresholds[18].nothing_predicted], [0, 3]);
  assertEquals(thresholds[0].dice, half.dice);
});

Deno.test("figuresOf() takes a single pixel for a lesion, and for a false alarm", () => {
  const pixel = boxes("3 3 1 1");
  const { overall, lesion_free, thresholds } = figuresOf([
    measured("benign", pixel, pixel),
    measured("normal", boxes(), pixel),
  ], OPTIONS);
  assertEquals([overall.cases, overall.nothing_predicted], [1, 0]);
  assertEquals([lesion_free.cases, lesion_free.false_alarms, lesion_free.false_lesions], [1, 1, 1]);
  assertEquals([thresholds[9].false_alarms, thresholds[9].nothing_predicted], [1, 0]);
  assertEquals([thresholds[9].dice, thresholds[9].precision, thresholds[9].recall], [1, 1, 1]);
});

Deno.test("figuresOf() of lesion-free images alone has no means, and of nothing no figures", () => {
  const alone = figuresOf(CASES.slice(3), OPTIONS);
  assertEquals(alone.overall.cases, 0);
  assertEquals(alone.overall.pooled.precision.value, null);
  assertEquals(alone.thresholds[9].dice, null);
  assertEquals(alone.lesion_free.cases, 2);
  const nothing = figuresOf([], OPTIONS);
  assertEquals([nothing.calibration.ece, nothing.lesion_free.false_alarm_rate.value], [null, null]);
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

Deno.test("differencesOf() compares the figures that figuresOf() gives, and knows which way is better", () => {
  const worse = CASES.map(({ result: { image } }, index) =>
    index < 3
      ? measured(image, boxes("2 2 8 8"), boxes(`2 2 4 ${index + 3}`, "15 15 2 2"))
      : measured(image, boxes(), boxes("1 1 1 1"))
  );
  const found = differencesOf(
    CASES.map(({ result }) => result),
    worse.map(({ result }) => result),
    OPTIONS,
  );
  const figures = [CASES, worse].map((cases) => {
    const { overall: { per_case, pooled, detection }, lesion_free } = figuresOf(cases, OPTIONS);
    return {
      dice: per_case.dice.mean.value,
      iou: per_case.iou.mean.value,
      precision: per_case.precision.mean.value,
      recall: per_case.recall.mean.value,
      hd95_px: per_case.hd95_px.mean.value,
      assd_px: per_case.assd_px.mean.value,
      abs_area_error: per_case.abs_area_error.mean.value,
      pooled_dice: pooled.dice.value,
      sensitivity: detection.sensitivity.value,
      false_per_image: detection.false_per_image.value,
      false_alarm_rate: lesion_free.false_alarm_rate.value,
    };
  });
  for (const [index, side] of (["first", "second"] as const).entries()) {
    const values = Object.fromEntries(found.map((difference) => [
      difference.measure,
      difference[side],
    ]));
    assertEquals(values, figures[index]);
  }
  const better = found.filter(({ higher_is_better }) => higher_is_better);
  assertEquals(
    better.map(({ measure }) => measure),
    ["dice", "iou", "precision", "recall", "pooled_dice", "sensitivity"],
  );
  const dice = found[0];
  assertEquals([dice.better, dice.worse, dice.equal], [2, 1, 0]);
});

Deno.test("differencesOf() refuses evaluations of different images", () => {
  const results = CASES.map(({ result }) => result);
  const [first, ...others] = results;
  const strangers = [
    [{ ...first, image: "another" }, ...others],
    [{ ...first, kind: "lesion_free" as const }, ...others],
    others,
    [...results, first],
  ];
  for (const second of strangers) {
    assertThrows(() => differencesOf(results, second, OPTIONS), RangeError);
    assertThrows(() => differencesOf(second, results, OPTIONS), RangeError);
  }
});
