/**
 * An image with its true mask, as they lie in their files or at a common size.
 *
 * @module
 */
import { decodeImage } from "../data/decode.ts";
import type { Pair } from "../data/discover.ts";
import type { DataFolder } from "../data/folder.ts";
import { toGrey } from "../data/grey.ts";
import type { GreyImage } from "../data/image.ts";
import { judgeMask } from "../data/masks.ts";
import { resizeGrey } from "../data/resize.ts";
import { sha256 } from "../train/checkpoint.ts";

/** An image and what is true of it. */
export interface TrueCase {
  /** The image at its own size. */
  readonly image: GreyImage;
  /** The SHA-256 of its file. */
  readonly hash: string;
  /** All its masks together: 255 inside a lesion, 0 outside; of the image's size, or the size asked for. */
  readonly truth: GreyImage;
  /** Masks of another size than the image. */
  readonly resizedMasks: number;
  /** Whether the masks show a lesion of which nothing is left at the size asked for. */
  readonly vanished: boolean;
}

/**
 * Reads an image and its masks. Soft edges count as lesion from half on; the masks of an image are added as in
 * training. A mask of another size than its image is resized (bilinear, antialiased) before that.
 *
 * @param at The size of the true mask; by default the image's own.
 * @throws InputError, naming the file, for what cannot be read and for a mask that is none.
 */
export async function loadCase(
  data: DataFolder,
  { image: path, masks }: Pair,
  at?: { readonly width: number; readonly height: number },
): Promise<TrueCase> {
  const bytes = await data.readFile(path);
  const image = greyOf(decodeImage(bytes, path));
  const { width, height } = at ?? image;
  const sums = new Uint8ClampedArray(width * height);
  let resizedMasks = 0;
  let isLesion = false;
  for (const name of masks) {
    const decoded = decodeImage(await data.readFile(name), name);
    const { mask, lesion } = judgeMask(decoded, greyOf(decoded), name);
    if (mask.width !== image.width || mask.height !== image.height) resizedMasks++;
    isLesion ||= lesion;
    const { pixels } = resizeGrey(mask, width, height);
    for (let i = 0; i < sums.length; i++) sums[i] += pixels[i];
  }
  const pixels = Uint8Array.from(sums, (value) => value > 127 ? 255 : 0);
  return {
    image,
    hash: await sha256(bytes),
    truth: { width, height, pixels },
    resizedMasks,
    vanished: isLesion && !pixels.includes(255),
  };
}

function greyOf({ width, height, pixels, channels }: ReturnType<typeof decodeImage>): GreyImage {
  return { width, height, pixels: toGrey(pixels, channels) };
}
