/**
 * Reports without a run: synthetic figures of any number of cases, with hostile file names.
 *
 * @module
 */
import { RandomStream } from "../../lib/core/random.ts";
import { RESEARCH_ONLY } from "../../lib/core/version.ts";
import { DEFAULT_BOOTSTRAP } from "../../lib/evaluate/bootstrap.ts";
import { measureCase, type MeasuredCase } from "../../lib/evaluate/case.ts";
import { type EvaluationResults } from "../../lib/evaluate/results.ts";
import { figuresOf } from "../../lib/evaluate/summary.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { outlinePath } from "../../lib/pictures/outline_path.ts";
import type { EpochRecord } from "../../lib/report/curves.ts";
import type { GalleryCase, ReportData } from "../../lib/report/page/report_data.ts";

/** Text that breaks out of text, of quoted attributes and of a script, and is invalid in XML. */
export const HOSTILE =
  `</script><img src=x onerror="alert(1)">' onload='alert(2)' & "quoted" \u0000.png`;

/** A history in which the validation loss is lowest after half of the epochs. */
export function madeUpHistory(epochs: number): EpochRecord[] {
  return Array.from({ length: epochs }, (_, index) => ({
    epoch: index + 1,
    trainLoss: 1.4 / Math.sqrt(index + 1),
    valLoss: 0.5 + 0.7 * Math.abs(index + 1 - epochs / 2) / epochs,
    valDice: 0.8 - 0.6 / (index + 1),
    valIou: 0.7 - 0.6 / (index + 1),
    learningRate: 1e-3 * 0.9 ** index,
  }));
}

const SIDE = 24;

/** A true disc, and a predicted disc beside it. */
function disc(x: number, radius: number) {
  const pixels = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => {
    const inside = Math.hypot(i % SIDE - x, Math.floor(i / SIDE) - SIDE / 2) < radius;
    return inside ? 255 : 0;
  });
  return { width: SIDE, height: SIDE, pixels };
}

function measured(index: number): MeasuredCase {
  const random = new RandomStream(0, "report", index);
  const isNormal = index % 10 === 9;
  const truth = disc(10, isNormal ? 0 : 2 + 8 * random.uniform());
  const predicted = disc(10 + 10 * random.uniform() ** 2, 2 + 8 * random.uniform());
  const logits = Float32Array.from(
    predicted.pixels,
    (value) => (value > 0 ? 4 : -4) * random.uniform(),
  );
  const identity = {
    image: `${index} ${HOSTILE}`,
    class: index % 3 === 0 ? "malignant" : "benign",
    group: null,
    resized_masks: 0,
  };
  return measureCase(identity, truth, predicted, logits);
}

/** A whole evaluation. */
export function madeUpEvaluation(cases: number): EvaluationResults {
  // Measuring takes most of the time, so cases repeat beyond 300.
  const some = Array.from({ length: Math.min(cases, 300) }, (_, index) => measured(index));
  const all = Array.from({ length: cases }, (_, index) => some[index % some.length]);
  const lesionFree = all.filter(({ result }) => result.kind === "lesion_free").length;
  return {
    format: 2,
    notice: RESEARCH_ONLY,
    model: {
      file: `runs/${HOSTILE}/best.safetensors`,
      sha256: "0".repeat(64),
      run: HOSTILE,
      epoch: 6,
      network_width: SIDE,
      network_height: SIDE,
    },
    data: {
      part: "validation",
      split: null,
      images: cases,
      lesion_images: cases - lesionFree,
      lesion_free_images: lesionFree,
      groups: null,
      trained_on: 0,
    },
    settings: {
      threshold: 0.5,
      size: { width: SIDE, height: SIDE },
      bootstrap: { ...DEFAULT_BOOTSTRAP, unit: "image" },
    },
    warnings: [HOSTILE],
    // A few resamples suffice here.
    ...figuresOf(all, { ...DEFAULT_BOOTSTRAP, resamples: 20 }),
    cases: all.map(({ result }) => result),
    against: null,
  };
}

/** A complete report. Pictures are `side` px wide and hold noise, which compresses badly. */
export function madeUpReport(cases: number, side = SIDE): ReportData {
  const random = new RandomStream(1, "report");
  const noise = encodeGrey({
    width: side,
    height: side,
    pixels: Uint8Array.from({ length: side * side }, () => random.integerBelow(256)),
  }).toBase64();
  const truth = outlinePath(disc(10, 6));
  const predicted = outlinePath(disc(13, 7));
  const picture = { width: SIDE, height: SIDE, png: noise, truth, predicted };
  const some = (count: number): GalleryCase[] =>
    Array.from({ length: count }, (_, k) => ({
      name: `${k} ${HOSTILE}`,
      figures: `Dice 0.${k}`,
      ...(k > 0 && { picture }),
    }));
  const images = Array.from({ length: 6 }, () => ({ name: HOSTILE, png: noise, truth }));
  return {
    run: HOSTILE,
    version: "1.2.3",
    begun: "2026-11-26T17:31:00.000Z",
    ended: "2026-11-26T17:40:00.000Z",
    command: `deno task train --name ${HOSTILE}`,
    state: "finished",
    epoch: 12,
    epochs: 12,
    history: madeUpHistory(12),
    best: { epoch: 12, dice: 0.75 },
    parts: [{ name: "train", images: 40 }, { name: "validation", images: cases }],
    config: [["images", HOSTILE]],
    dataset: { rows: [["masks", HOSTILE]], warnings: [HOSTILE] },
    timings: madeUpHistory(12).map(({ epoch }) => ({
      epoch,
      trainSeconds: 20 + epoch,
      valSeconds: 3,
      imagesPerSecond: 21,
    })),
    manifest: [{ title: HOSTILE, columns: [HOSTILE], rows: [[HOSTILE]] }],
    results: {
      source: HOSTILE,
      evaluation: madeUpEvaluation(cases),
      gallery: [
        { title: "The 12 worst", cases: some(12) },
        { title: "The 6 in the middle", cases: some(6) },
        { title: "The 6 best", cases: some(6) },
      ],
    },
    strip: {
      width: SIDE,
      height: SIDE,
      images,
      epochs: [1, 2, 3, 5, 8].map((epoch) => ({ epoch, predicted: images.map(() => predicted) })),
    },
    augmented: { width: side, height: side, png: noise },
    next: [
      { saw: HOSTILE, todo: "Do this:", command: `deno task predict ${HOSTILE}` },
      { saw: "Nothing else.", todo: "Rest." },
    ],
  };
}
