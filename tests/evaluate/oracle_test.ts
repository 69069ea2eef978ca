/**
 * Every measure against what SciPy finds by the same definitions on 200 pairs of masks
 * (tests/golden/metrics.py).
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { calibrate } from "../../lib/evaluate/calibration.ts";
import { measureCase } from "../../lib/evaluate/case.ts";
import { countLesions } from "../../lib/evaluate/lesions.ts";
import { overlapAt, tallyPixels } from "../../lib/evaluate/pixel_tally.ts";
import type { LesionCounts } from "../../lib/evaluate/results.ts";
import { surfaceDistances } from "../../lib/evaluate/surface.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import { spacingOf } from "../../lib/image/spacing.ts";
import {
  areaErrorOf,
  countOverlap,
  diceOf,
  iouOf,
  precisionOf,
  recallOf,
} from "../../lib/image/overlap.ts";

interface MaskCase {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly truth: string;
  readonly predicted: string;
  readonly truth_px: number;
  readonly predicted_px: number;
  readonly intersection_px: number;
  readonly dice: number;
  readonly iou: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly area_error: number | null;
  readonly hd95: number | null;
  readonly assd: number | null;
  readonly mm_per_px: readonly [x: number, y: number];
  readonly hd95_mm: number | null;
  readonly assd_mm: number | null;
  readonly lesions: LesionCounts;
}

interface CalibrationCase {
  readonly name: string;
  readonly logits_64: string;
  readonly truth: string;
  readonly ece: number;
  readonly brier: number;
  readonly bins: readonly (readonly [number, number | null, number | null])[];
  readonly thresholds: readonly (readonly [number, number, number])[];
}

const GOLDEN: { cases: readonly MaskCase[]; calibrations: readonly CalibrationCase[] } = JSON.parse(
  Deno.readTextFileSync("tests/golden/metrics.json"),
);

/** A mask from its run lengths, the first of zeros. */
function maskOf(runs: string, width: number, height: number): GreyImage {
  const pixels = new Uint8Array(width * height);
  let at = 0;
  numbersOf(runs).forEach((length, index) => pixels.fill(index % 2 * 255, at, at += length));
  assertEquals(at, pixels.length);
  return { width, height, pixels };
}

function numbersOf(text: string): number[] {
  return text.split(" ").map(Number);
}

function pairOf({ truth, predicted, width, height }: MaskCase): [GreyImage, GreyImage] {
  return [maskOf(truth, width, height), maskOf(predicted, width, height)];
}

function near(
  actual: number | null | undefined,
  expected: number | null,
  bound: number,
  what: string,
) {
  if (expected === null) return assertEquals(actual ?? null, null, what);
  assert(
    typeof actual === "number" && Math.abs(actual - expected) <= bound,
    `${what}: ${actual}, expected ${expected}`,
  );
}

Deno.test("the golden file holds 200 pairs, empty and touching ones among them", () => {
  const { cases } = GOLDEN;
  assertEquals(cases.length, 200);
  const empty = cases.map((c) => [c.truth_px, c.predicted_px].filter((area) => area === 0).length);
  for (const count of [0, 1, 2]) assert(empty.includes(count));
  assert(cases.some(({ lesions }) => lesions.strict_found > 1 && lesions.missed > 1));
});

Deno.test("overlaps are SciPy's", () => {
  for (const expected of GOLDEN.cases) {
    const counts = countOverlap(...pairOf(expected));
    const { truth_px, predicted_px, intersection_px } = expected;
    assertEquals(
      counts,
      { truth: truth_px, predicted: predicted_px, intersection: intersection_px },
      expected.name,
    );
    near(diceOf(counts), expected.dice, 1e-9, `Dice of ${expected.name}`);
    near(iouOf(counts), expected.iou, 1e-9, `IoU of ${expected.name}`);
    near(precisionOf(counts), expected.precision, 1e-9, `precision of ${expected.name}`);
    near(recallOf(counts), expected.recall, 1e-9, `recall of ${expected.name}`);
    near(areaErrorOf(counts), expected.area_error, 1e-9, `area error of ${expected.name}`);
  }
});

Deno.test("surfaceDistances() gives SciPy's HD95 and average surface distance, in both orders", () => {
  for (const expected of GOLDEN.cases) {
    const [truth, predicted] = pairOf(expected);
    for (const found of [surfaceDistances(truth, predicted), surfaceDistances(predicted, truth)]) {
      near(found?.hd95, expected.hd95, 1e-6, `HD95 of ${expected.name}`);
      near(found?.assd, expected.assd, 1e-6, `surface distance of ${expected.name}`);
    }
  }
});

Deno.test("surfaceDistances() with a spacing gives SciPy's with a sampling", () => {
  for (const expected of GOLDEN.cases) {
    const [truth, predicted] = pairOf(expected);
    const spacing = spacingOf(expected.mm_per_px);
    const found = surfaceDistances(truth, predicted, spacing);
    near(found?.hd95, expected.hd95_mm, 1e-9, `HD95 of ${expected.name}, mm`);
    near(found?.assd, expected.assd_mm, 1e-9, `surface distance of ${expected.name}, mm`);
    // What an evaluation writes, with square pixels by one factor.
    const logits = new Float32Array(truth.pixels.length);
    const identity = { image: expected.name, class: null, group: null, resized_masks: 0 };
    const { result } = measureCase(identity, { ...truth, spacing }, predicted, logits);
    const { hd95_mm, assd_mm, truth_mm2, predicted_mm2, area_error_mm2 } = result.millimetres!;
    const isMeasured = truth.pixels.includes(255) && predicted.pixels.includes(255);
    if (isMeasured) near(hd95_mm, expected.hd95_mm, 1e-9, `HD95 of ${expected.name}, case`);
    if (isMeasured) near(assd_mm, expected.assd_mm, 1e-9, `ASSD of ${expected.name}, case`);
    const area = spacing.x * spacing.y;
    near(truth_mm2, expected.truth_px * area, 1e-9, expected.name);
    near(predicted_mm2, expected.predicted_px * area, 1e-9, expected.name);
    near(area_error_mm2, (expected.predicted_px - expected.truth_px) * area, 1e-9, expected.name);
  }
});

Deno.test("countLesions() finds, misses and invents what SciPy's parts say", () => {
  for (const expected of GOLDEN.cases) {
    assertEquals(countLesions(...pairOf(expected)), expected.lesions, expected.name);
  }
});

Deno.test("calibration and threshold counts are NumPy's", () => {
  for (const expected of GOLDEN.calibrations) {
    const logits = Float32Array.from(numbersOf(expected.logits_64), (value) => value / 64);
    const { pixels: truth } = maskOf(expected.truth, logits.length, 1);
    const tally = tallyPixels(logits, truth, expected.thresholds.map(([threshold]) => threshold));
    expected.thresholds.forEach(([threshold, predicted, intersection], k) => {
      const counts = overlapAt(tally, k);
      assertEquals(
        [counts.predicted, counts.intersection],
        [predicted, intersection],
        `${threshold}`,
      );
    });
    // In two halves: the sums of images are the sums of their pixels.
    const half = logits.length / 2;
    const halves = [0, half].map((from) =>
      tallyPixels(logits.subarray(from, from + half), truth.subarray(from, from + half))
    );
    const found = calibrate(halves);
    near(found.ece, expected.ece, 1e-9, `ECE of ${expected.name}`);
    near(found.brier, expected.brier, 1e-9, `Brier score of ${expected.name}`);
    expected.bins.forEach(([pixels, probability, share], k) => {
      assertEquals(found.bins[k].pixels, pixels, `bin ${k} of ${expected.name}`);
      near(found.bins[k].mean_probability, probability, 1e-9, `bin ${k} of ${expected.name}`);
      near(found.bins[k].lesion_share, share, 1e-9, `bin ${k} of ${expected.name}`);
      near(found.bins[k].from, k / 15, 1e-15, `bin ${k} begins`);
      near(found.bins[k].to, (k + 1) / 15, 1e-15, `bin ${k} ends`);
    });
  }
});
