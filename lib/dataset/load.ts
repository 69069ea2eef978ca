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
import { greyOf } from "../image/codecs/decode.ts";
import { workersFor } from "../image/codecs/unpackers.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import type { FileStore } from "../store/store.ts";
import type { Pair } from "./pairing.ts";
import { ImageReader } from "./image_reader.ts";
import { AnnotationFiles, isAnnotated } from "./annotations/annotation_files.ts";
import type { AnnotatedImage } from "./annotations/annotations.ts";
import { drawMask } from "./annotations/draw.ts";
import { labelsWanted } from "./annotations/find_annotations.ts";
import { binary, type JudgedMask, MaskJudge } from "./masks.ts";

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
  readonly judged: JudgedMask;
}

/** An unusable file: it is unreadable, or it is not a mask. */
export interface RefusedFile {
  readonly kind: "unreadable" | "mask_unusable";
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
   * calling thread decodes. The result is the same.
   */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Judges the masks; by default all are black and white. */
  readonly judge?: MaskJudge | undefined;
  /** Annotation files that have been read already. */
  readonly annotations?: AnnotationFiles | undefined;
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
  { workers = workersFor(), signal, judge = new MaskJudge(), annotations }: LoadOptions = {},
): AsyncGenerator<LoadedPair> {
  const paths = pairs.flatMap(({ image, masks }) => [
    image,
    ...masks.filter((mask) => !isAnnotated(mask)),
  ]);
  await using files = new ImageReader(store, paths, paths.length < MANY_FILES ? 0 : workers);
  const loader = new PairLoader(files, annotations ?? new AnnotationFiles(store), judge, signal);
  for (const pair of pairs) yield await loader.load(pair);
}

/** Loads the files of one pair after the other. */
class PairLoader {
  readonly #wants: (label: string) => boolean;

  constructor(
    readonly files: ImageReader,
    readonly annotations: AnnotationFiles,
    readonly judge: MaskJudge,
    readonly signal: AbortSignal | undefined,
  ) {
    this.#wants = labelsWanted(judge.rules.maskClass);
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
    const read = (path: string) => {
      this.signal?.throwIfAborted();
      return orRefuse("unreadable", path, () => this.files.read(path));
    };
    const file = await read(pair.image);
    const image = file && { path: pair.image, ...file, grey: greyOf(file.decoded) };
    const masks: LoadedMask[] = [];
    for (const path of pair.masks) {
      const add = (sha256: string, judge: () => JudgedMask) =>
        orRefuse("mask_unusable", path, () => {
          const judged = judge();
          if (image !== undefined) refuseTurned(judged, image.grey, path);
          masks.push({ path, sha256, judged });
        });
      if (isAnnotated(path)) {
        const found = await orRefuse("unreadable", path, () => this.annotations.image(path));
        if (found) await add(found.sha256, () => this.#draw(found.image, image?.grey, path));
      } else {
        const mask = await read(path);
        if (mask) await add(mask.sha256, () => this.judge.judge(mask.decoded, path));
      }
    }
    return { pair, ...(image && { image }), masks, refused };
  }

  #draw(annotated: AnnotatedImage, image: GreyImage | undefined, name: string): JudgedMask {
    if (this.judge.rules.maskThreshold !== null) {
      throw new InputError(
        sentence`${name} has outlines, for which ${
          setting("maskThreshold")
        } has no meaning; leave it
          out`,
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
