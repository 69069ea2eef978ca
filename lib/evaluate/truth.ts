/**
 * An image with its true mask, as they lie in their files or at a common size.
 *
 * @module
 */
import { BadFiles } from "../dataset/bad_files.ts";
import type { Pair } from "../dataset/discover.ts";
import { load, type LoadedCase } from "../dataset/load.ts";
import type { JudgedMask } from "../dataset/masks.ts";
import type { GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";
import type { FileStore } from "../store/store.ts";

/** An image and what is true of it. */
export interface TrueCase {
  /** The image at its own size. */
  readonly image: GreyImage;
  /** The SHA-256 of its file. */
  readonly sha256: string;
  /** All its masks together: 255 in a lesion, else 0; of the image's size or the size asked for. */
  readonly truth: GreyImage;
  /** Masks of another size than the image. */
  readonly resizedMasks: number;
  /** Whether the masks show a lesion of which nothing is left at the size asked for. */
  readonly vanished: boolean;
}

/**
 * Reads an image and its masks; see {@linkcode truthOf}.
 *
 * @param at The size of the true mask; by default the image's own.
 * @throws InputError, naming the files, for what cannot be read and for masks that are none.
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

/**
 * What is true of an image. Soft edges count as lesion from half on; the masks of an image are
 * added as in training. A mask of another size than its image is resized (bilinear, antialiased)
 * before that.
 *
 * @param at The size of the true mask; by default the image's own.
 */
export function truthOf(
  { image: { grey: image, sha256 }, masks }: LoadedCase,
  at?: { readonly width: number; readonly height: number },
): TrueCase {
  const { width, height } = at ?? image;
  const judged = masks.map(({ judged }) => judged);
  const sums = new Uint8ClampedArray(width * height);
  for (const { mask } of judged) {
    const { pixels } = resizeGrey(mask, width, height);
    for (let i = 0; i < sums.length; i++) sums[i] += pixels[i];
  }
  const pixels = Uint8Array.from(sums, (value) => value > 127 ? 255 : 0);
  const isOfOtherSize = ({ mask }: JudgedMask) =>
    mask.width !== image.width || mask.height !== image.height;
  return {
    image,
    sha256,
    truth: { width, height, pixels },
    resizedMasks: judged.filter(isOfOtherSize).length,
    vanished: judged.some(({ lesion }) => lesion) && !pixels.includes(255),
  };
}
