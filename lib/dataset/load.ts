/**
 * Loads image files. Each file is read once; its hash and its pixels come from the same bytes.
 * Workers unpack the next files while the caller processes the current image.
 *
 * A few files per worker, and a bounded number of bytes, are loaded ahead of the caller. Images
 * come in the order of their pairs, and errors in the order of the files, with any number of
 * workers.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { workersFor } from "../image/codecs/unpackers.ts";
import { greyOf } from "../image/depth.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import type { FileStore } from "../store/store.ts";
import { Depth } from "./depth.ts";
import type { Pair } from "./pairing.ts";
import { ImageReader } from "./image_reader.ts";
import { type JudgedMask, judgeMask } from "./masks.ts";
import { refuseMask } from "./mistaken_masks.ts";

/** Below this number of files, decoding would end before workers have started. */
const MANY_FILES = 24;

/** A file that was read and decoded. */
export interface LoadedImage {
  /** The path in the data directory. */
  readonly path: string;
  /** The SHA-256 of the file, as hexadecimal text. */
  readonly sha256: string;
  /** The pixels with the channels of the file. */
  readonly decoded: DecodedImage;
  readonly grey: GreyImage;
}

/** A mask that was read and judged. */
export interface LoadedMask extends Pick<LoadedImage, "path" | "sha256"> {
  /** What its file says besides the pixels. */
  readonly decoded: Pick<DecodedImage, "orientation" | "morePages">;
  readonly judged: JudgedMask;
}

/** An unusable file: it is unreadable, it is not a mask, or a mask was taken for an image. */
export interface RefusedFile {
  readonly kind: "unreadable" | "mask_unusable" | "lookalike";
  readonly path: string;
  readonly error: InputError;
}

/** An image and its usable masks, at their original sizes. */
export interface LoadedCase {
  readonly pair: Pair;
  readonly image: LoadedImage;
  readonly masks: readonly LoadedMask[];
}

/** The result of loading the files of a pair. */
export interface LoadedPair extends Omit<LoadedCase, "image"> {
  /** The image; absent when its file is unreadable. */
  readonly image?: LoadedImage;
  /** The refused files, in order. */
  readonly refused: readonly RefusedFile[];
}

/** Options of loading. */
export interface LoadOptions {
  /**
   * The largest number of workers, by default one per core. With 0 workers, or with few files, the
   * calling thread decodes all but large files. The result is the same.
   */
  readonly workers?: number;
  /** Ends loading, also while a file is decoded by a worker. */
  readonly signal?: AbortSignal;
  /** Whether an image without masks means that it shows no lesion. It must not be a mask then. */
  readonly maskless?: "lesion-free";
  /** How 16-bit images become grey; by default each by the bits that it uses. */
  readonly depth?: Depth;
}

/**
 * Loads pairs in order. An unusable file is listed in `refused` of its pair; the others are still
 * read.
 *
 * @throws The signal's reason when it is aborted; `DeviceError` when a worker ends.
 */
export async function* load(
  store: FileStore,
  pairs: readonly Pair[],
  { workers = workersFor(), signal, maskless, depth = Depth.ofModel(undefined) }: LoadOptions = {},
): AsyncGenerator<LoadedPair> {
  const paths = pairs.flatMap(({ image, masks }) => [image, ...masks]);
  const threads = paths.length < MANY_FILES ? 0 : workers;
  await using files = new ImageReader(store, paths, threads, signal);
  for (const pair of pairs) yield await loadPair(pair, files, { signal, maskless, depth });
}

async function loadPair(
  pair: Pair,
  files: ImageReader,
  { signal, maskless, depth }: Pick<LoadOptions, "signal" | "maskless"> & { readonly depth: Depth },
): Promise<LoadedPair> {
  const refused: RefusedFile[] = [];
  const orRefuse = async <Result>(
    kind: RefusedFile["kind"],
    path: string,
    use: () => Result | Promise<Result>,
  ): Promise<Result | undefined> => {
    try {
      return await use();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused.push({ kind, path, error });
    }
  };
  const read = (path: string, toGrey: (decoded: DecodedImage) => GreyImage) => {
    signal?.throwIfAborted();
    return orRefuse("unreadable", path, async (): Promise<LoadedImage> => {
      const { decoded, sha256 } = await files.read(path);
      return { path, sha256, decoded, grey: toGrey(decoded) };
    });
  };
  const image = await read(pair.image, (decoded) => depth.greyOf(decoded, pair.image));
  if (image !== undefined && pair.masks.length === 0 && maskless === "lesion-free") {
    await orRefuse(
      "lookalike",
      pair.image,
      () => refuseMask(image.decoded, image.grey, pair.image),
    );
  }
  const masks: LoadedMask[] = [];
  for (const path of pair.masks) {
    const mask = await read(path, (decoded) => greyOf(decoded));
    if (mask === undefined) continue;
    const { sha256, decoded, grey } = mask;
    const judged = await orRefuse("mask_unusable", path, () => judgeMask(decoded, grey, path));
    const { pixels: _pixels, wide: _wide, ...rest } = decoded;
    if (judged) masks.push({ path, sha256, decoded: rest, judged });
  }
  return { pair, ...(image && { image }), masks, refused };
}

/** Whether the image of a pair was read. */
export function hasImage(loaded: LoadedPair): loaded is LoadedPair & LoadedCase {
  return loaded.image !== undefined;
}

/** Whether all files of a pair are usable. */
export function isWhole(loaded: LoadedPair): loaded is LoadedPair & LoadedCase {
  return loaded.refused.length === 0;
}
