/**
 * An image with its true mask, as they lie in their files or at a common size.
 *
 * @module
 */
import { BadFiles } from "../dataset/bad_files.ts";
import { decodeImage, greyOf } from "../image/codecs/decode.ts";
import type { Pair } from "../dataset/discover.ts";
import type { DataFolder } from "../store/folder.ts";
import type { GreyImage } from "../image/image.ts";
import { type JudgedMask, judgeMask } from "../dataset/masks.ts";
import { resizeGrey } from "../image/resize.ts";
import { sha256 } from "../core/hash.ts";

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
 * @throws InputError, naming the files, for what cannot be read and for masks that are none.
 */
export async function loadCase(
  data: DataFolder,
  pair: Pair,
  at?: { readonly width: number; readonly height: number },
): Promise<TrueCase> {
  const bad = new BadFiles();
  const loaded = await tryCase(data, pair, bad, at);
  bad.refuse();
  return loaded!;
}

/** Like {@linkcode loadCase}, but notes files that cannot be used; with any of these there is no case. */
export async function tryCase(
  data: DataFolder,
  { image: path, masks }: Pair,
  bad: BadFiles,
  at?: { readonly width: number; readonly height: number },
): Promise<TrueCase | undefined> {
  const read = await bad.noting(async () => {
    const bytes = await data.readFile(path);
    return { image: greyOf(decodeImage(bytes, path)), hash: await sha256(bytes) };
  });
  const judged: JudgedMask[] = [];
  for (const name of masks) {
    const verdict = await bad.noting(async () => {
      const decoded = decodeImage(await data.readFile(name), name);
      return judgeMask(decoded, greyOf(decoded), name);
    });
    if (verdict) judged.push(verdict);
  }
  if (!read || judged.length < masks.length) return undefined;

  const { image } = read;
  const { width, height } = at ?? image;
  const sums = new Uint8ClampedArray(width * height);
  for (const { mask } of judged) {
    const { pixels } = resizeGrey(mask, width, height);
    for (let i = 0; i < sums.length; i++) sums[i] += pixels[i];
  }
  const pixels = Uint8Array.from(sums, (value) => value > 127 ? 255 : 0);
  const isOfOtherSize = ({ mask }: JudgedMask) =>
    mask.width !== image.width || mask.height !== image.height;
  return {
    ...read,
    truth: { width, height, pixels },
    resizedMasks: judged.filter(isOfOtherSize).length,
    vanished: judged.some(({ lesion }) => lesion) && !pixels.includes(255),
  };
}
