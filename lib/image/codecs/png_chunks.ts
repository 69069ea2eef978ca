/**
 * The chunks of a PNG file (PNG specification, section 5.3): each is length, name, data and CRC-32.
 *
 * The chain is checked to its end, so that a cut or changed file is named as such. Only what makes pixels
 * is kept. Profiles and texts are not looked into, nor is tRNS: transparency does not change a colour.
 *
 * @module
 */
// A page cannot use it, as it can core/crc32.ts, but it takes a fifteenth of the time.
import { crc32 } from "node:zlib";
import { InputError } from "../../core/errors.ts";

/** Length, name and checksum around the data of a chunk. */
const FRAME_BYTES = 12;

/** What the pixels of a PNG file are made of. */
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
 * @throws {InputError} when the file ends before IEND, a checksum is wrong, a critical chunk is unknown, or
 *   the palette is no list of at most 256 colours.
 */
export function readPixelChunks(bytes: Uint8Array, name: string): PixelChunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  for (let at = 8; at + FRAME_BYTES <= bytes.length;) {
    const end = at + FRAME_BYTES + view.getUint32(at);
    if (end > bytes.length) break;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const data = bytes.subarray(at + 8, end - 4);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
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
      // An upper-case first letter marks a chunk without which the pixels are not right.
      throw new InputError(
        `${name} has the unknown critical PNG chunk ${
          printable(type)
        }; save it as an ordinary PNG.`,
      );
    }
    at = end;
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

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A chunk name that may be shown: hostile files put control characters there. */
function printable(type: string): string {
  return type.replace(/[^A-Za-z]/g, "?");
}
