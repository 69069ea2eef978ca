/**
 * Reads COCO's annotation files: one JSON file for many images. The three lists `images`,
 * `annotations` and `categories` refer to each other by ids.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { isRecord } from "../../core/json.ts";
import {
  type AnnotatedImage,
  type Annotations,
  MOST_ITEMS,
  type Outline,
  sizeOf,
} from "./annotations.ts";

/** Whether a JSON value is a COCO annotation file. */
export function isCoco(json: unknown): json is Record<string, unknown> {
  return isRecord(json) && Array.isArray(json.images) && Array.isArray(json.annotations);
}

/**
 * Reads the content of a COCO file. Outlines are checked when they are drawn.
 *
 * @param source How to call the file in errors.
 * @throws InputError when images or annotations are no records, or do not refer to each other.
 */
export function readCoco(json: Record<string, unknown>, source: string): Annotations {
  const [images, annotations, categories] = ["images", "annotations", "categories"].map((key) =>
    recordsOf(json[key] ?? [], `"${key}" of ${source}`)
  );
  const labels = new Map(categories.map(({ id, name }) => [id, String(name ?? id)]));
  const outlines = new Map<unknown, Outline[]>();
  for (const { id } of images) {
    if (outlines.has(id)) {
      throw new InputError(`${source} has two images with the id ${JSON.stringify(id)}`);
    }
    outlines.set(id, []);
  }
  for (const { image_id, category_id, segmentation } of annotations) {
    const own = outlines.get(image_id);
    if (own === undefined) {
      throw new InputError(
        `an annotation in ${source} belongs to the image with the id ${
          JSON.stringify(image_id)
        }, ` +
          `which the file does not list; export the annotations again`,
      );
    }
    const label = labels.get(category_id) ?? `category ${JSON.stringify(category_id)}`;
    own.push({ label, region: regionOf(segmentation) });
  }
  return {
    format: "COCO",
    images: images.map((image): AnnotatedImage => ({
      name: String(image.file_name ?? "").replaceAll("\\", "/"),
      ...sizeOf(image.width, image.height, source),
      outlines: outlines.get(image.id)!,
    })),
  };
}

function regionOf(segmentation: unknown): Outline["region"] {
  if (isRecord(segmentation)) return { kind: "runs", runs: segmentation };
  if (Array.isArray(segmentation) && segmentation.length > 0) {
    return { kind: "polygons", polygons: segmentation };
  }
  return { kind: "none" };
}

function recordsOf(json: unknown, what: string): Record<string, unknown>[] {
  if (!Array.isArray(json) || json.length > MOST_ITEMS || !json.every(isRecord)) {
    throw new InputError(`${what} is no list of at most ${MOST_ITEMS} records; export it again`);
  }
  return json;
}
