/**
 * CRC-32 as zip files use it (ISO 3309, polynomial 0xedb88320 in reversed bit order), and CRC-32C
 * (Castagnoli, 0x82f63b78), which RFC 3720 defines and TFRecord files use.
 *
 * Eight table look-ups handle eight bytes at a time ("slicing by 8": Kounavis and Berry, "Novel
 * table lookup-based algorithms for high-performance CRC generation", IEEE Transactions on
 * Computers 57, 2008).
 *
 * @module
 */

const SLICES = 8;

const ISO = makeTables(0xedb88320);
const CASTAGNOLI = makeTables(0x82f63b78);

/** Entry `256 * k + b` is the checksum of byte b followed by k zero bytes. */
function makeTables(polynomial: number): Int32Array {
  const tables = new Int32Array(256 * SLICES);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? polynomial : 0);
    tables[byte] = value;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256];
    tables[i] = (before >>> 8) ^ tables[before & 0xff];
  }
  return tables;
}

/** The CRC-32 of `bytes`, an unsigned 32-bit integer. */
export function crc32(bytes: Uint8Array): number {
  return checksum(bytes, ISO);
}

/** The CRC-32C of `bytes`, an unsigned 32-bit integer. */
export function crc32c(bytes: Uint8Array): number {
  return checksum(bytes, CASTAGNOLI);
}

function checksum(bytes: Uint8Array, tables: Int32Array): number {
  let crc = -1;
  let at = 0;
  for (const end = bytes.length - (bytes.length % SLICES); at < end; at += SLICES) {
    crc = tables[1792 + ((crc ^ bytes[at]) & 0xff)] ^
      tables[1536 + (((crc >>> 8) ^ bytes[at + 1]) & 0xff)] ^
      tables[1280 + (((crc >>> 16) ^ bytes[at + 2]) & 0xff)] ^
      tables[1024 + ((crc >>> 24) ^ bytes[at + 3])] ^
      tables[768 + bytes[at + 4]] ^ tables[512 + bytes[at + 5]] ^
      tables[256 + bytes[at + 6]] ^ tables[bytes[at + 7]];
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ tables[(crc ^ bytes[at]) & 0xff];
  return ~crc >>> 0;
}
