/**
 * A JPEG file taken apart: its frame, its scans, and all that a decoder needs, in one plain file.
 *
 * The plain file has what the original means: standard Huffman tables where it has none, and
 * Adobe's marker that says which colours it holds. Everything else is left out, so that the decoder
 * sees only what was checked here.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { joined } from "../../core/joined.ts";
import { startsWithText } from "./codec.ts";
import { COEFFICIENTS, type Frame, readFrame } from "./jpeg_frame.ts";
import type { Scan } from "./jpeg_scans.js";
import { isFrameHeader, MARKER, type Segment, segmentHead, segmentsOf } from "./jpeg_segments.ts";
import { JpegTables } from "./jpeg_tables.ts";

/** A JPEG file that is checked except for its coded pixels. */
export interface JpegFile {
  /** The plain file. */
  readonly data: Uint8Array;
  /** The scans; their places are those in `data`. */
  readonly scans: readonly Scan[];
  /** The number of coefficients that all scans code. */
  readonly coefficients: number;
}

/**
 * A progressive file may code its blocks again and again. All scans together may code each block of
 * the image as often as this on average; usual files do so 3 to 10 times.
 */
const MOST_PASSES = 100;

const APP0 = 0xe0;
const APP14 = 0xee;

/**
 * Takes a file apart.
 *
 * @param name How to call the file in an error.
 * @param isRgb Whether three components are RGB where nothing in the file says what they are.
 * @throws {InputError} when it is cut off, damaged, of a kind that the decoder cannot read, or has
 *   more scans than an image needs.
 */
export function readJpegFile(bytes: Uint8Array, name: string, isRgb = false): JpegFile {
  const reader = new FileReader(name, isRgb);
  for (const segment of segmentsOf(bytes, name)) reader.read(segment);
  return reader.file();
}

/** Reads the segments in their order. */
class FileReader {
  readonly #name: string;
  readonly #isRgb: boolean;
  readonly #tables: JpegTables;
  readonly #parts: Uint8Array[] = [];
  readonly #scans: Scan[] = [];
  #frame: Frame | undefined;
  #length = 0;
  #restart = 0;
  #isJfif = false;
  /** Adobe's number for the colours of the file, if it has one. */
  #adobe: number | undefined;
  #blocks = 0;

  constructor(name: string, isRgb: boolean) {
    this.#name = name;
    this.#isRgb = isRgb;
    this.#tables = new JpegTables(name);
  }

  read(segment: Segment): void {
    const { marker, content } = segment;
    if (marker === MARKER.DQT) this.#tables.readQuantisation(content);
    else if (marker === MARKER.DHT) this.#tables.readHuffman(content);
    else if (marker === MARKER.DRI) this.#readRestart(content);
    else if (marker === APP0) this.#isJfif ||= startsWithText(content, "JFIF\0");
    else if (marker === APP14 && content.length >= 12 && startsWithText(content, "Adobe")) {
      this.#adobe = content[11];
    } else if (isFrameHeader(marker)) this.#readFrame(segment);
    else if (marker === MARKER.SOS) this.#readScan(segment);
  }

  #readRestart(content: Uint8Array): void {
    if (content.length < 2) throw this.#damaged("its JPEG restart interval is missing");
    this.#restart = content[0] << 8 | content[1];
  }

  #readFrame({ marker, content }: Segment): void {
    if (this.#frame !== undefined) throw this.#damaged("it has two JPEG frame headers");
    this.#frame = readFrame(marker, content, this.#name);
    if (!this.#frame.progressive) this.#tables.useStandard();
  }

  #readScan({ content, coded }: Segment): void {
    const frame = this.#frame;
    if (frame === undefined) throw this.#damaged("it has JPEG data without a frame header");
    const scan = frame.readScan(content, this.#tables);
    if (this.#scans.length === 0) this.#begin(frame);
    for (const { marker, content } of this.#tables.changes()) this.#write(marker, content);
    const restart = this.#restart;
    if (restart !== (this.#scans.at(-1)?.restart ?? 0)) {
      this.#write(MARKER.DRI, Uint8Array.of(restart >> 8, restart & 255));
    }
    this.#write(MARKER.SOS, scan.header);
    const start = this.#length;
    this.#add(coded);
    this.#scans.push({ ...scan.scan, start, end: this.#length, restart });
    this.#blocks += scan.blocks;
    if (this.#blocks > MOST_PASSES * frame.blocks) {
      throw new InputError(
        `${this.#name} codes its JPEG data more than ${MOST_PASSES} times over, so that unpacking ` +
          `would take long; save it as an ordinary JPEG, or as PNG.`,
      );
    }
  }

  /** Writes what comes before the first scan. */
  #begin(frame: Frame): void {
    this.#add(Uint8Array.of(0xff, 0xd8));
    const colours = frame.adobeColours(this.#isJfif, this.#adobe, this.#isRgb);
    if (colours !== undefined) {
      const adobe = new TextEncoder().encode("Adobe");
      this.#write(APP14, Uint8Array.of(...adobe, 0, 100, 0, 0, 0, 0, colours));
    }
    this.#write(frame.marker, frame.content);
  }

  #write(marker: number, content: Uint8Array): void {
    this.#add(segmentHead(marker, content));
    this.#add(content);
  }

  #add(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  file(): JpegFile {
    const unfinished = this.#frame?.unfinished();
    if (unfinished === undefined || this.#scans.length === 0) {
      throw this.#damaged("it is a JPEG file without an image");
    }
    if (unfinished) throw new InputError(`${this.#name} is cut off: ${unfinished}; copy it again.`);
    this.#add(Uint8Array.of(0xff, MARKER.EOI));
    return {
      data: joined(this.#parts),
      scans: this.#scans,
      coefficients: this.#blocks * COEFFICIENTS,
    };
  }

  #damaged(how: string): InputError {
    return new InputError(`${this.#name} is damaged: ${how}.`);
  }
}
