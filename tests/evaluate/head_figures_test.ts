import { assert, assertEquals } from "@std/assert";
import { DEFAULT_BOOTSTRAP } from "../../lib/evaluate/bootstrap.ts";
import { atSize, headFigures, shareText } from "../../lib/evaluate/head_figures.ts";
import { withRenewedShares } from "../../lib/evaluate/renewed_shares.ts";
import { resultsOf } from "../../lib/evaluate/results_of.ts";
import { boxes, CASES, measured, MODEL } from "../support/measured_cases.ts";

const OPTIONS = { ...DEFAULT_BOOTSTRAP, resamples: 50 };

function results(cases: typeof CASES) {
  return resultsOf({
    evaluated: { model: MODEL, cases },
    data: { part: "test", split: null, trained_on: 0 },
    settings: { threshold: 0.5, size: "original" },
    bootstrap: OPTIONS,
    warnings: [],
  });
}

const words = (cases: typeof CASES) =>
  headFigures(results(cases)).map(({ name, value, detail, interval }) =>
    [name, value, detail, interval].join(" | ")
  );

Deno.test("headFigures() says what was found, what is false, and how well it fits, with intervals", () => {
  const found = words(CASES);
  // Four lesions in three images; one of these has two, which are not independent.
  assertEquals(found[0], "Lesions found | 2 of 4 | 50 % | 95 % interval 12 to 88 %");
  assertEquals(found[1].split(" | ").slice(0, 3), [
    "False marks",
    "1",
    "0.33 per image with a lesion",
  ]);
  assertEquals(
    found[2],
    "False alarms | 1 of 2 | lesion-free images, 50 % | 95 % interval 9 to 91 %",
  );
  assertEquals(found.slice(3).map((figure) => figure.split(" | ").slice(0, 3)), [
    ["Median Dice", "0.615", "of 3 images with a lesion"],
    ["Mean Dice", "0.516", "of 3 images with a lesion"],
  ]);
});

Deno.test("headFigures() has honest intervals where all is right, or all is wrong", () => {
  const box = boxes("2 2 8 8");
  const three = [box, box, box];
  const right = words(three.map((truth) => measured("benign", truth, truth)));
  assertEquals(right, [
    "Lesions found | 3 of 3 | 100 % | 95 % interval 44 to 100 %",
    "False marks | 0 | 0.00 per image with a lesion | ",
    "False alarms | - | no lesion-free image | ",
    "Median Dice | 1.000 | of 3 images with a lesion | ",
    "Mean Dice | 1.000 | of 3 images with a lesion | ",
  ]);
  const alarms = words(three.map((mark) => measured("normal", boxes(), mark)));
  assertEquals(alarms, [
    "False alarms | 3 of 3 | lesion-free images, 100 % | 95 % interval 44 to 100 %",
  ]);
  assertEquals(words([measured("normal", boxes(), boxes())]), [
    "False alarms | 0 of 1 | lesion-free image, 0 % | 95 % interval 0 to 79 %",
  ]);
});

Deno.test("withRenewedShares() replaces intervals without a width that earlier versions wrote", () => {
  const cases = [...CASES, measured("normal", boxes(), boxes())];
  const now = results(cases);
  const point = { value: 1, low: 1, high: 1 };
  const shares = {
    sensitivity: point,
    precision: point,
    strict_sensitivity: point,
    strict_precision: point,
  };
  const old = <Kind extends typeof now.overall>(summary: Kind): Kind => ({
    ...summary,
    detection: { ...summary.detection, ...shares },
  });
  const before = {
    ...now,
    overall: old(now.overall),
    by_class: now.by_class.map(old),
    by_size: now.by_size.map(old),
    lesion_free: { ...now.lesion_free, false_alarm_rate: point },
  };
  assertEquals(withRenewedShares(before), now);
});

Deno.test("shareText() says 0 % and 100 % of nothing else", () => {
  assertEquals([0, 0.5, 0.764, 1].map(shareText), ["0 %", "50 %", "76 %", "100 %"]);
  for (const share of [0.004, 0.0004, 1e-5, 0.9961, 0.9996, 0.99999]) {
    const text = shareText(share);
    assert(!/^(0|100)(\.0+)? %$/.test(text), `${share}: ${text}`);
  }
  assertEquals(atSize("original"), "");
  assertEquals(atSize({ width: 128, height: 96 }), " at 128x96");
});
