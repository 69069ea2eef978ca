/**
 * CRC-32 as zip files use it (ISO 3309, polynomial 0xedb88320 in reversed bit order).
 *
 * Eight table look-ups handle eight bytes at a time ("slicing by 8": Kounavis and Berry, "Novel
 * table lookup-based algorithms for high-performance CRC generation", IEEE Transactions on
 * Computers 57, 2008).
 *
 * @module
 */

const SLICES = 8;

/** `TABLES[256 * k + b]` is the checksum of byte b followed by k zero bytes. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(256 * SLICES);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
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
  let crc = -1;
  let at = 0;
  for (const end = bytes.length - (bytes.length % SLICES); at < end; at += SLICES) {
    crc = TABLES[1792 + ((crc ^ bytes[at]) & 0xff)] ^
      TABLES[1536 + (((crc >>> 8) ^ bytes[at + 1]) & 0xff)] ^
      TABLES[1280 + (((crc >>> 16) ^ bytes[at + 2]) & 0xff)] ^
      TABLES[1024 + ((crc >>> 24) ^ bytes[at + 3])] ^
      TABLES[768 + bytes[at + 4]] ^ TABLES[512 + bytes[at + 5]] ^
      TABLES[256 + bytes[at + 6]] ^ TABLES[bytes[at + 7]];
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[at]) & 0xff];
  return ~crc >>> 0;
}
