/**
 * What a page asks its workers: plain data in, plain data out. The functions are those of
 * `predict`, so the answers are its bytes.
 *
 * The logits of an image stay in a Blob, which the browser may keep on disk. Other thresholds and
 * the files to take along are made from them and the image, without the network.
 *
 * @module
 */
import { crc32 } from "../core/crc32.ts";
import { InputError } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import { Depth } from "../dataset/depth.ts";
import { leftOutLines } from "../dataset/left_out.ts";
import { Spacings } from "../dataset/spacings.ts";
import { type ZipEntry, type ZipFrame, zipFrame } from "../formats/zip_writer.ts";
import { decodeImage } from "../image/codecs/decode.ts";
import { encodeGrey } from "../image/codecs/encode.ts";
import { Packers } from "../image/codecs/packers.ts";
import type { GreyImage } from "../image/image.ts";
import { IMAGE_NAME } from "../image/image_names.ts";
import { bitsInUseOf } from "../model/model_input.ts";
import { packedMap } from "../page/probability_map.ts";
import { outlinePath } from "../pictures/outline_path.ts";
import { chosenOptions } from "../predict/chosen_options.ts";
import { entryOf, type Failure, leastAreaOf, type PredictionSettings } from "../predict/entries.ts";
import { findInputs, masksOf, type PredictInput } from "../predict/inputs.ts";
import { listsOf, listTexts } from "../predict/list_texts.ts";
import { preprocess, runBatch } from "../predict/logits.ts";
import { packedPictures } from "../predict/packed_pictures.ts";
import { type PagePicture, PagePictures, smallPicture } from "../predict/page/page_pictures.ts";
import { type Prediction, predictionOf } from "../predict/predict_image.ts";
import type { PredictionWishes } from "../predict/prediction_fields.ts";
import { settingsOf } from "../predict/prediction_settings.ts";
import type { Result } from "../predict/shards.ts";
import { bytesOf, type DroppedFile, DroppedFiles } from "./dropped_files.ts";
import { truthIn } from "./truth.ts";
import type { PageModel } from "./page_model.ts";

/** The longer side of a picture in the page's list, px. */
const LIST_SIDE = 360;

/** An image and how it is predicted. */
export interface ImageJob extends PredictInput {
  readonly file: Blob;
  /** The logits of an earlier answer. */
  readonly logits?: Blob | undefined;
  readonly settings: PredictionSettings;
}

/** An image as the page lists it. */
export interface ListedImage {
  readonly result: Result;
  /** Absent for an image that was refused. */
  readonly picture?: PagePicture;
  readonly logits?: Blob;
}

/** An image at its own size, for the viewer. */
export interface EnlargedImage {
  readonly width: number;
  readonly height: number;
  readonly png: Blob;
  readonly outline: string;
  /** Packed probabilities. */
  readonly map: string;
  /** The outline of the true mask; absent where there is none. */
  readonly truth?: string;
  /** Why a mask of the image cannot be used. */
  readonly trouble?: string;
}

/** An image that was found, and its masks. */
export interface FoundImage extends PredictInput {
  readonly masks: readonly string[];
}

/** A file to take along. */
export interface PackedFile extends ZipEntry {
  readonly file: Blob;
}

/** The jobs of a model, by name. */
export class Jobs {
  readonly #model: PageModel;
  readonly #depth: Depth;
  readonly #packers = new Packers(0);

  constructor(model: PageModel) {
    this.#model = model;
    this.#depth = Depth.ofModel(bitsInUseOf(model.model));
  }

  /**
   * The images among files that were chosen, as `predict` finds them in files and folders. A mask
   * is also known where it was chosen beside its image.
   */
  async inputs(
    { given, files }: { given: readonly string[]; files: readonly DroppedFile[] },
  ): Promise<{ images: readonly FoundImage[]; failures: readonly Failure[]; notes: string[] }> {
    const { config } = this.#model;
    const found = await findInputs(new DroppedFiles(files), given, config);
    const paths = files.map(({ path }) => path).filter((path) => IMAGE_NAME.test(path)).sort();
    const byImage = masksOf(paths, config);
    const masks = new Set([...found.masks, ...[...byImage.values()].flat()]);
    const images = found.images.filter(({ path }) => !masks.has(path))
      .map((image) => ({ ...image, masks: byImage.get(image.path) ?? [] }));
    const compared = images.filter(({ masks }) => masks.length > 0).length;
    return {
      images,
      failures: found.failures,
      notes: [
        ...(masks.size === 0 ? [] : [
          `${plural(masks.size, "file")} named like masks: left out, and compared with the ` +
          `outlines of ${plural(compared, "image")} when they are enlarged`,
        ]),
        ...leftOutLines(found.leftOut).map(String),
      ],
    };
  }

  /** The settings of a prediction with these wishes. Throws {@linkcode InputError}. */
  settings(wishes: Partial<PredictionWishes>): PredictionSettings {
    const { model, config, engine } = this.#model;
    return settingsOf(chosenOptions(wishes, [model]), [model], [config], engine);
  }

  /** Predicts an image, or measures it again where its logits are known. */
  async image(job: ImageJob): Promise<ListedImage> {
    const { path, stem, settings } = job;
    try {
      const { image, found, logits } = await this.#predict(job);
      const picture = smallPicture(image, found.mask, LIST_SIDE);
      return { result: entryOf(path, stem, found, settings), picture, logits };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { result: { input: path, error: error.message } };
    }
  }

  /** An image for the viewer, beside its true mask if there is one. */
  async enlarge(
    { masks, ...job }: ImageJob & { masks: readonly DroppedFile[] },
  ): Promise<EnlargedImage> {
    const { image, found: { mask, probability } } = await this.#predict(job);
    const { width, height } = image;
    return {
      width,
      height,
      png: new Blob([encodeGrey(image)], { type: "image/png" }),
      outline: outlinePath(mask),
      map: await packedMap({ width, height, probability, mask }, job.settings.threshold),
      ...(masks.length > 0 && await truthIn(masks, image)),
    };
  }

  /** The files of an image, and its picture for a page of so many images. */
  async files(
    { images, ...job }: ImageJob & { images: number },
  ): Promise<{ files: PackedFile[]; picture: PagePicture }> {
    const { image, found } = await this.#predict(job);
    const packed = await packedPictures(image, found, this.#packers);
    const pictures = new PagePictures(images, job.settings.threshold);
    return {
      files: packed.map(({ kind, bytes }) => packedFile(`${job.stem}_${kind}.png`, bytes)),
      picture: await pictures.make(image, found, this.#packers),
    };
  }

  /** The files that sum up a prediction. */
  async lists({ settings, failures, results, pictures }: {
    settings: PredictionSettings;
    failures: readonly Failure[];
    results: readonly Result[];
    pictures: readonly (readonly [input: string, PagePicture])[];
  }): Promise<PackedFile[]> {
    const ofPage = new PagePictures(results.length, settings.threshold);
    for (const [input, picture] of pictures) ofPage.add(input, picture);
    const texts = await listTexts(listsOf(settings, failures, results), ofPage);
    return Object.entries(texts).map(([name, text]) =>
      packedFile(name, new TextEncoder().encode(text))
    );
  }

  /** What a zip archive has around the bytes of its files. Throws {@linkcode InputError}. */
  zip({ entries }: { entries: readonly ZipEntry[] }): ZipFrame {
    return zipFrame(entries);
  }

  async #predict(
    { path, file, logits, settings }: ImageJob,
  ): Promise<{ image: GreyImage; found: Prediction; logits: Blob }> {
    const { config, predictor } = this.#model;
    const { width, height, fit } = config;
    const input = { width, height, fit };
    const decoded = decodeImage(await bytesOf(path, file), path);
    const image = Spacings.forAll(settings.mm_per_px)
      .applied(path, this.#depth.greyOf(decoded, path));
    const answers = logits
      ? [new Float32Array(await logits.arrayBuffer())]
      : await runBatch(preprocess(image, input, settings.tta), predictor, input, 1);
    const { threshold, tta, keep_largest: keepLargest } = settings;
    const options = { tta, minArea: leastAreaOf(settings, image), keepLargest };
    const found = predictionOf([{ answers, input }], image, threshold, options);
    return { image, found, logits: logits ?? new Blob([answers[0].slice()]) };
  }
}

function packedFile(name: string, bytes: Uint8Array<ArrayBuffer>): PackedFile {
  return { name, size: bytes.length, crc: crc32(bytes), file: new Blob([bytes]) };
}
