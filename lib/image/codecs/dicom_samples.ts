/**
 * The samples of a DICOM image in the order of its pixels, from the orders in which files and
 * decoders give them.
 *
 * @module
 */
import type { DicomColours, DicomHeader } from "./dicom_header.ts";
import { wideSamples } from "./samples.ts";

/**
 * The order of unpacked samples: all samples of a pixel; planes; planes of bytes, the higher byte
 * of each sample first; two pixels with their colour, Y Y Cb Cr.
 */
export type SampleOrder = "pixels" | "planes" | "planes of bytes" | "halved";

/** How samples lie in unpacked bytes. */
export interface DicomSamples {
  /** Bytes of a sample. */
  readonly bytes: 1 | 2;
  readonly order: SampleOrder;
  readonly littleEndian: boolean;
  /** Whether each two bytes of 8-bit samples have changed places. */
  readonly swapped: boolean;
  /** What the unpacked samples are. */
  readonly colours: DicomColours;
}

/** Samples `[height, width, samples]`. */
export type Samples = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

/** The samples in the order of the pixels. `unpacked` may be changed. */
export function samplesInOrder(
  unpacked: Uint8Array<ArrayBuffer>,
  { width, height, stored: { samples } }: DicomHeader,
  layout: DicomSamples,
): Samples {
  const bytes = layout.swapped ? swap(unpacked) : unpacked;
  if (layout.order === "halved") return spreadColours(bytes);
  if (layout.order === "planes of bytes") return joinPlanesOfBytes(bytes, samples);
  const values = layout.bytes === 2
    ? wideSamples(bytes, layout.littleEndian)
    // The last word of an odd number of samples is half filling.
    : bytes.subarray(0, width * height * samples);
  return layout.order === "planes" && samples > 1 ? joinPlanes(values, samples) : values;
}

/** Changes the places of each two bytes. */
function swap(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    [bytes[i], bytes[i + 1]] = [bytes[i + 1], bytes[i]];
  }
  return bytes;
}

function joinPlanes(planes: Samples, samples: number): Samples {
  const pixels = planes.length / samples;
  const all = planes instanceof Uint8Array
    ? new Uint8Array(planes.length)
    : new Uint16Array(planes.length);
  for (let k = 0, from = 0; k < samples; k++) {
    for (let i = 0; i < pixels; i++) all[i * samples + k] = planes[from++];
  }
  return all;
}

function joinPlanesOfBytes(planes: Uint8Array, samples: number): Samples {
  const pixels = planes.length / (2 * samples);
  const all = new Uint16Array(pixels * samples);
  for (let k = 0; k < samples; k++) {
    const high = 2 * k * pixels, low = high + pixels;
    for (let i = 0; i < pixels; i++) {
      all[i * samples + k] = planes[high + i] << 8 | planes[low + i];
    }
  }
  return all;
}

/** Y Cb Cr for each pixel, from Y Y Cb Cr for each two. */
function spreadColours(pairs: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pairs.length / 2 * 3);
  for (let from = 0, to = 0; from < pairs.length; from += 4) {
    for (let k = 0; k < 2; k++) {
      all[to++] = pairs[from + k];
      all[to++] = pairs[from + 2];
      all[to++] = pairs[from + 3];
    }
  }
  return all;
}
