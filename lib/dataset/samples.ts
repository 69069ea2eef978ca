/**
 * Makes samples of the network's size from pairs of files. Pixels are kept as bytes: an image with
 * one mask at 512 x 512 takes half a mebibyte.
 *
 * @module
 */
import type { BitsInUse } from "../image/depth.ts";
import { fitInput, type NetworkInput } from "../image/fit.ts";
import type { FileStore } from "../store/store.ts";
import { BadFiles } from "./bad_files.ts";
import { atCommonDepth, Depth } from "./depth.ts";
import type { Pair } from "./pairing.ts";
import { isWhole, load, type LoadedCase, type LoadOptions } from "./load.ts";
import { hasColour } from "./mask_levels.ts";

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

/** Counts from loading, for the first lines of a run. */
export interface DatasetCounts {
  readonly images: number;
  readonly masks: number;
  /** Images with more than one mask. */
  readonly withSeveralMasks: number;
  /** Images without a lesion. */
  readonly lesionFree: number;
  /** Masks with soft edges. */
  readonly softEdged: number;
  /** Masks that cover their whole image. */
  readonly full: number;
  /** Images in colour; they are converted to grey. */
  readonly colour: number;
  /** The paths of masks of two other levels or colours, taken as 0 and 255. */
  readonly rescaled: readonly string[];
}

/** Samples of one size, in the order of their pairs. */
export interface Dataset {
  readonly height: number;
  readonly width: number;
  readonly samples: readonly Sample[];
  /** The SHA-256 of each image and mask by its path. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly counts: DatasetCounts;
  /** The bits by which 16-bit images became grey; absent when there are none. */
  readonly bitsInUse?: BitsInUse;
}

/** Samples without counts, such as those of one part of a split. */
export type SampleSet = Pick<Dataset, "height" | "width" | "samples">;

/** Options of loading. */
export interface LoadSamplesOptions extends LoadOptions, NetworkInput {
  /** Called after each image with the number of loaded images and the total. */
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Called with each image and its masks; the result is awaited. Without a given `depth`, images
   * may be read again from the first one on ({@linkcode atCommonDepth}).
   */
  readonly onCase?: (loaded: LoadedCase) => void | Promise<void>;
}

/**
 * Loads images and masks; 16-bit images at the depth that they have in common.
 *
 * @throws InputError that lists the first ten unusable files; the signal's reason when it is
 *   aborted.
 */
export function loadSamples(
  store: FileStore,
  pairs: readonly Pair[],
  { depth, ...options }: LoadSamplesOptions,
): Promise<Dataset> {
  const load = (depth: Depth) => loadAtDepth(store, pairs, { ...options, depth });
  return depth === undefined ? atCommonDepth(load) : load(depth);
}

async function loadAtDepth(
  store: FileStore,
  pairs: readonly Pair[],
  { height, width, fit, onProgress, onCase, ...options }: LoadSamplesOptions & {
    readonly depth: Depth;
  },
): Promise<Dataset> {
  const samples: Sample[] = [];
  const hashes = new Map<string, string>();
  const counts = new Counts();
  const bad = new BadFiles();
  let done = 0;
  for await (const loaded of load(store, pairs, { ...options, maskless: "lesion-free" })) {
    bad.add(loaded.refused);
    if (bad.isFull) break;
    if (isWhole(loaded)) {
      await onCase?.(loaded);
      counts.add(loaded);
      for (const { path, sha256 } of [loaded.image, ...loaded.masks]) hashes.set(path, sha256);
      // Loading ends with an error after a bad file, so pixels are no longer needed.
      if (!bad.any) samples.push(sampleOf(loaded, { height, width, ...(fit && { fit }) }));
    }
    onProgress?.(++done, pairs.length);
  }
  bad.refuse();
  options.judge?.checkClass();
  const { bits } = options.depth;
  const size = { height, width };
  return { ...size, samples, hashes, counts: counts.of(samples), ...(bits && { bitsInUse: bits }) };
}

function sampleOf(
  { pair, image: { grey }, masks }: LoadedCase,
  input: NetworkInput,
): Sample {
  const { width, height } = input;
  return {
    path: pair.image,
    masks: pair.masks,
    originalWidth: grey.width,
    originalHeight: grey.height,
    height,
    width,
    image: fitInput(grey, input),
    maskLayers: masks.map(({ judged: { mask } }) => fitInput(mask, input, grey)),
    lesion: masks.some(({ judged: { lesion } }) => lesion),
  };
}

/** Counts properties that samples do not keep. */
class Counts {
  #masks = 0;
  #softEdged = 0;
  #full = 0;
  #colour = 0;
  readonly #rescaled: string[] = [];

  add({ image, masks }: LoadedCase): void {
    if (hasColour(image.decoded)) this.#colour++;
    for (const { path, judged: { softPixels, takenFrom, full } } of masks) {
      this.#masks++;
      if (softPixels > 0) this.#softEdged++;
      if (full) this.#full++;
      if (takenFrom) this.#rescaled.push(path);
    }
  }

  of(samples: readonly Sample[]): DatasetCounts {
    return {
      images: samples.length,
      masks: this.#masks,
      withSeveralMasks: samples.filter(({ masks }) => masks.length > 1).length,
      lesionFree: samples.filter(({ lesion }) => !lesion).length,
      softEdged: this.#softEdged,
      full: this.#full,
      colour: this.#colour,
      rescaled: this.#rescaled,
    };
  }
}

/** The samples of these pairs, in order. Throws `RangeError` for a pair that was not loaded. */
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
