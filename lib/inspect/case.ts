/**
 * The facts that are kept of one image and its masks after examination; pixels are not kept.
 *
 * @module
 */
import { type Fingerprint, fingerprintOf, SIDE } from "../dataset/fingerprint.ts";
import type { LoadedCase } from "../dataset/load.ts";
import { hasColour } from "../dataset/mask_levels.ts";
import type { Box } from "../image/contours.ts";
import { type BitsInUse, bitsInUse } from "../image/depth.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";
import { resizeGrey } from "../image/resize.ts";
import { unionOf } from "../image/union.ts";
import { isInverted } from "./inverted.ts";
import { type LesionFacts, lesionOf } from "./lesion.ts";
import { overlayPlaces } from "./overlays.ts";

/** What a file of an image or a mask says besides the pixels. */
type FileFacts = Pick<DecodedImage, "orientation" | "morePages">;

/** The facts of one mask. */
export interface MaskFacts extends FileFacts {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly softPixels: number;
  readonly takenFrom?: string;
  readonly lesion: boolean;
  readonly full: boolean;
  readonly inverted: boolean;
  /** A hash of the pixels. */
  readonly hash: string;
}

/** The facts of one image. */
export interface CaseFacts extends FileFacts {
  readonly image: string;
  readonly width: number;
  readonly height: number;
  /** The kind of file, such as "png, 8 bits, grey" or "png, 16 bits (12 in use), grey". */
  readonly mode: string;
  /** The bits that a 16-bit image uses; `undefined` for one of 8 bits. */
  readonly bitsInUse: BitsInUse | undefined;
  readonly colour: boolean;
  /** Standard deviation of the grey levels. */
  readonly contrast: number;
  /** Where marks seem to be drawn into the image, px. */
  readonly overlay: readonly Box[];
  /** A hash of the pixels. */
  readonly hash: string;
  readonly fingerprint: Fingerprint;
  readonly masks: readonly MaskFacts[];
  /** The lesion of all masks together, at the image's size; absent without a lesion. */
  readonly lesion?: LesionFacts | undefined;
  /** The union of all masks at a fingerprint's size, `[64, 64]`, 0 to 255. */
  readonly smallMask: Uint8Array;
}

const CHANNELS = { 1: "grey", 2: "grey with transparency", 3: "RGB", 4: "RGB with transparency" };

/** Computes the facts of an image and its masks. */
export async function factsOf({ pair, image, masks }: LoadedCase): Promise<CaseFacts> {
  const { decoded, grey } = image;
  const { width, height } = grey;
  const maskFacts = await Promise.all(
    masks.map(async ({ path, decoded, judged }): Promise<MaskFacts> => {
      const { mask, softPixels, takenFrom, lesion, full } = judged;
      return {
        ...fileFacts(decoded),
        path,
        width: mask.width,
        height: mask.height,
        softPixels,
        ...(takenFrom && { takenFrom }),
        lesion,
        full,
        inverted: isInverted(mask),
        hash: await hashOf(mask),
      };
    }),
  );
  const atSize = masks.map(({ judged: { mask } }) =>
    mask.width === width && mask.height === height ? mask : resizeGrey(mask, width, height)
  );
  const small = masks.map(({ judged: { mask } }) => resizeGrey(mask, SIDE, SIDE));
  const lesion = atSize.length === 0 ? undefined : lesionOf(atSize);
  const used = bitsInUse(decoded);
  const bits = `${decoded.bitDepth} bits${used === undefined ? "" : ` (${used} in use)`}`;
  return {
    ...fileFacts(decoded),
    image: pair.image,
    width,
    height,
    mode: `${decoded.format}, ${bits}, ${CHANNELS[decoded.channels]}`,
    bitsInUse: used,
    colour: hasColour(decoded),
    contrast: deviationOf(grey.pixels),
    overlay: overlayPlaces(grey),
    hash: await hashOf(grey),
    fingerprint: fingerprintOf(grey),
    masks: maskFacts,
    lesion,
    smallMask: small.length === 0 ? new Uint8Array(SIDE * SIDE) : unionOf(small).pixels,
  };
}

function fileFacts({ orientation, morePages }: FileFacts): FileFacts {
  return { ...(orientation && { orientation }), ...(morePages && { morePages }) };
}

async function hashOf({ width, height, pixels }: GreyImage): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", pixels as BufferSource));
  return `${width}x${height} ${hash.toHex()}`;
}

function deviationOf(pixels: Uint8Array): number {
  let sum = 0, squares = 0;
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i];
    sum += value;
    squares += value * value;
  }
  const mean = sum / pixels.length;
  return Math.sqrt(Math.max(0, squares / pixels.length - mean * mean));
}
