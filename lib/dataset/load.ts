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
import { sentence, setting } from "../core/sentence.ts";
import { workersFor } from "../image/codecs/unpackers.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import type { FileStore } from "../store/store.ts";
import { Depth } from "./depth.ts";
import type { Pair } from "./pairing.ts";
import type { Spacings } from "./spacings.ts";
import { ImageReader, type ReadImage } from "./image_reader.ts";
import { AnnotationFiles, isAnnotated } from "./annotations/annotation_files.ts";
import type { AnnotatedImage } from "./annotations/annotations.ts";
import { drawMask } from "./annotations/draw.ts";
import { labelsWanted } from "./annotations/find_annotations.ts";
import { binary, type JudgedMask, MaskJudge } from "./masks.ts";
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

/** A mask that was read or drawn, and judged. */
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
  /** The image; absent when its file is refused. */
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
  /** Judges the masks; by default all are black and white. */
  readonly judge?: MaskJudge | undefined;
  /** Annotation files that have been read already. */
  readonly annotations?: AnnotationFiles | undefined;
  /** Whether an image without masks means that it shows no lesion. It must not be a mask then. */
  readonly maskless?: "lesion-free";
  /** How 16-bit images become grey; by default each by the bits that it uses. */
  readonly depth?: Depth;
  /** The size of pixels; by default what the files say. */
  readonly spacings?: Spacings | undefined;
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
  { workers = workersFor(), ...options }: LoadOptions = {},
): AsyncGenerator<LoadedPair> {
  const paths = pairs.flatMap(({ image, masks }) => [
    image,
    ...masks.filter((mask) => !isAnnotated(mask)),
  ]);
  const threads = paths.length < MANY_FILES ? 0 : workers;
  await using files = new ImageReader(store, paths, threads, options.signal);
  const loader = new PairLoader(store, files, options);
  for (const pair of pairs) yield await loader.load(pair);
}

/** Loads the files of one pair after the other. */
class PairLoader {
  readonly #files: ImageReader;
  readonly #judge: MaskJudge;
  readonly #annotations: AnnotationFiles;
  readonly #depth: Depth;
  readonly #options: Omit<LoadOptions, "workers">;
  readonly #wants: (label: string) => boolean;

  constructor(store: FileStore, files: ImageReader, options: Omit<LoadOptions, "workers">) {
    this.#files = files;
    this.#judge = options.judge ?? new MaskJudge();
    this.#annotations = options.annotations ?? new AnnotationFiles(store);
    this.#depth = options.depth ?? Depth.ofModel(undefined);
    this.#options = options;
    this.#wants = labelsWanted(this.#judge.rules.maskClass);
  }

  async load(pair: Pair): Promise<LoadedPair> {
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
    const read = <Result>(path: string, use: (file: ReadImage) => Result) => {
      this.#options.signal?.throwIfAborted();
      return orRefuse("unreadable", path, async () => use(await this.#files.read(path)));
    };
    let image = await read(pair.image, (file): LoadedImage => {
      const grey = this.#depth.greyOf(file.decoded, pair.image);
      const { spacings } = this.#options;
      return { path: pair.image, ...file, grey: spacings?.applied(pair.image, grey) ?? grey };
    });
    if (image && pair.masks.length === 0 && this.#options.maskless === "lesion-free") {
      const { decoded, grey, path } = image;
      image = await orRefuse("lookalike", path, () => {
        refuseMask(decoded, grey, path);
        return image;
      });
    }
    const masks: LoadedMask[] = [];
    for (const path of pair.masks) {
      const add = (about: Pick<LoadedMask, "sha256" | "decoded">, judge: () => JudgedMask) =>
        orRefuse("mask_unusable", path, () => {
          const judged = judge();
          if (image !== undefined) refuseTurned(judged, image.grey, path);
          masks.push({ path, ...about, judged });
        });
      if (isAnnotated(path)) {
        const found = await orRefuse("unreadable", path, () => this.#annotations.image(path));
        if (found === undefined) continue;
        const { image: annotated, sha256 } = found;
        await add({ sha256, decoded: {} }, () => this.#draw(annotated, image?.grey, path));
      } else {
        const file = await read(path, (file) => file);
        if (file === undefined) continue;
        const { sha256, decoded } = file;
        const { pixels: _pixels, wide: _wide, indices: _indices, ...rest } = decoded;
        await add({ sha256, decoded: rest }, () => this.#judge.judge(decoded, path));
      }
    }
    return { pair, ...(image && { image }), masks, refused };
  }

  #draw(annotated: AnnotatedImage, image: GreyImage | undefined, name: string): JudgedMask {
    if (this.#judge.rules.maskThreshold !== null) {
      throw new InputError(
        sentence`${name} has outlines, for which ${setting("maskThreshold")} has no meaning; leave
          it out`,
      );
    }
    const size = annotated.size ?? image;
    if (size === undefined) throw new InputError(`${name} does not tell the size of its image`);
    return binary(drawMask(annotated, size, this.#wants, name));
  }
}

/** Refuses a mask that has the size of the image after a turn by a right angle. */
function refuseTurned({ mask }: JudgedMask, image: GreyImage, name: string): void {
  const { width, height } = mask;
  if (width === height || width !== image.height || height !== image.width) return;
  throw new InputError(
    `${name} is ${width} x ${height} px, its image ${image.width} x ${image.height} px: one of them ` +
      `seems to be turned or transposed; turn it back`,
  );
}

/** Whether the image of a pair was read. */
export function hasImage(loaded: LoadedPair): loaded is LoadedPair & LoadedCase {
  return loaded.image !== undefined;
}

/** Whether all files of a pair are usable. */
export function isWhole(loaded: LoadedPair): loaded is LoadedPair & LoadedCase {
  return loaded.refused.length === 0;
}
