/**
 * The chunks of a PNG file (PNG specification, section 5.3): each is length, name, data and CRC-32.
 *
 * The chain is checked here to its end, so that a cut or changed file is named as such, and only the
 * chunks that make pixels are passed on: profiles and compressed texts, which could unpack to gigabytes,
 * never reach the decoder. Neither does tRNS: transparency does not change a grey value.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { InputError } from "../errors.ts";

/** Length, name and checksum around the data of a chunk. */
const FRAME_BYTES = 12;

/**
 * The parts of a PNG file that its pixels depend on, in order: signature, IHDR, PLTE, IDAT, IEND.
 *
 * @param bytes The whole file, starting with PNG's signature.
 * @param name How to call the file in an error.
 * @returns Views of `bytes`.
 * @throws {InputError} when the file ends before IEND, a checksum is wrong, or a critical chunk is unknown.
 */
export function pixelChunks(bytes: Uint8Array, name: string): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at + FRAME_BYTES <= bytes.length;) {
    const end = at + FRAME_BYTES + view.getUint32(at);
    if (end > bytes.length) break;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      throw new InputError(
        `${name} is damaged: the checksum of its PNG chunk ${
          printable(type)
        } is wrong; copy it again.`,
      );
    }
    if (/^(IHDR|PLTE|IDAT|IEND)$/.test(type)) {
      parts.push(bytes.subarray(at, end));
      if (type === "IEND") return parts;
    } else if (/^[A-Z]/.test(type)) {
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

/** A chunk name that may be shown: hostile files put control characters there. */
function printable(type: string): string {
  return type.replace(/[^A-Za-z]/g, "?");
}
