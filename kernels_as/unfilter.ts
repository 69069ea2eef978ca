// Undoes the row filters of PNG (PNG specification, section 9). A file stores each byte as its
// difference from a prediction, made from the bytes to the left (a), above (b) and above left (c).
// "Left" is one pixel (`pixelBytes`) away; bytes outside of the image count as 0.
//
// A pixel needs its left neighbour first, so a row is one chain of dependent operations, whose
// latency limits the speed. The bytes of a pixel (1 to 8) are the 16-bit lanes of one vector, whose
// upper bytes stay 0, so that additions of bytes wrap as the filters require. Each step reads and
// writes 8 bytes; the next step overwrites those beyond the pixel. 8 bytes after the last row may
// be read and written.

/**
 * Undoes `rows` rows of 1 + `rowBytes` bytes at `source`; a row begins with its filter byte. The
 * result, without filter bytes, goes to `target`. The row above must precede it in memory (zeros
 * above the first row). Returns the number of rows done: fewer if a filter is unknown.
 */
export function unfilterRows(
  source: usize,
  target: usize,
  rowBytes: u32,
  rows: u32,
  pixelBytes: u32,
): u32 {
  for (let y: u32 = 0; y < rows; y++) {
    const filter = load<u8>(source);
    source++;
    if (filter == 0) memory.copy(target, source, rowBytes);
    else if (filter == 1) undoSub(source, target, rowBytes, pixelBytes);
    else if (filter == 2) undoUp(source, target, rowBytes);
    else if (filter == 3) undoAverage(source, target, rowBytes, pixelBytes);
    else if (filter > 4) return y;
    else if (pixelBytes == 1) undoPaethOfBytes(source, target, rowBytes);
    else undoPaeth(source, target, rowBytes, pixelBytes);
    source += rowBytes;
    target += rowBytes;
  }
  return rows;
}

function undoSub(source: usize, target: usize, rowBytes: u32, pixelBytes: u32): void {
  let a = i64x2.splat(0);
  for (let i: u32 = 0; i < rowBytes; i += pixelBytes) {
    a = i8x16.add(a, loadPixel(source + i));
    storePixel(target + i, a);
  }
}

function undoUp(source: usize, target: usize, rowBytes: u32): void {
  const above = target - rowBytes;
  let i: u32 = 0;
  for (; i + 16 <= rowBytes; i += 16) {
    v128.store(target + i, i8x16.add(v128.load(source + i), v128.load(above + i)));
  }
  for (; i < rowBytes; i++) store<u8>(target + i, load<u8>(source + i) + load<u8>(above + i));
}

function undoAverage(source: usize, target: usize, rowBytes: u32, pixelBytes: u32): void {
  const above = target - rowBytes;
  let a = i64x2.splat(0);
  for (let i: u32 = 0; i < rowBytes; i += pixelBytes) {
    const average = i16x8.shr_u(i16x8.add(a, loadPixel(above + i)), 1);
    a = i8x16.add(average, loadPixel(source + i));
    storePixel(target + i, a);
  }
}

/**
 * Paeth: the one of a, b, c that is nearest to a + b - c; ties go to the first. With low and high
 * the smaller and larger of a and b, it is low when high + a + b <= 3c, else high when
 * 3c <= low + a + b, else c; ties give the same result. Few operations of this form depend on a.
 */
function undoPaeth(source: usize, target: usize, rowBytes: u32, pixelBytes: u32): void {
  const above = target - rowBytes;
  let a = i64x2.splat(0), c = a;
  for (let i: u32 = 0; i < rowBytes; i += pixelBytes) {
    const b = loadPixel(above + i);
    const low = i16x8.min_s(a, b), high = i16x8.max_s(a, b);
    const limit = i16x8.sub(i16x8.sub(i16x8.mul(c, i16x8.splat(3)), b), a);
    const lowOrC = v128.bitselect(c, low, i16x8.gt_s(high, limit));
    const nearest = v128.bitselect(lowOrC, high, i16x8.gt_s(limit, low));
    a = i8x16.add(nearest, loadPixel(source + i));
    c = b;
    storePixel(target + i, a);
  }
}

/** Paeth for pixels of one byte, for which general registers are 1.6 times faster (measured). */
function undoPaethOfBytes(source: usize, target: usize, rowBytes: u32): void {
  const above = target - rowBytes;
  let a: i32 = 0, c: i32 = 0;
  for (let i: u32 = 0; i < rowBytes; i++) {
    const b: i32 = load<u8>(above + i);
    const low = min(a, b), high = max(a, b);
    const limit = 3 * c - b - a;
    const lowOrC = select(c, low, high > limit);
    a = (select(lowOrC, high, limit > low) + load<u8>(source + i)) & 255;
    c = b;
    store<u8>(target + i, a);
  }
}

/** 8 bytes as 16-bit lanes. */
// @inline
function loadPixel(address: usize): v128 {
  return v128.load8x8_u(address);
}

/** 8 bytes from 16-bit lanes. */
// @inline
function storePixel(address: usize, pixel: v128): void {
  v128.store64_lane(address, i8x16.narrow_i16x8_u(pixel, pixel), 0);
}
