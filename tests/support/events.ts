/**
 * Reads event files of TensorBoard, by its own checksum: one bit after the other.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { messagesIn, readMessage, textsIn } from "./protobuf.ts";

/** One event. A file begins with one that has only a version. */
export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number | undefined;
  readonly version: string | undefined;
  readonly scalars: Readonly<Record<string, number>>;
  readonly images: Readonly<Record<string, ReadImage>>;
}

interface ReadImage {
  readonly width: number;
  readonly height: number;
  readonly colours: number;
  readonly png: Uint8Array;
}

/** The events of a file. Fails where a length or a checksum is wrong, or a record is not whole. */
export function readEvents(bytes: Uint8Array): ReadEvent[] {
  return recordsIn(bytes).map((record) => {
    const field = (number: number) => readMessage(record).get(number)?.[0] as number | undefined;
    const scalars: Record<string, number> = {};
    const images: Record<string, ReadImage> = {};
    for (const value of messagesIn(record, 5).flatMap((summary) => messagesIn(summary, 1))) {
      const [tag] = textsIn(value, 1);
      const fields = readMessage(value);
      if (fields.has(2)) scalars[tag] = fields.get(2)![0] as number;
      for (const image of messagesIn(value, 4)) {
        const [height, width, colours] = [1, 2, 3].map((number) =>
          readMessage(image).get(number)![0] as number
        );
        images[tag] = { width, height, colours, png: messagesIn(image, 4)[0] };
      }
    }
    return { wallTime: field(1)!, step: field(2), version: textsIn(record, 3)[0], scalars, images };
  });
}

/** The data of the records of a TFRecord file. */
function recordsIn(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(view.getBigUint64(at, true));
    assertEquals(view.getUint32(at + 8, true), masked(bytes.subarray(at, at + 8)), "length");
    const data = bytes.subarray(at + 12, at + 12 + length);
    assertEquals(view.getUint32(at + 12 + length, true), masked(data), "data");
    records.push(data);
    at += length + 16;
  }
  return records;
}

/** The masked CRC-32C. */
function masked(bytes: Uint8Array): number {
  const crc = bitwiseCrc32c(bytes);
  return Number((BigInt((crc >>> 15) | (crc << 17)) + 0xa282ead8n) & 0xffffffffn);
}

/** CRC-32C, by the definition in RFC 3720. */
export function bitwiseCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
