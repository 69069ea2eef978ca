/**
 * From the samples of a DICOM image to 8-bit grey or RGB: rescale and window (PS3.3, C.11.1 and
 * C.11.2), palettes (C.7.6.3.1.5), YBR.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import type { DicomElements } from "./dicom_elements.ts";
import type { DicomHeader, DicomStored } from "./dicom_header.ts";
import { type DicomSamples, type Samples, samplesInOrder } from "./dicom_samples.ts";
import { readTable, type ValueTable } from "./dicom_tables.ts";
import { wideImage } from "./samples.ts";
import type { Pixels } from "./unpackers.ts";

const TAG = {
  padding: 0x00280120,
  paddingLimit: 0x00280121,
  windowCentre: 0x00281050,
  windowWidth: 0x00281051,
  intercept: 0x00281052,
  slope: 0x00281053,
  windowFunction: 0x00281056,
  modalityTables: 0x00283000,
  windowTables: 0x00283010,
  tableEntries: 0x00283002,
  tableData: 0x00283006,
  // Descriptors and data of red, green and blue follow each other.
  paletteEntries: 0x00281101,
  paletteData: 0x00281201,
} as const;

/**
 * The pixels of an image.
 *
 * @param unpacked What a worker gave; it may be changed.
 * @param layout How the samples lie in it.
 * @param name How to call the file in an error.
 * @throws {InputError} when a table of the file is damaged.
 */
export function dicomPixels(
  unpacked: Uint8Array<ArrayBuffer>,
  layout: DicomSamples,
  header: DicomHeader,
  name: string,
): Pixels {
  const { elements, stored } = header;
  const samples = samplesInOrder(unpacked, header, layout);
  switch (layout.colours) {
    case "palette":
      return { pixels: coloured(samples, elements, stored, name) };
    case "grey":
    case "inverted grey":
      return greyPixels(samples, elements, stored, name);
    default: {
      const pixels = upper8(samples, stored);
      if (layout.colours !== "rgb") rgbFromYbr(pixels, layout.colours === "partial ybr");
      return { pixels };
    }
  }
}

/** The value of each sample that can be stored: the bits in use, with their sign. */
function valuesOf({ bits, signed }: DicomStored): Float64Array {
  const half = 2 ** (bits - 1);
  return Float64Array.from(
    { length: 2 ** bits },
    (_, code) => signed && code >= half ? code - 2 * half : code,
  );
}

/** Calls `use` with the index of each sample and its bits in use. */
function eachCode(
  samples: Samples,
  { bits, highBit }: DicomStored,
  use: (i: number, code: number) => void,
): void {
  const shift = highBit + 1 - bits, mask = 2 ** bits - 1;
  for (let i = 0; i < samples.length; i++) use(i, samples[i] >> shift & mask);
}

function greyPixels(
  samples: Samples,
  elements: DicomElements,
  stored: DicomStored,
  name: string,
): Pixels {
  const values = valuesOf(stored);
  const shown = shownBy(elements, stored, name);
  const isPadding = paddingOf(elements, stored);
  const inverted = stored.colours === "inverted grey";
  if (shown === undefined) {
    // As in PNG files of 16 bits, the bits in use tell what is white.
    const wide = new Uint16Array(samples.length);
    eachCode(samples, stored, (i, code) => {
      wide[i] = isPadding(values[code]) ? 0 : inverted ? 65535 - code : code;
    });
    return wideImage(wide);
  }
  const greys = Uint8Array.from(values, (value) => {
    if (isPadding(value)) return 0;
    const grey = Math.min(255, Math.max(0, Math.round(shown(value))));
    return inverted ? 255 - grey : grey;
  });
  const pixels = new Uint8Array(samples.length);
  eachCode(samples, stored, (i, code) => pixels[i] = greys[code]);
  return { pixels };
}

/**
 * The grey level, 0 to 255, as which a value is shown; `undefined` where the file does not tell,
 * and 16 bits may hold fewer.
 */
function shownBy(
  elements: DicomElements,
  stored: DicomStored,
  name: string,
): ((value: number) => number) | undefined {
  const rescale = rescaleOf(elements, name);
  const window = windowOf(elements) ?? windowTable(elements, name);
  if (window) return (value) => window(rescale.of(value));
  const { bits, signed } = stored;
  if (rescale.table) {
    const { table } = rescale;
    const scale = 255 / Math.max(1, 2 ** table.bits - 1);
    return (value) => rescale.of(value) * scale;
  }
  if (bits === 16 && !signed && !rescale.falls) return undefined;
  const least = signed ? -(2 ** (bits - 1)) : 0;
  // Of more than 8 bits the upper 8 are kept, of fewer the range is spread.
  const scale = bits >= 8 ? 2 ** (8 - bits) : 255 / (2 ** bits - 1);
  const grey = (value: number) => (value - least) * scale;
  return rescale.falls
    ? (value) => 255 - Math.floor(grey(value))
    : (value) => bits >= 8 ? Math.floor(grey(value)) : grey(value);
}

/** From a stored value to one of the device, such as Hounsfield units. */
function rescaleOf(elements: DicomElements, name: string) {
  const [item] = elements.items(TAG.modalityTables, 1);
  if (item !== undefined) {
    const table = readTable(item, TAG.tableEntries, TAG.tableData, name);
    return { of: (value: number) => table.at(value), falls: false, table };
  }
  const slope = elements.decimal(TAG.slope) || 1;
  const intercept = elements.decimal(TAG.intercept) ?? 0;
  return { of: (value: number) => slope * value + intercept, falls: slope < 0, table: undefined };
}

/** The first window: what it shows as 0 to 255. */
function windowOf(elements: DicomElements): ((value: number) => number) | undefined {
  const centre = elements.decimal(TAG.windowCentre);
  const width = elements.decimal(TAG.windowWidth);
  if (centre === undefined || width === undefined || !(width > 0)) return undefined;
  switch (elements.texts(TAG.windowFunction)[0]) {
    case "SIGMOID":
      return (value) => 255 / (1 + Math.exp(-4 * (value - centre) / width));
    case "LINEAR_EXACT":
      return (value) => 255 * ((value - centre) / width + 0.5);
    default: {
      const last = Math.max(width - 1, Number.EPSILON);
      return (value) => 255 * ((value - (centre - 0.5)) / last + 0.5);
    }
  }
}

/** A window that is given as a table. */
function windowTable(
  elements: DicomElements,
  name: string,
): ((value: number) => number) | undefined {
  const [item] = elements.items(TAG.windowTables, 1);
  if (item === undefined) return undefined;
  const table: ValueTable = readTable(item, TAG.tableEntries, TAG.tableData, name);
  const scale = 255 / Math.max(1, 2 ** table.bits - 1);
  return (value) => table.at(value) * scale;
}

/** Whether a value fills up what the picture does not cover. Such pixels become black. */
function paddingOf(
  elements: DicomElements,
  { bits, signed }: DicomStored,
): (value: number) => boolean {
  const valueOf = (tag: number) => {
    const stored = elements.u16(tag);
    if (stored === undefined) return undefined;
    const code = stored & 2 ** bits - 1;
    return signed && code >= 2 ** (bits - 1) ? code - 2 ** bits : code;
  };
  const first = valueOf(TAG.padding);
  if (first === undefined) return () => false;
  const last = valueOf(TAG.paddingLimit) ?? first;
  const least = Math.min(first, last), most = Math.max(first, last);
  return (value) => value >= least && value <= most;
}

/** RGB of a palette. */
function coloured(
  samples: Samples,
  elements: DicomElements,
  stored: DicomStored,
  name: string,
): Uint8Array {
  const tables = [0, 1, 2].map((k) =>
    readTable(elements, TAG.paletteEntries + k, TAG.paletteData + k, name)
  );
  const isWide = tables.some(({ most }) => most > 255);
  const values = valuesOf(stored);
  const colours = tables.map((table) =>
    Uint8Array.from(values, (value) => isWide ? table.at(value) >> 8 : table.at(value))
  );
  const rgb = new Uint8Array(3 * samples.length);
  eachCode(samples, stored, (i, code) => {
    for (let k = 0; k < 3; k++) rgb[3 * i + k] = colours[k][code];
  });
  return rgb;
}

/** The upper 8 bits in use of each sample. */
function upper8(samples: Samples, stored: DicomStored): Uint8Array {
  const { bits } = stored;
  if (samples instanceof Uint8Array && bits === 8) return samples;
  const scale = bits >= 8 ? 2 ** (8 - bits) : 255 / (2 ** bits - 1);
  const pixels = new Uint8Array(samples.length);
  eachCode(samples, stored, (i, code) => pixels[i] = code * scale);
  return pixels;
}

/** Turns Y Cb Cr into RGB in place. Partial: Y from 16 to 235, Cb and Cr from 16 to 240. */
function rgbFromYbr(pixels: Uint8Array, isPartial: boolean): void {
  const rgb = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  const [black, yScale, cScale] = isPartial ? [16, 255 / 219, 255 / 224] : [0, 1, 1];
  for (let i = 0; i < pixels.length; i += 3) {
    const y = (pixels[i] - black) * yScale;
    const cb = (pixels[i + 1] - 128) * cScale, cr = (pixels[i + 2] - 128) * cScale;
    rgb[i] = y + 1.402 * cr;
    rgb[i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    rgb[i + 2] = y + 1.772 * cb;
  }
}

/** Throws unless the tables that an image needs are there, before its pixels are unpacked. */
export function checkTables({ elements, stored }: DicomHeader, name: string): void {
  if (stored.colours !== "palette") return;
  for (let k = 0; k < 3; k++) {
    if (elements.get(TAG.paletteEntries + k) && elements.get(TAG.paletteData + k)) continue;
    throw new InputError(
      `${name} is a DICOM image in palette colours, whose palette is missing or segmented, which ` +
        `Sonoseg does not read; save it as RGB.`,
    );
  }
}
