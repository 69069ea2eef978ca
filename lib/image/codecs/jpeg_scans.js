// Walks the coded pixels of a JPEG file (ITU-T T.81, annexes F.2 and G.2) without computing pixels.
// Decoders fill up with grey what a file lacks, so a cut file would pass for a whole one.
//
// This file is used twice: imported for the calling thread, and as text for the workers of
// unpackers.ts. It therefore imports no other file.

/**
 * The part of a component in a scan.
 *
 * @typedef {{
 *   readonly index: number,
 *   readonly blocks: number,
 *   readonly dc: Uint8Array | undefined,
 *   readonly ac: Uint8Array | undefined,
 * }} ScanPart `blocks` is the number of its blocks in each unit; `dc` and `ac` are Huffman tables:
 * 16 counts of codes by length, then the symbols.
 */

/**
 * A scan: coded blocks of 8x8 coefficients. A unit holds the blocks of one place of the image.
 *
 * @typedef {{
 *   readonly start: number,
 *   readonly end: number,
 *   readonly units: number,
 *   readonly restart: number,
 *   readonly parts: readonly ScanPart[],
 *   readonly progressive: boolean,
 *   readonly first: number,
 *   readonly last: number,
 *   readonly refines: boolean,
 * }} Scan Its bytes lie from `start` to `end`. There is a restart marker after each `restart` units
 * (0: none). It codes the coefficients `first` to `last` of its blocks; if it refines, one more bit
 * of each.
 */

/** Codes up to this length are looked up, longer ones are searched. */
const LOOKED_UP_BITS = 9;

/**
 * A Huffman table that is ready for use.
 *
 * @typedef {{
 *   readonly lookUp: Uint16Array,
 *   readonly ends: Int32Array,
 *   readonly shifts: Int32Array,
 *   readonly symbols: Uint8Array,
 * }} Codes
 */

/**
 * Prepares a Huffman table. `lookUp` has length and symbol of the code that begins with these bits,
 * or 0. A code of `length` bits is valid below `ends[length]`; `shifts[length]` more is the index
 * of its symbol.
 *
 * @param {Uint8Array} table
 * @returns {Codes}
 */
export function codesOf(table) {
  const symbols = table.subarray(16);
  const lookUp = new Uint16Array(1 << LOOKED_UP_BITS);
  const ends = new Int32Array(17);
  const shifts = new Int32Array(17);
  for (let length = 1, code = 0, index = 0; length <= 16; length++, code <<= 1) {
    shifts[length] = index - code;
    for (let i = 0; i < table[length - 1]; i++, code++, index++) {
      if (length > LOOKED_UP_BITS) continue;
      const free = LOOKED_UP_BITS - length;
      lookUp.fill(length << 8 | symbols[index], code << free, code + 1 << free);
    }
    ends[length] = code;
  }
  return { lookUp, ends, shifts, symbols };
}

const NO_CODES = codesOf(new Uint8Array(16));

/** A code that is in no table. */
export class BadCode extends Error {}

/** Reads bits up to a marker. Bits behind it are 0 and are counted. */
export class Bits {
  /**
   * @param {Uint8Array} bytes
   * @param {number} at
   * @param {number} end
   */
  constructor(bytes, at, end) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    /** The next bits, in the lower `count` bits. */
    this.held = 0;
    this.count = 0;
    /** The number of held bits that the file does not have. */
    this.made = 0;
  }

  /** Holds at least 25 bits. */
  fill() {
    while (this.count <= 24) {
      this.held = this.held << 8 | this.nextByte();
      this.count += 8;
    }
  }

  /** A data byte, or 0 before a marker. 0xff is followed by a 0, perhaps after more of itself. */
  nextByte() {
    const { bytes, end } = this;
    if (this.at < end) {
      const byte = bytes[this.at];
      if (byte !== 0xff) {
        this.at++;
        return byte;
      }
      let next = this.at + 1;
      while (next < end && bytes[next] === 0xff) next++;
      if (next < end && bytes[next] === 0) {
        this.at = next + 1;
        return byte;
      }
    }
    this.made += 8;
    return 0;
  }

  /** Whether bits were read that the file does not have. */
  get isShort() {
    return this.made > this.count;
  }

  /** @param {number} bits 0 to 16 */
  take(bits) {
    if (this.count < bits) this.fill();
    this.count -= bits;
    return this.held >>> this.count & (1 << bits) - 1;
  }

  /** @param {Codes} codes */
  symbol({ lookUp, ends, shifts, symbols }) {
    if (this.count < 16) this.fill();
    const found = lookUp[this.held >>> this.count - LOOKED_UP_BITS & (1 << LOOKED_UP_BITS) - 1];
    if (found !== 0) {
      this.count -= found >> 8;
      return found & 255;
    }
    for (let length = LOOKED_UP_BITS + 1; length <= 16; length++) {
      const code = this.held >>> this.count - length & (1 << length) - 1;
      if (code >= ends[length]) continue;
      this.count -= length;
      return symbols[code + shifts[length]];
    }
    // The file may end inside this code.
    if (this.made > this.count - 16) {
      this.count = 0;
      return 0;
    }
    throw new BadCode();
  }

  /** The place behind the last byte of which a bit was taken. */
  get place() {
    const { bytes } = this;
    let place = this.at;
    for (let unused = this.count - this.made >> 3; unused > 0; unused--) {
      place--;
      if (bytes[place] !== 0 || bytes[place - 1] !== 0xff) continue;
      while (bytes[place - 1] === 0xff) place--;
    }
    return place;
  }

  /**
   * Goes to the next marker, or to the end. Bytes before it that were not read become filling,
   * which may stand before any marker; libjpeg refuses others.
   */
  toMarker() {
    const { bytes, end, place } = this;
    this.held = this.count = this.made = 0;
    for (; this.at < end; this.at++) {
      const code = bytes[this.at + 1];
      if (bytes[this.at] === 0xff && code !== 0xff && code !== 0) break;
    }
    bytes.fill(0xff, place, this.at);
  }

  /**
   * Goes behind the next marker. Returns whether it is restart marker `number`.
   *
   * @param {number} number 0 to 7
   */
  restart(number) {
    this.toMarker();
    if (this.at >= this.end) return false;
    this.at += 2;
    return this.at <= this.end && this.bytes[this.at - 1] === 0xd0 + number;
  }
}

/** What a block of a scan is read with. */
class BlockReader {
  /**
   * @param {Bits} bits
   * @param {Scan} scan
   * @param {Uint32Array | undefined} known For each block of the component two words: a bit for
   * each coefficient that is not 0. Only scans of a progressive file with AC coefficients need it.
   */
  constructor(bits, scan, known) {
    this.bits = bits;
    this.scan = scan;
    this.known = known;
    /** The number of further blocks that end at once. */
    this.run = 0;
  }

  /** The reader for the kind of the scan: `(dc, ac, block) => void`. */
  get read() {
    const { progressive, first, refines } = this.scan;
    if (!progressive) return this.sequential;
    if (first === 0) return refines ? this.refinedDc : this.firstDc;
    return refines ? this.refinedAc : this.firstAc;
  }

  /** @type {(dc: Codes, ac: Codes) => void} */
  sequential(dc, ac) {
    const { bits } = this;
    this.firstDc(dc);
    for (let k = 1; k < 64; k++) {
      const symbol = bits.symbol(ac);
      const size = symbol & 15;
      if (size !== 0) {
        k += symbol >> 4;
        bits.take(size);
      } else if (symbol === 0xf0) k += 15;
      else break;
    }
  }

  /** @type {(dc: Codes) => void} */
  firstDc(dc) {
    const size = this.bits.symbol(dc);
    if (size > 15) throw new BadCode();
    this.bits.take(size);
  }

  refinedDc() {
    this.bits.take(1);
  }

  /** @type {(dc: Codes, ac: Codes, block: number) => void} */
  firstAc(_dc, ac, block) {
    if (this.run > 0) {
      this.run--;
      return;
    }
    const { bits, scan: { first, last } } = this;
    for (let k = first; k <= last; k++) {
      const symbol = bits.symbol(ac);
      const size = symbol & 15, zeros = symbol >> 4;
      if (size !== 0) {
        k += zeros;
        this.mark(block, k);
        bits.take(size);
      } else if (zeros === 15) k += 15;
      else {
        this.run = (1 << zeros) - 1 + bits.take(zeros);
        break;
      }
    }
  }

  /** @type {(dc: Codes, ac: Codes, block: number) => void} */
  refinedAc(_dc, ac, block) {
    const { bits, scan: { first, last } } = this;
    let k = first;
    for (; this.run === 0 && k <= last; k++) {
      const symbol = bits.symbol(ac);
      const size = symbol & 15;
      let zeros = symbol >> 4;
      if (size === 0 && zeros < 15) {
        this.run = (1 << zeros) + bits.take(zeros);
        break;
      }
      if (size > 1) throw new BadCode();
      bits.take(size);
      // Coefficients that are not 0 have a bit each; so many that are 0 are passed over.
      for (; k <= last; k++) {
        if (this.isMarked(block, k)) bits.take(1);
        else if (zeros === 0) break;
        else zeros--;
      }
      if (size !== 0) this.mark(block, k);
    }
    if (this.run === 0) return;
    this.run--;
    for (let left = this.countMarked(block, k, last); left > 0; left -= 16) {
      bits.take(Math.min(left, 16));
    }
  }

  /**
   * @param {number} block
   * @param {number} k
   */
  mark(block, k) {
    if (this.known && k < 64) this.known[2 * block + (k >> 5)] |= 1 << (k & 31);
  }

  /**
   * @param {number} block
   * @param {number} k
   */
  isMarked(block, k) {
    return this.known !== undefined && (this.known[2 * block + (k >> 5)] >>> (k & 31) & 1) !== 0;
  }

  /**
   * The number of marked coefficients from `first` to `last`.
   *
   * @param {number} block
   * @param {number} first
   * @param {number} last
   */
  countMarked(block, first, last) {
    if (!this.known || this.known[2 * block] === 0 && this.known[2 * block + 1] === 0) return 0;
    let count = 0;
    for (let k = first; k <= last; k++) if (this.isMarked(block, k)) count++;
    return count;
  }
}

/**
 * Checks that all blocks of all scans are in the file, and overwrites bytes that belong to none.
 * Returns the rest of a sentence about the file, such as "is cut off: ...", or `undefined` when all
 * blocks are there.
 *
 * @param {Uint8Array} bytes
 * @param {readonly Scan[]} scans
 * @returns {string | undefined}
 */
export function checkScans(bytes, scans) {
  /** @type {Map<number, Uint32Array>} */
  const known = new Map();
  for (const [i, scan] of scans.entries()) {
    const { parts: [{ index }], units, progressive, first } = scan;
    const needs = progressive && first > 0;
    if (needs && !known.has(index)) known.set(index, new Uint32Array(2 * units));
    const reader = new BlockReader(
      new Bits(bytes, scan.start, scan.end),
      scan,
      needs ? known.get(index) : undefined,
    );
    const problem = problemOf(reader);
    if (problem) return problem(scans.length === 1 ? "" : `scan ${i + 1} of ${scans.length} of `);
  }
}

/**
 * Reads all blocks of a scan. Returns a function that makes the sentence, or `undefined`.
 *
 * @param {BlockReader} reader
 * @returns {((where: string) => string) | undefined}
 */
function problemOf(reader) {
  const { bits, scan: { parts, units, restart } } = reader;
  const read = reader.read;
  const codes = parts.map(({ blocks, dc, ac }) => ({
    blocks,
    dc: dc ? codesOf(dc) : NO_CODES,
    ac: ac ? codesOf(ac) : NO_CODES,
  }));
  const cutOff = (/** @type {number} */ unit) => (/** @type {string} */ where) =>
    `is cut off: ${where}its JPEG data ends after ${
      Math.floor(100 * unit / units)
    } % of the image; ` +
    `copy it again.`;
  for (let unit = 0, left = restart; unit < units; unit++, left--) {
    if (restart > 0 && left === 0) {
      left = restart;
      reader.run = 0;
      if (!bits.restart((unit / restart - 1) % 8)) {
        return bits.at >= bits.end
          ? cutOff(unit)
          : (where) =>
            `is damaged: ${where}its JPEG data has lost a restart marker; copy it again.`;
      }
    }
    try {
      for (const { blocks, dc, ac } of codes) {
        for (let i = 0; i < blocks; i++) read.call(reader, dc, ac, unit);
      }
    } catch (error) {
      if (!(error instanceof BadCode)) throw error;
      return (where) => `is damaged: ${where}its JPEG data has a wrong code; copy it again.`;
    }
    if (bits.isShort) return cutOff(unit);
  }
  bits.toMarker();
}
