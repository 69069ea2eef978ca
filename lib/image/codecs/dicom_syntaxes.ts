/**
 * The transfer syntaxes of DICOM, which say how a file is written and how its pixels are packed
 * (PS3.6, annex A), and the kinds of files that hold no pixels.
 *
 * @module
 */
import type { DicomEncoding } from "./dicom_elements.ts";

/** How pixels are packed. */
export type DicomPacking = "none" | "rle" | "jpeg" | "lossless" | "jpegls" | "jpeg2000";

/** A transfer syntax that is read. */
export interface DicomSyntax extends DicomEncoding {
  readonly title: string;
  readonly packing: DicomPacking;
  /** Whether the pixels lie in fragments. */
  readonly encapsulated: boolean;
  /** Whether the data set is deflated. */
  readonly deflated: boolean;
}

const NATIVE: Omit<DicomSyntax, "title"> = {
  explicit: true,
  littleEndian: true,
  packing: "none",
  encapsulated: false,
  deflated: false,
};

function packed(title: string, packing: DicomPacking): DicomSyntax {
  return { ...NATIVE, title, packing, encapsulated: true };
}

/** The beginning of all identifiers that the standard defines. */
const ROOT = "1.2.840.10008.";

const SYNTAXES: Readonly<Record<string, DicomSyntax>> = {
  "1.2": { ...NATIVE, title: "Implicit VR Little Endian", explicit: false },
  "1.2.1": { ...NATIVE, title: "Explicit VR Little Endian" },
  "1.2.1.98": packed("Encapsulated Uncompressed", "none"),
  "1.2.1.99": { ...NATIVE, title: "Deflated Explicit VR Little Endian", deflated: true },
  "1.2.2": { ...NATIVE, title: "Explicit VR Big Endian", littleEndian: false },
  "1.2.5": packed("RLE Lossless", "rle"),
  "1.2.4.50": packed("JPEG Baseline", "jpeg"),
  "1.2.4.51": packed("JPEG Extended", "jpeg"),
  "1.2.4.55": packed("JPEG Full Progression", "jpeg"),
  "1.2.4.57": packed("JPEG Lossless", "lossless"),
  "1.2.4.70": packed("JPEG Lossless, First-Order Prediction", "lossless"),
  "1.2.4.80": packed("JPEG-LS Lossless", "jpegls"),
  "1.2.4.81": packed("JPEG-LS Near-Lossless", "jpegls"),
  "1.2.4.90": packed("JPEG 2000 Lossless", "jpeg2000"),
  "1.2.4.91": packed("JPEG 2000", "jpeg2000"),
};

/** Transfer syntaxes that are not read. */
const UNREAD: Readonly<Record<string, string>> = {
  "1.2.4.92": "JPEG 2000 Part 2 Multi-component Lossless",
  "1.2.4.93": "JPEG 2000 Part 2 Multi-component",
  "1.2.4.94": "JPIP Referenced",
  "1.2.4.95": "JPIP Referenced Deflate",
  "1.2.4.100": "MPEG2 Main Profile, Main Level",
  "1.2.4.101": "MPEG2 Main Profile, High Level",
  "1.2.4.102": "MPEG-4 AVC/H.264 High Profile, Level 4.1",
  "1.2.4.103": "MPEG-4 AVC/H.264 BD-compatible",
  "1.2.4.104": "MPEG-4 AVC/H.264 High Profile, Level 4.2 for 2D video",
  "1.2.4.105": "MPEG-4 AVC/H.264 High Profile, Level 4.2 for 3D video",
  "1.2.4.106": "MPEG-4 AVC/H.264 Stereo High Profile",
  "1.2.4.107": "HEVC/H.265 Main Profile",
  "1.2.4.108": "HEVC/H.265 Main 10 Profile",
  "1.2.4.110": "JPEG XL Lossless",
  "1.2.4.111": "JPEG XL JPEG Recompression",
  "1.2.4.112": "JPEG XL",
  "1.2.4.201": "High-Throughput JPEG 2000 Lossless",
  "1.2.4.202": "High-Throughput JPEG 2000 with RPCL Lossless",
  "1.2.4.203": "High-Throughput JPEG 2000",
};

/** The numbers of MPEG, H.264 and H.265. */
const FILM = /^1\.2\.4\.10\d/;

/** SOP classes, and whole branches of them, whose objects hold no pixels. */
const WITHOUT_PIXELS: readonly (readonly [branch: string, title: string])[] = [
  ["1.3.10", "a DICOMDIR"],
  ["5.1.4.1.1.88.59", "a Key Object Selection"],
  ["5.1.4.1.1.88", "a Structured Report"],
  ["5.1.4.1.1.104.1", "an Encapsulated PDF"],
  ["5.1.4.1.1.104.2", "an Encapsulated CDA"],
  ["5.1.4.1.1.104", "an encapsulated document"],
  ["5.1.4.1.1.11", "a Presentation State"],
  ["5.1.4.1.1.9", "a waveform"],
  ["5.1.4.1.1.66", "Raw Data"],
  ["5.1.4.1.1.481", "an object of radiotherapy"],
];

/** What to do where a program that unpacks is at hand. */
export const HOW_TO_UNPACK = "unpack it, for example with `gdcmconv -w` or `dcmdjpeg`";

/**
 * The transfer syntax of an identifier.
 *
 * @returns For one that is not read, its name and what to do.
 */
export function syntaxOf(uid: string): DicomSyntax | { readonly unread: string; how: string } {
  const short = uid.startsWith(ROOT) ? uid.slice(ROOT.length) : "";
  if (Object.hasOwn(SYNTAXES, short)) return SYNTAXES[short];
  const title = Object.hasOwn(UNREAD, short) ? UNREAD[short] : "a transfer syntax of another kind";
  return {
    unread: `${title} (${printableUid(uid)})`,
    how: FILM.test(short)
      ? "it is a film: save its frames as single images in the program that shows it"
      : HOW_TO_UNPACK,
  };
}

/** The name of what holds no pixels, by its SOP class; `undefined` for other classes. */
export function withoutPixels(sopClass: string): string | undefined {
  return WITHOUT_PIXELS.find(([branch]) => `${sopClass}.`.startsWith(`${ROOT}${branch}.`))?.[1];
}

/** An identifier for a message; what is none may hold anything and is not shown. */
export function printableUid(uid: string): string {
  return /^[0-9.]{1,64}$/.test(uid) ? uid : "no valid identifier";
}
