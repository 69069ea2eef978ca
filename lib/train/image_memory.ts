/**
 * The memory of a run's images. All images and masks of a run are held at the network's size, a
 * byte for each pixel; how many there are is known before the first is read.
 *
 * @module
 */
import { bytes } from "../core/bytes.ts";
import { InputError } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { Pair } from "../dataset/pairing.ts";
import type { TrainingConfig } from "./config.ts";

/** The most memory for images and masks where no limit is given, in bytes: 16 GiB. */
const MOST_IMAGE_BYTES = 2 ** 34;

/** The memory of images and masks at the network's size, in bytes. */
export function imageBytes(
  pairs: readonly Pick<Pair, "masks">[],
  { width, height }: Pick<TrainingConfig, "width" | "height">,
): number {
  return pairs.reduce((sum, { masks }) => sum + 1 + masks.length, 0) * width * height;
}

/**
 * Checks that the images and masks of a run may be held.
 *
 * @param limit In bytes; `null` for {@linkcode MOST_IMAGE_BYTES}.
 * @throws {InputError} where they take more memory.
 */
export function checkImageMemory(
  pairs: readonly Pick<Pair, "masks">[],
  config: Pick<TrainingConfig, "width" | "height">,
  limit: number | null,
): void {
  const needed = imageBytes(pairs, config);
  const most = limit ?? MOST_IMAGE_BYTES;
  if (needed <= most) return;
  const masks = pairs.reduce((sum, { masks }) => sum + masks.length, 0);
  throw new InputError(
    sentence`${plural(pairs.length, "image")} and ${plural(masks, "mask")} at
      ${config.width}x${config.height} px need ${bytes(needed)} of memory, and ${bytes(most)} may be
      used; use a smaller ${setting("size")} or fewer images (${
      setting("maxImages")
    }), or allow more
      with ${setting("memoryLimit")}`,
  );
}
