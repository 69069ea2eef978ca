/**
 * Reads an image with its true mask, at its own or a common size.
 *
 * @module
 */
import { mapped } from "../core/mapped.ts";
import { BadFiles } from "../dataset/bad_files.ts";
import type { Pair } from "../dataset/pairing.ts";
import { load, type LoadedCase, type LoadedImage, type LoadedMask } from "../dataset/load.ts";
import type { JudgedMask } from "../dataset/masks.ts";
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";
import { resizedSpacing } from "../image/spacing.ts";
import type { FileStore } from "../store/store.ts";

/** An image and its true mask. */
export interface TrueCase {
  /** The image at its own size. */
  readonly image: GreyImage;
  /** The SHA-256 of its file. */
  readonly sha256: string;
  /** The union of its masks: 255 in a lesion, 0 elsewhere; of the image's size or the given one. */
  readonly truth: GreyImage;
  /** The number of masks with another size than the image. */
  readonly resizedMasks: number;
  /** Whether the masks show a lesion but `truth` is empty at the given size. */
  readonly vanished: boolean;
}

/**
 * Reads an image and its masks (see {@linkcode truthOf}).
 *
 * @param at The size of the true mask; by default the image's own.
 * @throws InputError that names the files that cannot be read or are not masks.
 */
export async function loadCase(
  data: FileStore,
  pair: Pair,
  at?: { readonly width: number; readonly height: number },
): Promise<TrueCase> {
  const [loaded] = await Array.fromAsync(load(data, [pair]));
  const bad = new BadFiles();
  bad.add(loaded.refused);
  bad.refuse();
  return truthOf(loaded as LoadedCase, at);
}

/** What of a loaded case the true mask is made of. */
interface Measured {
  readonly image: Pick<LoadedImage, "grey" | "sha256">;
  readonly masks: readonly Pick<LoadedMask, "judged">[];
}

/**
 * The true mask of an image. Each mask is resized (bilinear, antialiased), then they are added as
 * in training; pixels of at least half count as lesion.
 *
 * @param at The size of the true mask; by default the image's own.
 */
export function truthOf(
  { image: { grey: image, sha256 }, masks }: Measured,
  at?: { readonly width: number; readonly height: number },
): TrueCase {
  const { width, height } = at ?? image;
  const judged = masks.map(({ judged }) => judged);
  const sums = new Uint8ClampedArray(width * height);
  for (const { mask } of judged) {
    const { pixels } = resizeGrey(mask, width, height);
    for (let i = 0; i < sums.length; i++) sums[i] += pixels[i];
  }
  const pixels = mapped(new Uint8Array(sums.length), sums, (value) => value > 127 ? 255 : 0);
  const isOfOtherSize = ({ mask }: JudgedMask) =>
    mask.width !== image.width || mask.height !== image.height;
  return {
    image,
    sha256,
    truth: {
      ...{ width, height, pixels },
      ...(image.spacing && { spacing: resizedSpacing(image.spacing, image, { width, height }) }),
    },
    resizedMasks: judged.filter(isOfOtherSize).length,
    vanished: judged.some(({ lesion }) => lesion) && !pixels.includes(255),
  };
}
