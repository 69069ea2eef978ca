/**
 * Builds BMP files, valid or damaged.
 *
 * @module
 */
import { joined } from "../../lib/core/joined.ts";

/** A file of Windows (40 bytes of header or more) or of OS/2 (12). */
export interface BmpFields {
  readonly width: number;
  /** Negative for rows from top to bottom. */
  readonly height: number;
  readonly bits: number;
  /** The rows as the file has them, with their padding. */
  readonly rows: Uint8Array;
  /** 0 none, 1 RLE8, 2 RLE4, 3 masks, ... */
  readonly compression?: number;
  /** RGB triples. */
  readonly palette?: Uint8Array;
  /** The bits of red, green, blue (and alpha). */
  readonly masks?: readonly number[];
  readonly headerBytes?: number;
  /** Added to the place of the pixels. */
  readonly gap?: number;
}

/** A whole file. */
export function bmpFile(fields: BmpFields): Uint8Array {
  const { width, height, bits, rows, compression = 0, palette, masks = [] } = fields;
  const { headerBytes = 40, gap = 0 } = fields;
  const isCore = headerBytes === 12;
  const header = new Uint8Array(headerBytes);
  const view = new DataView(header.buffer);
  view.setUint32(0, headerBytes, true);
  if (isCore) {
    view.setUint16(4, width, true);
    view.setUint16(6, height, true);
    view.setUint16(8, 1, true);
    view.setUint16(10, bits, true);
  } else {
    view.setInt32(4, width, true);
    view.setInt32(8, height, true);
    view.setUint16(12, 1, true);
    view.setUint16(14, bits, true);
    view.setUint32(16, compression, true);
    view.setUint32(32, (palette?.length ?? 0) / 3, true);
  }
  const inside = headerBytes >= 52;
  if (inside) masks.forEach((mask, i) => view.setUint32(40 + 4 * i, mask, true));
  const outside = new Uint8Array(inside ? 0 : 4 * masks.length);
  const outsideView = new DataView(outside.buffer);
  if (!inside) masks.forEach((mask, i) => outsideView.setUint32(4 * i, mask, true));
  const colours: Uint8Array[] = [];
  for (let i = 0; i < (palette?.length ?? 0); i += 3) {
    const [red, green, blue] = palette!.subarray(i, i + 3);
    colours.push(Uint8Array.of(blue, green, red, ...(isCore ? [] : [0])));
  }
  const head = joined([header, outside, ...colours]);
  const first = new Uint8Array(14);
  const firstView = new DataView(first.buffer);
  first.set([0x42, 0x4d]);
  firstView.setUint32(2, 14 + head.length + gap + rows.length, true);
  firstView.setUint32(10, 14 + head.length + gap, true);
  return joined([first, head, new Uint8Array(gap), rows]);
}

/** Rows of bytes, each filled up to whole words of 32 bits. */
export function bmpRows(bytes: Uint8Array, rowBytes: number): Uint8Array {
  const stride = Math.ceil(rowBytes / 4) * 4;
  const height = bytes.length / rowBytes;
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    rows.set(bytes.subarray(y * rowBytes, (y + 1) * rowBytes), y * stride);
  }
  return rows;
}
