/**
 * Predictions as COCO JSON for pycocotools, CVAT, FiftyOne and others, in COCO's two forms.
 *
 * The data set form ("instances" with scores) describes the images as well. Its lesions are
 * polygons; a lesion with a hole is a run-length code, since COCO's polygons have no holes. The
 * results form is a list of detections, all run-length codes, for pycocotools' `loadRes`. It names
 * an image by its number in the data set form.
 *
 * @module
 */
import { RESEARCH_ONLY, VERSION } from "../core/version.ts";
import { signedArea } from "../image/contours.ts";
import { compressRuns, runLengths } from "../image/rle.ts";
import { jsonByLines, jsonLines, type LesionEntry, type PredictionEntry } from "./entries.ts";

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

/**
 * The text of `coco_results.json`: one detection per lesion, in the order of `coco.json` and with
 * its image numbers. There are no boxes: with one in the first detection, loadRes takes the areas
 * of the boxes for those of the masks. It makes the boxes itself.
 */
export function cocoResultsJson(images: readonly PredictionEntry[]): string {
  return `${
    jsonLines(
      images.flatMap((image, index) =>
        image.lesions.map((lesion) => ({
          image_id: index + 1,
          category_id: CATEGORY.id,
          segmentation: runsOf(lesion, image),
          score: lesion.mean_probability,
          area: lesion.area_px,
        }))
      ),
      "",
    )
  }\n`;
}

/** A run-length code: `size` is height and width, `counts` COCO's compressed text. */
interface Runs {
  readonly size: readonly [height: number, width: number];
  readonly counts: string;
}

/** Outer polygons `[x, y, x, y, ...]`, or a run-length code. */
function segmentationOf(lesion: LesionEntry, image: PredictionEntry): number[][] | Runs {
  const { polygons } = lesion;
  if (polygons.every((ring) => signedArea(ring) > 0)) return polygons.map((ring) => ring.flat());
  return runsOf(lesion, image);
}

function runsOf({ polygons }: LesionEntry, { width, height }: PredictionEntry): Runs {
  const counts = runLengths(polygons, { width, height });
  return { size: [height, width], counts: compressRuns(counts) };
}
