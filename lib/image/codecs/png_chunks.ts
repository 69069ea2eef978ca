/**
 * The chunks of a PNG file (PNG specification, section 5.3). A chunk is length, name, data and
 * CRC-32.
 *
 * All chunks are checked, so that a cut or changed file is reported as such. Only the pixel data
 * and the palette are kept. Profiles, texts and tRNS are skipped: transparency does not change a
 * colour.
 *
 * @module
 */
// node:zlib takes a fifteenth of the time of core/crc32.ts. A browser does not have it.
import { crc32 } from "node:zlib";
import { InputError } from "../../core/errors.ts";
import { joined } from "../../core/joined.ts";
import { PNG_SIGNATURE } from "./png_header.ts";

/** Length, name and checksum around the data of a chunk. */
const FRAME_BYTES = 12;

/** The most chunks of a file. Those of the largest image, of 8 KiB each, are a tenth of them. */
const MOST_CHUNKS = 1_000_000;

/** A chunk, not checked. */
interface Chunk {
  /** Four characters, such as "IDAT". */
  readonly type: string;
  readonly data: Uint8Array;
  /** What the checksum is of: name and data. */
  readonly checked: Uint8Array;
  readonly checksum: number;
}

/**
 * The chunks of a file that starts with PNG's signature, up to IEND or one that leads out of the
 * file.
 */
export function* pngChunks(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = PNG_SIGNATURE.length; at + FRAME_BYTES <= bytes.length;) {
    const end = at + FRAME_BYTES + view.getUint32(at);
    if (end > bytes.length) return;
    const type = String.fromCharCode(bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]);
    const checked = bytes.subarray(at + 4, end - 4);
    yield { type, data: checked.subarray(4), checked, checksum: view.getUint32(end - 4) };
    if (type === "IEND") return;
    at = end;
  }
}

/** The chunks from which pixels are decoded. */
export interface PixelChunks {
  /** The zlib stream: the data of all IDAT chunks. */
  readonly data: Uint8Array;
  /** RGB triples, if there is a palette. */
  readonly palette: Uint8Array | undefined;
}

/**
 * Walks the chunks of a PNG file, which starts with PNG's signature.
 *
 * @param name How to call the file in an error.
 * @throws {InputError} when the file ends before IEND, a checksum is wrong, a critical chunk is
 *   unknown, or the palette is not a list of at most 256 colours.
 */
export function readPixelChunks(bytes: Uint8Array, name: string): PixelChunks {
  const parts: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  let chunks = 0;
  for (const { type, data, checked, checksum } of pngChunks(bytes)) {
    if (++chunks > MOST_CHUNKS) {
      throw new InputError(
        `${name} has more than ${MOST_CHUNKS} PNG chunks; save it as an ordinary PNG.`,
      );
    }
    if (crc32(checked) !== checksum) {
      throw new InputError(
        `${name} is damaged: the checksum of its PNG chunk ${
          printable(type)
        } is wrong; copy it again.`,
      );
    }
    if (type === "IEND") return { data: joined(parts), palette };
    if (type === "IDAT") parts.push(data);
    else if (type === "PLTE") palette = checkPalette(data, name);
    else if (type !== "IHDR" && /^[A-Z]/.test(type)) {
      // An upper-case first letter marks a critical chunk.
      throw new InputError(
        `${name} has the unknown critical PNG chunk ${
          printable(type)
        }; save it as an ordinary PNG.`,
      );
    }
  }
  throw new InputError(
    `${name} is cut off: the file ends after ${bytes.length} bytes, before its PNG chunk IEND; ` +
      `copy it again.`,
  );
}

function checkPalette(data: Uint8Array, name: string): Uint8Array {
  if (data.length % 3 !== 0 || data.length > 3 * 256) {
    throw new InputError(
      `${name} is damaged: its PNG palette has ${data.length} bytes, not 3 for each of up to 256 colours.`,
    );
  }
  return data;
}

/** A chunk name that is safe to print. Hostile files put control characters there. */
function printable(type: string): string {
  return type.replace(/[^A-Za-z]/g, "?");
}
