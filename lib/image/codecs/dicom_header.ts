/**
 * The header of a DICOM file: its transfer syntax, and all that tells how its pixels are stored.
 *
 * @module
 */
import { Inflate } from "fflate";
import { InputError } from "../../core/errors.ts";
import { joined } from "../../core/joined.ts";
import { startsWithText } from "./codec.ts";
import { DicomElements, PIXEL_DATA } from "./dicom_elements.ts";
import { type DicomSyntax, printableUid, syntaxOf, withoutPixels } from "./dicom_syntaxes.ts";
import { CHANNELS, checkSize, type ImageHeader } from "./header.ts";

/** Where the four letters are that tell a DICOM file: behind a preamble of any content. */
const PREAMBLE = 128, PREFIX = "DICM";

const TAG = {
  mediaClass: 0x00020002,
  syntax: 0x00020010,
  sopClass: 0x00080016,
  samples: 0x00280002,
  photometric: 0x00280004,
  planar: 0x00280006,
  frames: 0x00280008,
  rows: 0x00280010,
  columns: 0x00280011,
  allocated: 0x00280100,
  stored: 0x00280101,
  highBit: 0x00280102,
  signed: 0x00280103,
  floats: 0x7fe00008,
  doubles: 0x7fe00009,
} as const;

/** The group of the elements that come before the data set. */
const META_GROUP = 0x0002;

/** Of a deflated file so much is inflated to find the header. Usual headers have a few KiB. */
const HEADER_BYTES = 2 ** 21;

/** Packed bytes that are inflated at once, to at most 128 KiB. */
const INFLATED_PIECE = 128;

/** How samples become colours: PhotometricInterpretation. */
export type DicomColours = "grey" | "inverted grey" | "palette" | "rgb" | "ybr" | "partial ybr";

/** The colours of each name, the number of samples, and whether pairs of pixels share colour. */
const PHOTOMETRICS: Readonly<
  Record<string, readonly [DicomColours, samples: 1 | 3, isHalved?: true]>
> = {
  "MONOCHROME1": ["inverted grey", 1],
  "MONOCHROME2": ["grey", 1],
  "PALETTE COLOR": ["palette", 1],
  "RGB": ["rgb", 3],
  "YBR_FULL": ["ybr", 3],
  "YBR_FULL_422": ["ybr", 3, true],
  "YBR_PARTIAL_422": ["partial ybr", 3, true],
  // JPEG 2000 undoes these itself.
  "YBR_ICT": ["rgb", 3],
  "YBR_RCT": ["rgb", 3],
};

/** How the pixels of a DICOM file are stored. */
export interface DicomHeader extends ImageHeader {
  readonly syntax: DicomSyntax;
  readonly elements: DicomElements;
  readonly stored: DicomStored;
  /** The deflated data set; `elements` then holds its beginning alone. */
  readonly deflated?: Uint8Array;
}

/** What the samples are. */
export interface DicomStored {
  readonly colours: DicomColours;
  /** Samples of a pixel. */
  readonly samples: 1 | 3;
  /** Whether pairs of pixels share their colour: where pixels are not packed, Y Y Cb Cr. */
  readonly halved: boolean;
  /** Whether each sample has its own plane. */
  readonly planar: boolean;
  /** Bits that a sample takes, 8 or 16; of these, how many it uses, and the highest of them. */
  readonly allocated: 8 | 16;
  readonly bits: number;
  readonly highBit: number;
  readonly signed: boolean;
}

/** Whether a file is DICOM. */
export function isDicom(bytes: Uint8Array): boolean {
  return startsWithText(bytes.subarray(PREAMBLE), PREFIX);
}

/**
 * Reads the header of a DICOM file.
 *
 * @param bytes The whole file.
 * @param name How to call the file in an error.
 * @throws {InputError} when it is cut off, damaged, too large, or of a kind that is not read.
 */
export function readDicomHeader(bytes: Uint8Array, name: string): DicomHeader {
  const meta = new DicomElements(bytes, { explicit: true, littleEndian: true }, name, {
    start: PREAMBLE + PREFIX.length,
    takes: (tag) => tag >>> 16 === META_GROUP,
  });
  const refuseKind = (sopClass = "") => {
    const kind = withoutPixels(sopClass);
    if (kind === undefined) return;
    throw new InputError(
      `${name} is a DICOM file without an image: it holds ${kind} (SOP class ${sopClass}); take ` +
        `it out.`,
    );
  };
  refuseKind(meta.texts(TAG.mediaClass)[0]);
  const [uid] = meta.texts(TAG.syntax);
  if (!uid) {
    throw new InputError(
      `${name} is damaged: its DICOM header does not say the transfer syntax; copy it again.`,
    );
  }
  const syntax = syntaxOf(uid);
  if ("unread" in syntax) {
    throw new InputError(
      `${name} is a DICOM file whose pixels are packed as ${syntax.unread}, which Sonoseg does ` +
        `not read; ${syntax.how}.`,
    );
  }
  const deflated = syntax.deflated ? bytes.subarray(meta.end) : undefined;
  const elements = deflated
    ? new DicomElements(inflateStart(deflated, HEADER_BYTES, name), syntax, name)
    : new DicomElements(bytes, syntax, name, { start: meta.end });
  const [sopClass] = elements.texts(TAG.sopClass);
  refuseKind(sopClass);
  if (elements.get(PIXEL_DATA) === undefined) {
    const floats = elements.get(TAG.floats) ?? elements.get(TAG.doubles);
    throw new InputError(
      floats
        ? `${name} is a DICOM file with floating-point pixels, which Sonoseg does not read; save ` +
          `it with 8 or 16 bits.`
        : `${name} is a DICOM file without pixels (SOP class ${
          printableUid(sopClass ?? "")
        }), so ` +
          `it is no image, or it was cut off; take it out, or copy it again.`,
    );
  }
  return {
    ...readImage(elements, syntax, name),
    syntax,
    elements,
    ...(deflated && { deflated }),
  };
}

/** Reads the size of the image and how its samples are stored. */
function readImage(elements: DicomElements, syntax: DicomSyntax, name: string) {
  const refuse = (what: string, how = "save it with 8 or 16 bits, grey or RGB"): never => {
    throw new InputError(
      `${name} is a DICOM image with ${what} (${syntax.title}), which Sonoseg does not read; ${how}.`,
    );
  };
  const number = (tag: number, what: string, otherwise?: number): number => {
    const value = elements.u16(tag) ?? otherwise;
    if (value !== undefined) return value;
    throw new InputError(
      `${name} is damaged: its DICOM header does not say the ${what}; copy it again.`,
    );
  };
  const width = number(TAG.columns, "columns"), height = number(TAG.rows, "rows");
  checkSize(width, height, name);
  const frames = elements.decimal(TAG.frames) ?? 1;
  if (frames !== 1) {
    refuse(
      `${frames} frames`,
      "save those that are wanted as single images, for example with `dcmj2pnm +Fa +on`",
    );
  }
  const samples = number(TAG.samples, "samples per pixel");
  const [photometric = ""] = elements.texts(TAG.photometric);
  const known = Object.hasOwn(PHOTOMETRICS, photometric) ? PHOTOMETRICS[photometric] : undefined;
  const [colours, needed, halved = false] = known ??
    refuse(
      /^[A-Z_0-9 ]{1,16}$/.test(photometric)
        ? `${photometric} colours`
        : "colours of no known kind",
    );
  if (samples !== needed) refuse(`${samples} samples per pixel for ${photometric} colours`);
  const allocated = number(TAG.allocated, "bits of a sample");
  if (allocated !== 8 && allocated !== 16) return refuse(`samples of ${allocated} bits`);
  const bits = number(TAG.stored, "bits that a sample uses", allocated);
  const highBit = number(TAG.highBit, "highest bit", bits - 1);
  if (bits < 1 || highBit < bits - 1 || highBit >= allocated) {
    throw new InputError(
      `${name} is damaged: its DICOM header says that samples of ${allocated} bits use ${bits} ` +
        `bits up to bit ${highBit}; copy it again.`,
    );
  }
  if (halved && !syntax.encapsulated && (allocated !== 8 || width % 2 === 1)) {
    refuse(`${photometric} colours of ${width} columns with ${allocated} bits`);
  }
  const stored: DicomStored = {
    colours,
    samples: needed,
    halved: halved && !syntax.encapsulated,
    planar: needed === 3 && !halved && elements.u16(TAG.planar) === 1,
    allocated,
    bits,
    highBit,
    signed: elements.u16(TAG.signed) === 1,
  };
  const shown = needed === 3 || colours === "palette" ? "rgb" : "grey";
  return {
    format: "dicom",
    width,
    height,
    bitDepth: allocated,
    colours: shown,
    channels: CHANNELS[shown],
    interlaced: false,
    stored,
  } as const;
}

/**
 * Inflates a data set up to `most` bytes; what follows is left.
 *
 * @throws {InputError} for damaged data.
 */
export function inflateStart(packed: Uint8Array, most: number, name: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Inflate((part) => {
    parts.push(part);
    length += part.length;
  });
  try {
    for (let at = 0; at < packed.length && length < most; at += INFLATED_PIECE) {
      stream.push(packed.subarray(at, at + INFLATED_PIECE), at + INFLATED_PIECE >= packed.length);
    }
  } catch {
    throw new InputError(
      `${name} is cut off or damaged: its deflated DICOM data cannot be unpacked; copy it again.`,
    );
  }
  return joined(parts).subarray(0, most);
}
