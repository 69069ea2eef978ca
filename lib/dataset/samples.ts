/**
 * From pairs of files to samples of the network's size: read, decode, judge the masks, convert to grey,
 * resize. Everything is kept as bytes; one image with one mask at 512 x 512 takes half a mebibyte.
 *
 * @module
 */
import { BadFiles } from "./bad_files.ts";
import { greyOf } from "../image/codecs/decode.ts";
import type { Pair } from "./discover.ts";
import type { DataFolder } from "../store/folder.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import { ImageReader } from "./image_reader.ts";
import { hasColour, type JudgedMask, judgeMask } from "./masks.ts";
import { resizeGrey } from "../image/resize.ts";

/** An image and its masks at the network's size. */
export interface Sample {
  /** The image's path in the data directory. */
  readonly path: string;
  /** The paths of its masks, in the order of `maskLayers`. */
  readonly masks: readonly string[];
  /** The image's size in its file, in px. */
  readonly originalWidth: number;
  readonly originalHeight: number;
  /** The size of `image` and of each mask layer in px. */
  readonly height: number;
  readonly width: number;
  /** Grey bytes `[height, width]`. */
  readonly image: Uint8Array;
  /** Per mask file, `[height, width]`: 0 outside, 255 inside, soft edges in between. */
  readonly maskLayers: readonly Uint8Array[];
  /** Whether any pixel of the original masks is above half. */
  readonly lesion: boolean;
}

/** What was found while loading, for the first lines of a run. */
export interface DatasetCounts {
  readonly images: number;
  readonly masks: number;
  /** Images with more than one mask. */
  readonly withSeveralMasks: number;
  /** Images without a lesion. */
  readonly normals: number;
  /** Masks with soft edges. */
  readonly softEdged: number;
  /** Masks that cover their whole image. */
  readonly full: number;
  /** Images in colour; they are converted to grey. */
  readonly colour: number;
  /** The paths of masks whose two grey levels were scaled to 0 and 255. */
  readonly rescaled: readonly string[];
}

/** Samples of one size, in the order of their pairs. */
export interface Dataset {
  readonly height: number;
  readonly width: number;
  readonly samples: readonly Sample[];
  readonly counts: DatasetCounts;
}

/** Samples without what was counted, such as those of one part of a split. */
export type SampleSet = Pick<Dataset, "height" | "width" | "samples">;

/** An image and its masks as they are in their files. */
export interface LoadedCase {
  readonly pair: Pair;
  readonly decoded: DecodedImage;
  readonly grey: GreyImage;
  /** Those that could be read and understood. */
  readonly masks: readonly { readonly path: string; readonly judged: JudgedMask }[];
}

/** How to load. */
export interface LoadOptions {
  /** The network's image size in px. */
  readonly height: number;
  readonly width: number;
  /** Workers that decode; by default as many as pay, 0 decodes on the calling thread. The result is the same. */
  readonly workers?: number;
  /** Called after each image with the number of images done and of all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with each image and its masks, and awaited. */
  readonly onCase?: (loaded: LoadedCase) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** What is remembered of a mask once it is resized. */
type MaskNote = Omit<JudgedMask, "mask" | "lesion"> & { readonly path: string };

/**
 * Loads images and masks.
 *
 * @throws InputError that lists the first ten files that cannot be used; the signal's reason when it is aborted.
 */
export async function loadSamples(
  folder: DataFolder,
  pairs: readonly Pair[],
  { height, width, workers, onProgress, onCase, signal }: LoadOptions,
): Promise<Dataset> {
  const samples: Sample[] = [];
  const verdicts: MaskNote[] = [];
  const bad = new BadFiles();
  const paths = pairs.flatMap(({ image, masks }) => [image, ...masks]);
  using files = new ImageReader(folder, paths, workers);
  let colour = 0;

  /** Reads one file; a bad one is noted, and the others are still looked at. */
  const load = async (
    path: string,
  ): Promise<{ decoded: DecodedImage; grey: GreyImage } | undefined> => {
    signal?.throwIfAborted();
    return await bad.noting(async () => {
      const decoded = await files.read(path);
      return { decoded, grey: greyOf(decoded) };
    });
  };

  for (const [i, pair] of pairs.entries()) {
    const image = await load(pair.image);
    if (image && hasColour(image.decoded)) colour++;
    const judged: JudgedMask[] = [];
    for (const path of pair.masks) {
      const mask = await load(path);
      if (!mask) continue;
      await bad.noting(() => {
        const verdict = judgeMask(mask.decoded, mask.grey, path);
        judged.push(verdict);
        // Without the pixels: only the resized ones are kept.
        const { softPixels, scaledFrom, full } = verdict;
        verdicts.push({ path, softPixels, scaledFrom, full });
      });
    }
    if (bad.isFull) break;
    if (image && judged.length === pair.masks.length) {
      const masks = pair.masks.map((path, index) => ({ path, judged: judged[index] }));
      await onCase?.({ pair, ...image, masks });
    }
    if (image && !bad.any) {
      samples.push({
        path: pair.image,
        masks: pair.masks,
        originalWidth: image.grey.width,
        originalHeight: image.grey.height,
        height,
        width,
        image: resizeGrey(image.grey, width, height).pixels,
        maskLayers: judged.map(({ mask }) => resizeGrey(mask, width, height).pixels),
        lesion: judged.some(({ lesion }) => lesion),
      });
    }
    onProgress?.(i + 1, pairs.length);
  }
  bad.refuse();

  const counts: DatasetCounts = {
    images: samples.length,
    masks: verdicts.length,
    withSeveralMasks: samples.filter(({ masks }) => masks.length > 1).length,
    normals: samples.filter(({ lesion }) => !lesion).length,
    softEdged: verdicts.filter(({ softPixels }) => softPixels > 0).length,
    full: verdicts.filter(({ full }) => full).length,
    colour,
    rescaled: verdicts.filter(({ scaledFrom }) => scaledFrom).map(({ path }) => path),
  };
  return { height, width, samples, counts };
}

/** The samples of these pairs, in their order. Throws `RangeError` for a pair that was not loaded. */
export function samplesOf(
  { height, width, samples }: SampleSet,
  pairs: readonly Pair[],
): SampleSet {
  const byPath = new Map(samples.map((sample) => [sample.path, sample]));
  const chosen = pairs.map(({ image }) => {
    const sample = byPath.get(image);
    if (sample === undefined) throw new RangeError(`${image} was not loaded`);
    return sample;
  });
  return { height, width, samples: chosen };
}
