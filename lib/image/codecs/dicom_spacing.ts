/**
 * How large the pixels of a DICOM image are.
 *
 * @module
 */
import { isMmPerPx, type Spacing } from "../spacing.ts";
import type { DicomElements } from "./dicom_elements.ts";
import { readDicomHeader } from "./dicom_header.ts";

const TAG = {
  regions: 0x00186011,
  spatialFormat: 0x00186012,
  dataType: 0x00186014,
  left: 0x00186018,
  top: 0x0018601a,
  right: 0x0018601c,
  bottom: 0x0018601e,
  unitsX: 0x00186024,
  unitsY: 0x00186026,
  deltaX: 0x0018602c,
  deltaY: 0x0018602e,
  pixelSpacing: 0x00280030,
  imagerPixelSpacing: 0x00181164,
} as const;

/** A picture in two dimensions, of tissue, in centimetres (PS3.3, C.8.5.5). */
const TWO_DIMENSIONAL = 1, TISSUE = 1, CENTIMETRES = 3;
const MM_PER_CM = 10;
/** Digits of a size in mm: those behind come from binary numbers. */
const DIGITS = 12;

/** Usual images have one to four regions. */
const MOST_REGIONS = 64;

/** Where a size of pixels comes from. */
export type SpacingSource =
  | "SequenceOfUltrasoundRegions"
  | "PixelSpacing"
  | "ImagerPixelSpacing";

/** The size of a pixel in mm, in an image or in a part of it. */
export interface DicomSpacing extends Spacing {
  readonly source: SpacingSource;
  /** The part in px, its last column and row included; absent for the whole image. */
  readonly region?: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
}

/**
 * The sizes of pixels that a DICOM file tells, the surest first: each region of ultrasound that
 * shows tissue in two dimensions, then PixelSpacing, then ImagerPixelSpacing. Regions of Doppler
 * and M-mode, whose axes are times or velocities, have none.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} when its header cannot be read.
 */
export function readDicomSpacings(bytes: Uint8Array, name: string): DicomSpacing[] {
  return spacingsOf(readDicomHeader(bytes, name).elements);
}

/** What {@linkcode readDicomSpacings} gives, of a header that is read. */
export function spacingsOf(elements: DicomElements): DicomSpacing[] {
  const found: DicomSpacing[] = [];
  for (const region of elements.items(TAG.regions, MOST_REGIONS)) {
    const isPicture = region.u16(TAG.spatialFormat) === TWO_DIMENSIONAL &&
      region.u16(TAG.dataType) === TISSUE &&
      region.u16(TAG.unitsX) === CENTIMETRES && region.u16(TAG.unitsY) === CENTIMETRES;
    const [left, top, right, bottom] = [TAG.left, TAG.top, TAG.right, TAG.bottom]
      .map((tag) => region.u32(tag));
    // A negative step counts to the left, or upwards.
    const [x, y] = [TAG.deltaX, TAG.deltaY].map((tag) =>
      Number((Math.abs(region.f64(tag) ?? 0) * MM_PER_CM).toPrecision(DIGITS))
    );
    if (!isPicture || !isMmPerPx(x) || !isMmPerPx(y)) continue;
    if (left === undefined || top === undefined || right === undefined || bottom === undefined) {
      continue;
    }
    if (right < left || bottom < top) continue;
    found.push({
      x,
      y,
      source: "SequenceOfUltrasoundRegions",
      region: { left, top, right, bottom },
    });
  }
  for (
    const [tag, source] of [
      [TAG.pixelSpacing, "PixelSpacing"],
      [TAG.imagerPixelSpacing, "ImagerPixelSpacing"],
    ] as const
  ) {
    // The distance of rows, which is that along y, comes first.
    const y = elements.decimal(tag, 0) ?? 0, x = elements.decimal(tag, 1) ?? 0;
    if (isMmPerPx(x) && isMmPerPx(y)) found.push({ x, y, source });
  }
  return found;
}

/**
 * The size of a pixel of the whole image: what the surest source tells, if all of its regions
 * agree. Where they differ, or none is told, it is not known.
 */
export function spacingOfImage(elements: DicomElements): Spacing | undefined {
  const [first, ...others] = spacingsOf(elements);
  if (first === undefined) return undefined;
  const { x, y, source } = first;
  const differs = others.some((other) =>
    other.source === source && (other.x !== x || other.y !== y)
  );
  return differs ? undefined : { x, y };
}
