/**
 * Zip archives with falsified fields, for tests of the reader.
 *
 * @module
 */
import { crc32, deflateRawSync } from "node:zlib";
import { joined } from "../../lib/core/joined.ts";

/** An entry; omitted fields are correct. */
export interface CraftedEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflated?: boolean;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly storedSize?: number;
  /** The entry's offset in the directory. */
  readonly offset?: number;
  readonly disk?: number;
  readonly extra?: Uint8Array;
  /** Fields of the header before the data that differ from the directory. */
  readonly local?: Partial<
    Pick<CraftedEntry, "name" | "method" | "flags" | "crc" | "size" | "storedSize">
  >;
  /** The bytes behind the data. */
  readonly descriptor?: Uint8Array;
}

/** Fields of the end record that differ from the correct values. */
export interface CraftedEnd {
  readonly count?: number;
  readonly countHere?: number;
  readonly size?: number;
  readonly start?: number;
  readonly comment?: string;
  /** Bytes between the directory and the end record. */
  readonly before?: Uint8Array;
}

/** Encodes little-endian numbers of given widths: `[2, value], [4, value]`. */
export function fields(...values: readonly (readonly [2 | 4 | 8, number])[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of values) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

/** An archive of `entries`. */
export function craftZip(entries: readonly CraftedEntry[], end: CraftedEnd = {}): Uint8Array {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    const data = entry.deflated ? new Uint8Array(deflateRawSync(entry.bytes)) : entry.bytes;
    const right = {
      name: entry.name,
      method: entry.method ?? (entry.deflated ? 8 : 0),
      flags: entry.flags ?? 0,
      crc: entry.crc ?? crc32(entry.bytes),
      size: entry.size ?? entry.bytes.length,
      storedSize: entry.storedSize ?? data.length,
    };
    const extra = entry.extra ?? new Uint8Array(0);
    const middle = (of: typeof right) =>
      fields(
        [2, 20],
        [2, of.flags],
        [2, of.method],
        [4, 0],
        [4, of.crc],
        [4, of.storedSize],
        [
          4,
          of.size,
        ],
        [2, encode(of.name).length],
        [2, extra.length],
      );
    const local = { ...right, ...entry.local };
    const file = joined([
      fields([4, 0x04034b50]),
      middle(local),
      encode(local.name),
      extra,
      data,
      entry.descriptor ?? new Uint8Array(0),
    ]);
    directory.push(
      fields([4, 0x02014b50], [2, 20]),
      middle(right),
      fields([2, 0], [2, entry.disk ?? 0], [2, 0], [4, 0], [4, entry.offset ?? at]),
      encode(right.name),
      extra,
    );
    files.push(file);
    at += file.length;
  }
  const size = directory.reduce((sum, piece) => sum + piece.length, 0);
  const comment = encode(end.comment ?? "");
  const count = end.count ?? entries.length;
  return joined([
    ...files,
    ...directory,
    end.before ?? new Uint8Array(0),
    fields(
      [4, 0x06054b50],
      [4, 0],
      [2, end.countHere ?? count],
      [2, count],
      [
        4,
        end.size ?? size,
      ],
      [4, end.start ?? at],
      [2, comment.length],
    ),
    comment,
  ]);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
