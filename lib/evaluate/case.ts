/**
 * Measures one image: its true mask against its predicted mask.
 *
 * When a lesion is there and nothing is predicted, each measure has its worst value: overlaps are
 * 0, distances are the image's diagonal. No image with a lesion is left out of a mean.
 *
 * @module
 */
import type { GreyImage } from "../image/image.ts";
import { mmPerPxOf, pixelArea, type Spacing } from "../image/spacing.ts";
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
import type { CaseMillimetres, CaseResult, SizeName, SizeSummary } from "./results.ts";
import { type SurfaceDistances, surfaceDistances } from "./surface.ts";

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
 * from `logits` `[height, width]`. Where the true mask has a spacing there are measures in mm.
 */
export function measureCase(
  identity: CaseIdentity,
  truth: GreyImage,
  predicted: GreyImage,
  logits: Float32Array,
): MeasuredCase {
  const { width, height, spacing } = truth;
  const counts = countOverlap(truth, predicted);
  const isLesion = counts.truth > 0;
  const areaError = areaErrorOf(counts);
  const forLesion = (value: number) => isLesion ? value : null;
  const distances = distancesOf(truth, predicted);
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
    ...(spacing && {
      millimetres: millimetresOf(truth, predicted, { spacing, counts, distances }),
    }),
  };
  return { result, tally: tallyPixels(logits, truth.pixels) };
}

/** The distances of the outlines, with a spacing in mm. */
function distancesOf(truth: GreyImage, predicted: GreyImage, spacing?: Spacing): SurfaceDistances {
  const { x, y } = spacing ?? { x: 1, y: 1 };
  const diagonal = Math.hypot(truth.width * x, truth.height * y);
  return surfaceDistances(truth, predicted, spacing) ?? { hd95: diagonal, assd: diagonal };
}

/** The measures in mm; with square pixels, distances in px by one factor. */
function millimetresOf(
  truth: GreyImage,
  predicted: GreyImage,
  { spacing, counts, distances: { hd95, assd } }: {
    readonly spacing: Spacing;
    readonly counts: ReturnType<typeof countOverlap>;
    readonly distances: SurfaceDistances;
  },
): CaseMillimetres {
  const { x, y } = spacing;
  const inMm = x === y
    ? { hd95: hd95 * x, assd: assd * x }
    : distancesOf(truth, predicted, spacing);
  const area = pixelArea(spacing);
  const isLesion = counts.truth > 0;
  return {
    mm_per_px: mmPerPxOf(spacing),
    truth_mm2: counts.truth * area,
    predicted_mm2: counts.predicted * area,
    area_error_mm2: (counts.predicted - counts.truth) * area,
    hd95_mm: isLesion ? inMm.hd95 : null,
    assd_mm: isLesion ? inMm.assd : null,
  };
}

function sizeGroupOf(share: number): SizeName {
  return SIZE_GROUPS.find(({ below }) => below === null || share < below)!.name;
}
