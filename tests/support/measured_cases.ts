/**
 * A few measured images with boxes as lesions, covering every kind of case, and their model.
 *
 * @module
 */
import { measureCase, type MeasuredCase } from "../../lib/evaluate/case.ts";
import type { EvaluatedModel } from "../../lib/evaluate/results.ts";
import type { GreyImage } from "../../lib/image/image.ts";
import type { Spacing } from "../../lib/image/spacing.ts";

/** The model that predicted the cases. */
export const MODEL: EvaluatedModel = {
  file: "runs/a/best.safetensors",
  sha256: "0".repeat(64),
  run: "a",
  epoch: 3,
  network_width: 64,
  network_height: 64,
};

const SIDE = 20;

/** A mask of 20 x 20 px with boxes, each "left top width height". */
export function boxes(...specifications: string[]): GreyImage {
  const pixels = new Uint8Array(SIDE * SIDE);
  for (const specification of specifications) {
    const [left, top, width, height] = specification.split(" ").map(Number);
    for (let y = top; y < top + height; y++) {
      pixels.fill(255, y * SIDE + left, y * SIDE + left + width);
    }
  }
  return { width: SIDE, height: SIDE, pixels };
}

/**
 * The probability is 0.73 inside the predicted mask, 0.05 outside. The class is the name's first
 * word. A spacing is that of the true mask.
 */
export function measured(
  image: string,
  shown: GreyImage,
  predicted: GreyImage,
  spacing?: Spacing,
): MeasuredCase {
  const [kind] = image.split(" ");
  const truth = { ...shown, ...(spacing && { spacing }) };
  const logits = Float32Array.from(predicted.pixels, (value) => value > 0 ? 1 : -3);
  const identity = { image, class: kind, group: null, resized_masks: 0 };
  return measureCase(identity, truth, predicted, logits);
}

const EMPTY = boxes();

/** Four cases whose pixels have a known size, and one whose have none. */
export const CASES_IN_MM: readonly MeasuredCase[] = [
  measured("benign 1", boxes("2 2 8 8"), boxes("2 2 8 7"), { x: 0.5, y: 0.25 }),
  measured("benign 2", boxes("5 5 3 3"), EMPTY, { x: 0.3, y: 0.4 }),
  measured("malignant 1", boxes("0 0 4 4"), boxes("0 0 4 4", "18 0 2 2"), { x: 2, y: 2 }),
  measured("malignant 2", boxes("1 1 4 4"), boxes("1 1 4 3")),
  measured("normal 1", EMPTY, boxes("1 1 2 2"), { x: 0.5, y: 1 }),
];

/**
 * A good one, a missed one, one of two found, a quiet lesion-free one, a false alarm in two places.
 */
export const CASES: readonly MeasuredCase[] = [
  measured("benign 1", boxes("2 2 8 8"), boxes("2 2 8 7")),
  measured("benign 2", boxes("5 5 3 3"), EMPTY),
  measured("malignant 1", boxes("0 0 4 4", "12 12 4 4"), boxes("0 0 4 4", "18 0 2 2")),
  measured("normal 1", EMPTY, EMPTY),
  measured("normal 2", EMPTY, boxes("1 1 2 2", "9 9 1 1")),
];
