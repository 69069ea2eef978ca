/**
 * Reads labelme's annotation files: one JSON file for each image, named as the image is. Its
 * `shapes` have a label, a type and points.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { isRecord } from "../../core/json.ts";
import { type Annotations, MOST_ITEMS, type Outline, sizeOf } from "./annotations.ts";

/** Whether a JSON value is a labelme file. */
export function isLabelme(json: unknown): json is Record<string, unknown> {
  return isRecord(json) && Array.isArray(json.shapes) &&
    ("imagePath" in json || "imageHeight" in json);
}

/**
 * Reads the content of a labelme file. Shapes are checked when they are drawn.
 *
 * @param source How to call the file in errors.
 * @throws InputError when shapes are no records.
 */
export function readLabelme(json: Record<string, unknown>, source: string): Annotations {
  const shapes = json.shapes as unknown[];
  if (shapes.length > MOST_ITEMS || !shapes.every(isRecord)) {
    throw new InputError(`"shapes" of ${source} is no list of at most ${MOST_ITEMS} records`);
  }
  const outlines = shapes.map(({ label, shape_type: type, points, mask }): Outline => ({
    label: String(label ?? ""),
    region: type === "mask"
      ? { kind: "bitmap", points, png: mask }
      : { kind: "shape", type: type ?? "polygon", points },
  }));
  const size = sizeOf(json.imageWidth, json.imageHeight, source);
  const name = String(json.imagePath ?? "").replaceAll("\\", "/");
  return { format: "labelme", images: [{ name, ...size, outlines }] };
}
