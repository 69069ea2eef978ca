/**
 * The tensor of a plan that receives images: bytes in `image`, or floats in `input` where the plan
 * does not normalise.
 *
 * @module
 */
import type { Pixels, RawBatch } from "../core/batch.ts";
import { InputError } from "../core/errors.ts";
import { elementCount } from "../core/tensor.ts";
import type { TensorSpec } from "../plan/steps.ts";
import type { MaskedBatch } from "./engine.ts";

/** The images that a plan reads. */
export interface PlanInput {
  readonly tensor: "image" | "input";
  /** The number of images. */
  readonly n: number;
  readonly height: number;
  readonly width: number;
  /** Number of values of one image, of all channels. */
  readonly values: number;
  /** Words that tell how the plan changes the images; 0: it takes them as they are. */
  readonly changes: number;
}

/** The images that a plan with these tensors reads. */
export function planInput(specs: ReadonlyMap<string, TensorSpec>): PlanInput {
  const tensor = specs.has("image") ? "image" : "input";
  const { shape } = specs.get(tensor)!;
  const [height, width] = shape.slice(-2);
  const changes = specs.has("changes") ? elementCount(specs.get("changes")!.shape) : 0;
  return { tensor, n: shape[0], height, width, values: elementCount(shape.slice(1)), changes };
}

/** Throws `InputError` for floats where a plan reads bytes, and for bytes where it reads floats. */
export function checkPixels({ tensor }: PlanInput, pixels: Pixels): void {
  const [wanted, given] = tensor === "image" ? ["bytes", "floats"] : ["floats", "bytes"];
  if ((pixels instanceof Uint8Array ? "bytes" : "floats") !== wanted) {
    throw new InputError(`the plan reads images of ${wanted}, ${given} are given`);
  }
}

/** Throws `InputError` unless images come with the changes that a plan makes in them. */
function checkChanges({ changes }: PlanInput, given: Int32Array | undefined): void {
  if ((given?.length ?? 0) === changes) return;
  throw new InputError(
    changes > 0
      ? `the plan changes images: give raw ones with ${changes} words of changes`
      : "the plan changes no images: give them as they are trained on",
  );
}

/**
 * The index of the plan for a batch.
 *
 * @throws {InputError} when no plan has the batch's shape, or the batch has the wrong length.
 */
export function planFor(
  batch: MaskedBatch | RawBatch,
  inputs: readonly PlanInput[],
): number {
  const { n, height, width, images, masks } = batch;
  const index = inputs.findIndex((input) =>
    input.n === n && input.height === height && input.width === width
  );
  if (index < 0) {
    throw new InputError(`no plan was made for batches of ${n} images of ${width}x${height}`);
  }
  checkPixels(inputs[index], images);
  checkChanges(inputs[index], "changes" in batch ? batch.changes : undefined);
  if (images.length !== n * inputs[index].values || masks.length !== n * height * width) {
    throw new InputError(`a batch of ${n} images of ${width}x${height} has the wrong length`);
  }
  return index;
}
