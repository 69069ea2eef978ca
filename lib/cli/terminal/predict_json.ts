/**
 * What `predict --json` prints: an object for each image, and one at the end. docs/json.md
 * describes them.
 *
 * @module
 */
import {
  type Failure,
  type FileStore,
  isFailure,
  predicted,
  type PredictResult,
  type Result,
} from "../../mod.ts";

/** An image: what was found in it, or why it could not be read. */
export function resultJson(result: Result | Failure): Record<string, unknown> {
  if (isFailure(result)) return { event: "image", input: result.input, error: result.error };
  const { input, width, height, area_px, mask, lesions } = result;
  return {
    event: "image",
    input,
    width,
    height,
    area_px,
    mask,
    lesions: lesions.map(({ area_px, box_px, mean_probability }) => ({
      area_px,
      box_px,
      mean_probability,
    })),
  };
}

/** The end of a prediction. */
export function endJson(
  { out, images, results, failures, interrupted }: PredictResult,
  output: FileStore,
): Record<string, unknown> {
  const done = predicted(results);
  return {
    event: "end",
    folder: output.resolve(out),
    images,
    predicted: done.length,
    lesions: done.reduce((sum, { lesions }) => sum + lesions.length, 0),
    failures,
    interrupted,
  };
}
