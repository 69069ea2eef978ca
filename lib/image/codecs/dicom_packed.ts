/**
 * The packed pixels of a DICOM file: found, checked against its header, and made work for a worker.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { joined } from "../../core/joined.ts";
import { notUnpacked, startsWith } from "./codec.ts";
import { codecModule, type CodecName } from "./dicom_codecs.ts";
import { PIXEL_DATA } from "./dicom_elements.ts";
import { type DicomHeader, inflateStart } from "./dicom_header.ts";
import { HOW_TO_UNPACK } from "./dicom_syntaxes.ts";
import { jpegDecoders } from "./jpeg.ts";
import { readJpegFile } from "./jpeg_file.ts";
import { readJpegHeader } from "./jpeg_header.ts";
import { readLosslessFile } from "./jpeg_lossless.ts";
import { readJpegLsFrame } from "./jpeg_ls.ts";
import { JPEG_SIGNATURE } from "./jpeg_segments.ts";
import { readJpeg2000Frame } from "./jpeg2000.ts";
import type { DicomSamples } from "./dicom_samples.ts";
import type { Work } from "./unpack.js";
import type { Packed } from "./unpackers.ts";

/** The pixels of a file that are still packed. */
export interface DicomPacked extends Pick<Packed, "work" | "refusal" | "effort"> {
  /** How the samples lie in the unpacked bytes. */
  readonly samples: DicomSamples;
}

/** The most fragments of one image. */
const MOST_FRAGMENTS = 65536;

/** The header of RLE data: how many segments, and where up to 15 of them begin. */
const RLE_HEADER = 64;

/**
 * Finds the pixels of a file.
 *
 * @param name How to call the file in an error.
 * @throws {InputError} when they are cut off, damaged, or other than the header says.
 */
export function packedPixels(header: DicomHeader, name: string): DicomPacked {
  const { syntax } = header;
  if (!syntax.encapsulated) return nativePixels(header, name);
  const data = fragmentsOf(header, name);
  switch (syntax.packing) {
    case "none":
      return plainPixels(data, 0, header, name);
    case "rle":
      return rlePixels(data, header, name);
    case "jpeg":
      return jpegPixels(data, header, name);
    default:
      return losslessPixels(data, syntax.packing, header, name);
  }
}

/** Pixels as they are, perhaps in a deflated data set. */
function nativePixels(header: DicomHeader, name: string): DicomPacked {
  const { deflated, elements } = header;
  const { at, length } = elements.get(PIXEL_DATA)!;
  if (length === undefined) throw damaged(name, "its pixels have no length");
  const bytes = deflated
    ? inflateStart(deflated, at + Math.min(length, nativeBytes(header)), name)
    : elements.bytes;
  return plainPixels(bytes.subarray(0, at + length), at, header, name);
}

/** The number of bytes of pixels that are not packed. */
function nativeBytes({ width, height, stored }: DicomHeader): number {
  return width * height * (stored.halved ? 2 : stored.samples) * stored.allocated / 8;
}

function plainPixels(
  data: Uint8Array,
  at: number,
  header: DicomHeader,
  name: string,
): DicomPacked {
  const { stored, elements, syntax: { littleEndian } } = header;
  const size = nativeBytes(header);
  if (data.length - at < size) {
    throw new InputError(
      `${name} is cut off: it has ${Math.max(0, data.length - at)} of the ${size} bytes of its ` +
        `DICOM pixels; copy it again.`,
    );
  }
  // In words of 16 bits the first of two bytes is the lower one, which big endian has second.
  const inWords = !littleEndian && elements.get(PIXEL_DATA)?.type === "OW";
  const isOdd = inWords && stored.allocated === 8 && size % 2 === 1;
  if (isOdd && data.length - at === size) {
    throw new InputError(`${name} is cut off: its last DICOM pixel is missing; copy it again.`);
  }
  const taken = size + (isOdd ? 1 : 0);
  return {
    work: {
      kind: "strips",
      data,
      strips: [{ at, length: taken, size: taken, most: taken }],
      compression: "none",
      mirrored: false,
    },
    refusal: notUnpacked("DICOM", header),
    samples: {
      bytes: stored.allocated === 8 ? 1 : 2,
      order: stored.halved ? "halved" : stored.planar ? "planes" : "pixels",
      littleEndian,
      swapped: inWords && stored.allocated === 8,
      colours: stored.colours,
    },
  };
}

/** RLE: a segment for each byte of each sample, the high bytes first (PS3.5, annex G). */
function rlePixels(data: Uint8Array, header: DicomHeader, name: string): DicomPacked {
  const { width, height, stored } = header;
  const perSample = stored.allocated / 8;
  const count = stored.samples * perSample;
  if (data.length < RLE_HEADER) throw damaged(name, "its RLE data is cut off");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const segments = view.getUint32(0, true);
  if (segments !== count) {
    throw damaged(name, `its RLE data has ${segments} segments, not ${count}`);
  }
  const size = width * height;
  const strips = Array.from({ length: count }, (_, i) => {
    const at = view.getUint32(4 + 4 * i, true);
    const end = i + 1 < count ? view.getUint32(8 + 4 * i, true) : data.length;
    if (at < RLE_HEADER || end < at || end > data.length) {
      throw damaged(name, "the segments of its RLE data overlap or lie outside of it");
    }
    // Two bytes become 128 at most.
    if (size > 64 * (end - at)) throw cutOff(name, "RLE");
    return { at, length: end - at, size, most: size };
  });
  return {
    work: { kind: "strips", data, strips, compression: "packbits", mirrored: false },
    refusal: notUnpacked("RLE", header),
    samples: {
      bytes: perSample === 1 ? 1 : 2,
      order: perSample === 1 ? "planes" : "planes of bytes",
      littleEndian: false,
      swapped: false,
      colours: stored.colours,
    },
  };
}

/** JPEG of 8 bits, which libjpeg-turbo unpacks to grey or RGB. */
function jpegPixels(data: Uint8Array, header: DicomHeader, name: string): DicomPacked {
  const { width, height, stored, syntax } = header;
  if (!startsWith(data, JPEG_SIGNATURE)) {
    throw damaged(name, "its pixels do not begin as JPEG does");
  }
  const frame = readJpegHeader(data, name, (bits) => {
    throw new InputError(
      `${name} is a DICOM file whose pixels are packed as ${syntax.title} with ${bits} bits, of ` +
        `which Sonoseg reads 8; ${HOW_TO_UNPACK}.`,
    );
  });
  const { channels, colours } = frame;
  const components = colours === "cmyk" ? 4 : channels;
  checkFrame(header, { width: frame.width, height: frame.height, components }, name);
  const { data: plain, scans, coefficients } = readJpegFile(data, name, stored.colours === "rgb");
  return {
    work: { kind: "jpeg", data: plain, scans, width, height, channels, ...jpegDecoders() },
    effort: coefficients,
    refusal: notUnpacked("JPEG", header),
    samples: {
      bytes: 1,
      order: "pixels",
      littleEndian: true,
      swapped: false,
      colours: stored.samples === 3 ? "rgb" : stored.colours,
    },
  };
}

/** What the code of packed pixels says of them. */
interface CodedFrame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Bits of a sample. */
  readonly bits: number;
}

/** JPEG lossless, JPEG-LS and JPEG 2000: the samples as they were, up to 16 bits. */
function losslessPixels(
  data: Uint8Array<ArrayBuffer>,
  packing: "lossless" | "jpegls" | "jpeg2000",
  header: DicomHeader,
  name: string,
): DicomPacked {
  const { width, height, stored } = header;
  const samplesOf = (frame: CodedFrame, colours = stored.colours, planar = false) => {
    checkFrame(header, frame, name);
    const fits = frame.bits <= stored.allocated;
    if (!fits) throw damaged(name, `it packs ${frame.bits} bits for ${stored.allocated}`);
    const samples: DicomSamples = {
      bytes: frame.bits > 8 ? 2 : 1,
      order: planar ? "planes" : "pixels",
      littleEndian: true,
      swapped: false,
      colours,
    };
    return samples;
  };
  if (packing === "lossless") {
    const file = readLosslessFile(data, name);
    const samples = samplesOf({ ...file, components: file.tables.length });
    // Each sample takes a bit at least.
    if (width * height * stored.samples > 8 * data.length) throw cutOff(name, "lossless JPEG");
    return {
      samples,
      work: { kind: "lossless", ...file },
      refusal: notUnpacked("lossless JPEG", header),
    };
  }
  const work = (
    codec: CodecName,
    { data, bits, components }: CodedFrame & Pick<Work, "data">,
  ) => ({
    kind: "codec",
    data,
    width,
    height,
    components,
    bits,
    codec: codecModule(codec),
  } as const);
  if (packing === "jpegls") {
    const frame = readJpegLsFrame(data, name);
    return {
      samples: samplesOf(frame, stored.colours, frame.planar),
      work: work("charls", frame),
      refusal: notUnpacked("JPEG-LS", header),
    };
  }
  const frame = readJpeg2000Frame(data, name);
  // Where the code mixes its colours itself, unpacking undoes it.
  const colours = frame.mixed && stored.samples === 3 ? "rgb" : stored.colours;
  return {
    samples: samplesOf(frame, colours),
    work: work("openjpeg", frame),
    refusal: notUnpacked("JPEG 2000", header),
  };
}

function checkFrame(
  { width, height, stored }: DicomHeader,
  frame: Omit<CodedFrame, "bits">,
  name: string,
): void {
  if (
    frame.width === width && frame.height === height && frame.components === stored.samples
  ) return;
  throw damaged(
    name,
    `its header says ${width} x ${height} px of ${stored.samples} samples, its packed pixels are ` +
      `${frame.width} x ${frame.height} px of ${frame.components}`,
  );
}

/** The packed bytes of the one image. */
function fragmentsOf({ elements }: DicomHeader, name: string): Uint8Array<ArrayBuffer> {
  const { at, length } = elements.get(PIXEL_DATA)!;
  if (length !== undefined) throw damaged(name, "its packed pixels lie in no fragments");
  // The first fragment is the table of offsets.
  const [, ...fragments] = elements.fragments(at, MOST_FRAGMENTS);
  if (fragments.length === 0) throw damaged(name, "it has no packed pixels");
  return joined(fragments).slice();
}

function cutOff(name: string, what: string): InputError {
  return new InputError(
    `${name} is cut off: its ${what} data is too short for its DICOM image; copy it again.`,
  );
}

function damaged(name: string, how: string): InputError {
  return new InputError(`${name} is damaged: as a DICOM file, ${how}; copy it again.`);
}
