/**
 * Predictions as COCO JSON ("instances" with scores) for pycocotools, CVAT, FiftyOne and others.
 * Lesions are polygons. A lesion with a hole is a run-length code, since COCO's polygons have no
 * holes.
 *
 * @module
 */
import { RESEARCH_ONLY, VERSION } from "../core/version.ts";
import { fillRings, signedArea } from "../image/contours.ts";
import { compressRuns, runLengths } from "../image/rle.ts";
import { boxOf, jsonByLines, type LesionEntry, type PredictionEntry } from "./entries.ts";

/** The only category. */
const CATEGORY = { id: 1, name: "lesion", supercategory: "finding" };

/**
 * The text of `coco.json`. Images and annotations are numbered from 1, in the order of the entries.
 */
export function cocoJson(images: readonly PredictionEntry[]): string {
  let annotation = 0;
  return jsonByLines({
    info: {
      description: `Lesions outlined by Sonoseg ${VERSION}. ${RESEARCH_ONLY}`,
      version: "1.0",
    },
    licenses: [],
    categories: [CATEGORY],
    images: images.map(({ input, width, height }, index) => ({
      id: index + 1,
      file_name: input,
      width,
      height,
    })),
    annotations: images.flatMap((image, index) =>
      image.lesions.map((lesion) => ({
        id: ++annotation,
        image_id: index + 1,
        category_id: CATEGORY.id,
        iscrowd: 0,
        area: lesion.area_px,
        bbox: lesion.box_px,
        score: lesion.mean_probability,
        segmentation: segmentationOf(lesion, image),
      }))
    ),
  });
}

/** Whether a lesion has a hole, so that its box is filled and encoded pixel by pixel. */
export function isFilled({ polygons }: LesionEntry): boolean {
  return polygons.some((ring) => signedArea(ring) <= 0);
}

/** Outer polygons `[x, y, x, y, ...]`, or a run-length code. */
function segmentationOf(
  lesion: LesionEntry,
  { width, height }: PredictionEntry,
): number[][] | { size: [number, number]; counts: string } {
  const { polygons } = lesion;
  if (!isFilled(lesion)) return polygons.map((ring) => ring.flat());
  const box = boxOf(lesion);
  const counts = runLengths(fillRings(polygons, box), box, { width, height });
  return { size: [height, width], counts: compressRuns(counts) };
}
