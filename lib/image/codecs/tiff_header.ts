/**
 * The header of a TIFF file: the tags of its first directory, checked before anything is unpacked.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { CHANNELS, checkSize, type Colours, type ImageHeader } from "./header.ts";
import { TiffDirectory } from "./tiff_directory.ts";
import type { FaxKind } from "./tiff_fax.ts";
import { isNumberSize, type SampleKind, type StoredSamples, titleOf } from "./tiff_numbers.ts";
import { MOST_BYTES, readTiffParts, type TiffCompression, type TiffPart } from "./tiff_parts.ts";

const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  samples: 277,
  planes: 284,
  faxOptions: 292,
  predictor: 317,
  palette: 320,
  extraSamples: 338,
  sampleFormat: 339,
} as const;

const COMPRESSIONS: Readonly<Record<number, TiffCompression>> = {
  1: "none",
  2: "fax",
  3: "fax",
  4: "fax",
  5: "lzw",
  8: "deflate",
  32773: "packbits",
  32946: "deflate",
};

const UNREAD_COMPRESSIONS: Readonly<Record<number, string>> = {
  6: "JPEG",
  7: "JPEG",
  34712: "JPEG 2000",
  34887: "LERC",
  34925: "LZMA",
  50000: "Zstandard",
  50001: "WebP",
};

/** How samples become colours: PhotometricInterpretation, with the number of samples. */
const PHOTOMETRICS: Readonly<Record<number, readonly [Colours, samples: 1 | 3]>> = {
  0: ["grey", 1],
  1: ["grey", 1],
  2: ["rgb", 3],
  3: ["palette", 1],
};

const PREDICTORS: Readonly<Record<number, StoredSamples["predictor"]>> = {
  1: "none",
  2: "differences",
  3: "bytes",
};

const UNREAD_PHOTOMETRICS: Readonly<Record<number, string>> = {
  4: "a transparency mask",
  5: "CMYK colours",
  6: "YCbCr colours",
  8: "CIELab colours",
  9: "ICCLab colours",
  32803: "a colour filter array",
  32844: "CIELog2 colours",
  32845: "CIELog2 colours",
};

/** Samples of a pixel beyond this are refused; four make colours and transparency. */
const MOST_SAMPLES = 8;

/** How the samples of a TIFF file lie in it. */
export interface TiffLayout extends ImageHeader, StoredSamples {
  /** Whether the samples are read as numbers (tiff_numbers.ts). */
  readonly numbers: boolean;
  /** Whether the samples become 16 bits. */
  readonly wide: boolean;
  readonly compression: TiffCompression;
  /** How fax compression packs the rows. */
  readonly fax?: FaxKind;
  /** Whether the lowest bit of a byte comes first. */
  readonly mirrored: boolean;
  /** Samples of a pixel, those included that are not read. */
  readonly samples: number;
  /** Whether every sample has its own plane. */
  readonly planar: boolean;
  /** Whether 0 is white. */
  readonly inverted: boolean;
  /** Whether colours are multiplied by their alpha. */
  readonly premultiplied: boolean;
  /** RGB triples of all colours; of 16 bits the upper 8 are kept. */
  readonly palette: Uint8Array | undefined;
  readonly parts: readonly TiffPart[];
}

/**
 * Reads the layout of a TIFF file.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} when it is cut off, damaged, too large, or of a kind that is not read.
 */
export function readTiffLayout(bytes: Uint8Array, name: string): TiffLayout {
  const directory = new TiffDirectory(bytes, name);
  const width = directory.number(TAG.width, 0), height = directory.number(TAG.height, 0);
  checkSize(width, height, name);
  const kind = readKind(directory, name);
  const sampleBits = kind.samples * kind.bitDepth;
  const layout = {
    format: "tiff",
    width,
    height,
    interlaced: false,
    ...(directory.hasNext && { morePages: true }),
    littleEndian: directory.littleEndian,
    ...kind,
  } as const;
  if (width * height * sampleBits / 8 > MOST_BYTES) {
    throw new InputError(
      `${name} has ${kind.samples} samples of ${kind.bitDepth} bits for each of its ${width} x ` +
        `${height} px, more than Sonoseg reads; make it smaller.`,
    );
  }
  return { ...layout, parts: readTiffParts(directory, layout, bytes.length, name) };
}

/** Reads what a sample means and how it is packed. */
function readKind(directory: TiffDirectory, name: string) {
  const refuse = (what: string, how = "save it with 8 or 16 bits, grey or RGB"): never => {
    throw new InputError(
      `${name} is a TIFF image with ${what}, which Sonoseg does not read; ${how}.`,
    );
  };
  const samples = directory.number(TAG.samples, 1);
  if (samples < 1 || samples > MOST_SAMPLES) refuse(`${samples} samples per pixel`);
  const bits = directory.numbers(TAG.bits, samples) ?? [1];
  const bitDepth = bits[0];
  if (bits.some((other) => other !== bitDepth)) refuse("samples of different sizes");
  const format = directory.number(TAG.sampleFormat, 1);
  if (format > 4) refuse(`complex samples (${bitDepth} bits)`);
  const kind: SampleKind = format === 3 ? "float" : format === 2 ? "signed" : "unsigned";
  const numbers = kind !== "unsigned" || ![1, 2, 4, 8, 12, 16].includes(bitDepth);
  const title = titleOf({ kind, bitDepth });
  if (numbers && !isNumberSize(kind, bitDepth)) refuse(title);
  const wide = numbers || bitDepth > 8;

  const photometric = directory.number(TAG.photometric, 0);
  const [colours, needed] = PHOTOMETRICS[photometric] ??
    refuse(UNREAD_PHOTOMETRICS[photometric] ?? `colours of the unknown kind ${photometric}`);
  if (samples < needed) refuse(`${samples} samples per pixel for ${colours} colours`);
  if (samples > 1 && bitDepth < 8) refuse(`${samples} samples of ${bitDepth} bits per pixel`);
  const alpha = alphaOf(directory, samples, needed);

  const code = directory.number(TAG.compression, 1);
  const compression = COMPRESSIONS[code] ??
    refuse(
      `${UNREAD_COMPRESSIONS[code] ?? `the unknown kind ${code} of`} compression`,
      "save it without compression, or with LZW or deflate",
    );
  if (compression === "fax" && (bitDepth !== 1 || kind !== "unsigned")) {
    refuse(`fax compression of ${title}`, "save it without compression, or with LZW or deflate");
  }
  // Without LZW and deflate the predictor has no meaning.
  const isPredicted = compression === "lzw" || compression === "deflate";
  const predictorCode = isPredicted ? directory.number(TAG.predictor, 1) : 1;
  const predictor = PREDICTORS[predictorCode];
  const fits = predictor === "bytes" ? kind === "float" : [8, 16, 32].includes(bitDepth);
  if (predictor === undefined || predictor !== "none" && !fits) {
    refuse(`the predictor ${predictorCode} for ${title}`, "save it without a predictor");
  }
  if (colours === "palette" && wide) refuse(`a palette for ${title}`);
  if (photometric === 0 && numbers) refuse(`0 as white in ${title}`);
  if (alpha === "premultiplied" && wide && bitDepth !== 16) {
    refuse(`alpha multiplied into ${title}`);
  }
  const palette = colours === "palette" ? readPalette(directory, bitDepth, name) : undefined;
  const all = alpha && colours !== "palette" ? `${colours}+alpha` as Colours : colours;
  return {
    bitDepth,
    kind,
    numbers,
    wide,
    colours: all,
    channels: CHANNELS[all],
    compression,
    ...(compression === "fax" && { fax: faxKind(code, directory) }),
    mirrored: directory.number(TAG.fillOrder, 1) === 2,
    predictor,
    samples,
    planar: samples > 1 && directory.number(TAG.planes, 1) === 2,
    inverted: photometric === 0,
    premultiplied: alpha === "premultiplied",
    palette,
  };
}

function faxKind(compression: number, directory: TiffDirectory): FaxKind {
  const group = compression === 3 || compression === 4 ? compression : 2;
  return { group, twoDimensional: (directory.number(TAG.faxOptions, 0) & 1) === 1 };
}

/** Whether the first sample behind the colours is their transparency. */
function alphaOf(
  directory: TiffDirectory,
  samples: number,
  needed: number,
): "straight" | "premultiplied" | undefined {
  if (samples === needed) return undefined;
  const extra = directory.number(TAG.extraSamples, -1);
  if (extra === 1) return "premultiplied";
  // A fourth sample without a description is alpha for most programs.
  return extra === 2 || extra === -1 && samples === needed + 1 ? "straight" : undefined;
}

function readPalette(directory: TiffDirectory, bitDepth: number, name: string): Uint8Array {
  const needed = 3 * 2 ** bitDepth;
  const palette = directory.numbers(TAG.palette, needed) ?? [];
  if (palette.length < needed) {
    throw new InputError(
      `${name} is damaged: its TIFF palette has ${palette.length} values, not 3 for each of ` +
        `${2 ** bitDepth} colours.`,
    );
  }
  // Some programs write values of 8 bits where 16 belong.
  const shift = palette.every((value) => value < 256) ? 0 : 8;
  const colours = 2 ** bitDepth;
  return Uint8Array.from(palette, (_, i) => palette[i % 3 * colours + Math.floor(i / 3)] >> shift);
}
