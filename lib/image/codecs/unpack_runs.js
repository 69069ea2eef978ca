// Run lengths, as TIFF (PackBits) and BMP files (RLE) pack with them. Part of the worker's text
// (unpackers.ts).

/**
 * Unpacks PackBits (TIFF 6.0, section 9) until `target` is full.
 *
 * @param {Uint8Array} data
 * @param {Uint8Array} target
 * @returns {boolean} Whether the data filled the target.
 */
export function unpackPackBits(data, target) {
  let to = 0;
  for (let from = 0; to < target.length && from + 1 < data.length;) {
    const count = data[from++];
    if (count < 128) {
      const values = data.subarray(from, from += count + 1);
      target.set(values.subarray(0, target.length - to), to);
      to += values.length;
    } else if (count > 128) {
      target.fill(data[from++], to, to += 257 - count);
    }
  }
  return to >= target.length;
}

/**
 * A BMP file packed with RLE8 or RLE4: palette indices, `bits` each. Rows go as in the file, most
 * often from the bottom up.
 *
 * @typedef {{
 *   readonly kind: "rle",
 *   readonly data: Uint8Array,
 *   readonly width: number,
 *   readonly height: number,
 *   readonly bits: 4 | 8,
 * }} RleWork
 */

/**
 * One index per pixel, `[height, width]`; skipped pixels have index 0. `undefined` when the data
 * ends before the picture does.
 *
 * @param {RleWork} work
 * @returns {Uint8Array<ArrayBuffer> | undefined}
 */
export function unpackRle({ data, width, height, bits }) {
  const indices = new Uint8Array(width * height);
  let x = 0, y = 0;
  /** @param {number} index */
  const put = (index) => {
    // What lies beside the picture is dropped.
    if (x < width) indices[y * width + x] = index;
    x++;
  };
  for (let at = 0; at + 1 < data.length && y < height;) {
    const count = data[at++], value = data[at++];
    if (count > 0) {
      for (let i = 0; i < count; i++) {
        put(bits === 8 ? value : i % 2 === 0 ? value >> 4 : value & 15);
      }
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      if (at + 1 >= data.length) return undefined;
      x += data[at++];
      y += data[at++];
    } else {
      const bytes = bits === 8 ? value : value + 1 >> 1;
      if (at + bytes > data.length) return undefined;
      for (let i = 0; i < value; i++) {
        const byte = data[at + (bits === 8 ? i : i >> 1)];
        put(bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
      }
      // Values fill whole words of 16 bits.
      at += bytes + bytes % 2;
    }
  }
  // The end of the last row counts as the end of the picture, as in files without an end code.
  return y >= height || y === height - 1 && x >= width ? indices : undefined;
}
