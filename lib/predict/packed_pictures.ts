/**
 * The picture files of a predicted image.
 *
 * @module
 */
import type { Packers } from "../image/codecs/packers.ts";
import type { GreyImage } from "../image/image.ts";
import { overlay } from "../pictures/overlay.ts";
import type { Prediction } from "./predict_image.ts";

/** A PNG file of an image. */
export interface PackedPicture {
  /** What it shows; its file is `NAME_KIND.png`. */
  readonly kind: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Packs the pictures of an image, all at once: mask, probability, uncertainty, overlay. */
export async function packedPictures(
  image: GreyImage,
  { mask, probability, uncertainty }: Prediction,
  packers: Packers,
): Promise<PackedPicture[]> {
  const { width, height } = image;
  const png = (data: Uint8Array | Uint16Array, channels: 1 | 3 = 1) =>
    packers.pack({ kind: "png", data, width, height, channels });
  const packed = Object.entries({
    mask: png(mask.pixels),
    probability: png(probability),
    ...(uncertainty && { uncertainty: png(uncertainty) }),
    overlay: png(overlay(image, mask), 3),
  });
  return await Promise.all(packed.map(async ([kind, bytes]) => ({ kind, bytes: await bytes })));
}
