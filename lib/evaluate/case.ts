/**
 * Measures one image: its true mask against its predicted mask.
 *
 * When a lesion is there and nothing is predicted, each measure has its worst value: overlaps are
 * 0, distances are the image's diagonal. No image with a lesion is left out of a mean.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";
import {
  areaErrorOf,
  countOverlap,
  diceOf,
  iouOf,
  precisionOf,
  recallOf,
} from "../image/overlap.ts";
import { countLesions } from "./lesions.ts";
import { type PixelTally, tallyPixels } from "./pixel_tally.ts";
import type { CaseResult, SizeName, SizeSummary } from "./results.ts";
import { surfaceDistances } from "./surface.ts";

/** What is known of an image besides its pixels. */
export type CaseIdentity = Pick<CaseResult, "image" | "class" | "group" | "resized_masks">;

/** A measured image, with the pixel counts for figures over many images. */
export interface MeasuredCase {
  readonly result: CaseResult;
  readonly tally: PixelTally;
}

/**
 * The size groups. The bounds cut the 452 lesion images of BUSI into about thirds: 31 %, 34 %, 35
 * %.
 */
export const SIZE_GROUPS: readonly Pick<SizeSummary, "name" | "from" | "below">[] = [
  { name: "small", from: 0, below: 0.03 },
  { name: "medium", from: 0.03, below: 0.1 },
  { name: "large", from: 0.1, below: null },
];

/**
 * Measures an image. The masks have one size; pixels other than 0 are inside. `predicted` was made
 * from `logits` `[height, width]`.
 */
export function measureCase(
  identity: CaseIdentity,
  truth: GreyImage,
  predicted: GreyImage,
  logits: Float32Array,
): MeasuredCase {
  const { width, height } = truth;
  const counts = countOverlap(truth, predicted);
  const isLesion = counts.truth > 0;
  const areaError = areaErrorOf(counts);
  const forLesion = (value: number) => isLesion ? value : null;
  const diagonal = Math.hypot(width, height);
  const distances = surfaceDistances(truth, predicted) ?? { hd95: diagonal, assd: diagonal };
  const result: CaseResult = {
    image: identity.image,
    kind: isLesion ? "lesion" : "lesion_free",
    class: identity.class,
    group: identity.group,
    size_group: isLesion ? sizeGroupOf(counts.truth / (width * height)) : null,
    width,
    height,
    truth_px: counts.truth,
    predicted_px: counts.predicted,
    intersection_px: counts.intersection,
    area_error_px: counts.predicted - counts.truth,
    area_error: areaError,
    abs_area_error: areaError === null ? null : Math.abs(areaError),
    dice: forLesion(diceOf(counts)),
    iou: forLesion(iouOf(counts)),
    precision: forLesion(precisionOf(counts) ?? 0),
    recall: recallOf(counts),
    hd95_px: forLesion(distances.hd95),
    assd_px: forLesion(distances.assd),
    lesions: countLesions(truth, predicted),
    resized_masks: identity.resized_masks,
  };
  return { result, tally: tallyPixels(logits, truth.pixels) };
}

function sizeGroupOf(share: number): SizeName {
  return SIZE_GROUPS.find(({ below }) => below === null || share < below)!.name;
}
