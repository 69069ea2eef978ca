/**
 * The pictures of `predictions.html`: of each image a small copy, the outline of its mask and its
 * probabilities. They are kept until the page is written, so their bytes are bounded.
 *
 * @module
 */
import { Packers } from "../../image/codecs/packers.ts";
import { encodeGreyJpeg } from "../../image/codecs/jpeg_encode.ts";
import type { GreyImage } from "../../image/image.ts";
import { resizeGrey } from "../../image/resize.ts";
import { packedMap } from "../../page/probability_map.ts";
import { outlinePath } from "../../pictures/outline_path.ts";
import { shrunkInto } from "../../pictures/picture.ts";
import type { Prediction } from "../predict_image.ts";

/** A prediction of more images has no page. */
export const MOST_PAGE_IMAGES = 10_000;

/** The most characters of pictures and of everything that goes with them in a page. */
const MOST_PAGE_BYTES = 64e6;

/** The longer side of the pictures in px, by the most images; the last have no probabilities. */
const SIDES = [
  { images: 100, side: 640, hasMaps: true },
  { images: 400, side: 448, hasMaps: true },
  { images: 1000, side: 320, hasMaps: true },
  { images: 3000, side: 192, hasMaps: true },
  { images: MOST_PAGE_IMAGES, side: 128, hasMaps: false },
] as const;

/** At this quality, the speckle of a small copy looks like that of the image. */
const QUALITY = 75;

/** What the page shows of an image. */
export interface PagePicture {
  readonly width: number;
  readonly height: number;
  /** A JPEG file in base64. */
  readonly jpeg: string;
  /** The outline of the mask as an SVG path, in px of the picture. */
  readonly outline: string;
  /** The probabilities at the picture's size; absent where they are left out. */
  readonly map?: string | undefined;
}

/** The picture of an image without probabilities; its longer side is at most `side`. */
export function smallPicture(image: GreyImage, mask: GreyImage, side: number): PagePicture {
  const size = shrunkInto(image, side);
  const jpeg = encodeGreyJpeg(resizeGrey(image, size.width, size.height), QUALITY).toBase64();
  return { ...size, jpeg, outline: outlinePath(resizeGrey(mask, size.width, size.height)) };
}

/** Why pictures or probabilities are not in the page. */
export interface LeftOut {
  /** Whether no image has probabilities, because there are so many images. */
  readonly allMaps: boolean;
  /** Images without a picture, and those with a picture but without probabilities. */
  readonly pictures: number;
  readonly maps: number;
}

/** Collects the pictures of a prediction. */
export class PagePictures {
  readonly #side: number;
  readonly #hasMaps: boolean;
  readonly #threshold: number;
  readonly #mostBytes: number;
  readonly #pictures = new Map<string, PagePicture>();
  #bytes = 0;
  #withoutPicture = 0;
  #withoutMap = 0;

  /** @param images The number of images to be predicted, at most {@linkcode MOST_PAGE_IMAGES}. */
  constructor(images: number, threshold: number, mostBytes = MOST_PAGE_BYTES) {
    const { side, hasMaps } = SIDES.find((sides) => images <= sides.images)!;
    this.#side = side;
    this.#hasMaps = hasMaps;
    this.#threshold = threshold;
    this.#mostBytes = mostBytes;
  }

  /** What had to be left out so far. */
  get leftOut(): LeftOut {
    return {
      allMaps: !this.#hasMaps,
      pictures: this.#withoutPicture,
      maps: this.#withoutMap,
    };
  }

  /** The picture of an image, by its path. */
  of(input: string): PagePicture | undefined {
    return this.#pictures.get(input);
  }

  /**
   * Makes the picture of an image, while its pixels are there; {@linkcode add} keeps it. Workers
   * deflate its probabilities if there are any.
   */
  async make(
    image: GreyImage,
    { mask, probability }: Pick<Prediction, "mask" | "probability">,
    packers = new Packers(0),
  ): Promise<PagePicture> {
    const picture = smallPicture(image, mask, this.#side);
    if (!this.#hasMaps) return picture;
    const { width, height } = image;
    const source = { width, height, mask, probability };
    const map = await packedMap(source, this.#threshold, picture, (work) => packers.pack(work));
    return { ...picture, map };
  }

  /** Keeps the picture of an image as far as there is room: the order of the images matters. */
  add(input: string, { map, ...picture }: PagePicture): void {
    if (!this.#takes(picture.jpeg.length + picture.outline.length)) {
      this.#withoutPicture++;
    } else if (map === undefined || this.#takes(map.length)) {
      this.#pictures.set(input, { ...picture, map });
    } else {
      this.#pictures.set(input, picture);
      this.#withoutMap++;
    }
  }

  /** Counts bytes, unless they are too many. */
  #takes(bytes: number): boolean {
    if (this.#bytes + bytes > this.#mostBytes) return false;
    this.#bytes += bytes;
    return true;
  }
}
