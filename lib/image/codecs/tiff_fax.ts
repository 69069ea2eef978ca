/**
 * Run lengths of fax machines (ITU-T T.4 and T.6), in which programs save black and white TIFF
 * images, masks among them: compressions 2 (rows alone), 3 (Group 3) and 4 (Group 4).
 *
 * @module
 */

/** The codes of white runs of 0 to 63 px, then of 64, 128, ... to 1728 px. */
const WHITE = `
  00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100
  110101 101010 101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011
  0100100 0011000 00000010 00000011 00011010 00011011 00010010 00010011 00010100 00010101 00010110
  00010111 00101000 00101001 00101010 00101011 00101100 00101101 00000100 00000101 00001010
  00001011 01010010 01010011 01010100 01010101 00100100 00100101 01011000 01011001 01011010
  01011011 01001010 01001011 00110010 00110011 00110100 11011 10010 010111 0110111 00110110
  00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010 011010011 011010100
  011010101 011010110 011010111 011011000 011011001 011011010 011011011 010011000 010011001
  010011010 011000 010011011
`;

/** The same of black runs. */
const BLACK = `
  0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111
  000011000 0000010111 0000011000 0000001000 00001100111 00001101000 00001101100 00000110111
  00000101000 00000010111 00000011000 000011001010 000011001011 000011001100 000011001101
  000001101000 000001101001 000001101010 000001101011 000011010010 000011010011 000011010100
  000011010101 000011010110 000011010111 000001101100 000001101101 000011011010 000011011011
  000001010100 000001010101 000001010110 000001010111 000001100100 000001100101 000001010010
  000001010011 000000100100 000000110111 000000111000 000000100111 000000101000 000001011000
  000001011001 000000101011 000000101100 000001011010 000001100110 000001100111 0000001111
  000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100
  0000001101101 0000001001010 0000001001011 0000001001100 0000001001101 0000001110010
  0000001110011 0000001110100 0000001110101 0000001110110 0000001110111 0000001010010
  0000001010011 0000001010100 0000001010101 0000001011010 0000001011011 0000001100100
  0000001100101
`;

/** The codes of runs of 1792, 1856, ... to 2560 px of either colour. */
const LONG = `
  00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101
  000000010110 000000010111 000000011100 000000011101 000000011110 000000011111
`;

/** In two dimensions: pass, horizontal, and changes from 3 px left to 3 px right of that above. */
const MODES = "0001 001 0000010 000010 010 1 011 000011 0000011";
const PASS = 0, HORIZONTAL = 1, SAME_PLACE = 5;

/** No code is longer. */
const CODE_BITS = 13;

/** For the next 13 bits: the number of a code and its bits, as `16 * number + bits`; 0 for none. */
type CodeTable = Uint16Array;

function tableOf(codes: string): CodeTable {
  const table = new Uint16Array(2 ** CODE_BITS);
  for (const [number, code] of codes.trim().split(/\s+/).entries()) {
    const rest = CODE_BITS - code.length;
    const first = parseInt(code, 2) << rest;
    table.fill(16 * number + code.length, first, first + 2 ** rest);
  }
  return table;
}

const RUNS: readonly CodeTable[] = [tableOf(WHITE + LONG), tableOf(BLACK + LONG)];
const MODE_TABLE = tableOf(MODES);

/** How the rows of a part are packed. */
export interface FaxKind {
  readonly group: 2 | 3 | 4;
  /** Whether rows of group 3 may refer to the row above. */
  readonly twoDimensional: boolean;
}

/**
 * Unpacks rows of one bit a pixel, 1 for black, each from a new byte on.
 *
 * @returns `undefined` for damaged data.
 */
export function unpackFax(
  data: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  { group, twoDimensional }: FaxKind,
): Uint8Array<ArrayBuffer> | undefined {
  const stride = Math.ceil(width / 8);
  const rows = new Uint8Array(stride * height);
  const reader = new FaxReader(data);
  let changes: number[] = [];
  for (let y = 0; y < height; y++) {
    let isPlain = group === 2;
    if (group === 2) reader.toByte();
    if (group === 3) {
      reader.skipEnds();
      isPlain = !twoDimensional || reader.bit() === 1;
    }
    const next = isPlain ? plainRow(reader, width) : rowBelow(reader, width, changes);
    if (next === undefined || reader.isBehindEnd) return undefined;
    changes = next;
    for (let i = 0; i < changes.length; i += 2) {
      fillBits(rows, 8 * stride * y + changes[i], 8 * stride * y + (changes[i + 1] ?? width));
    }
  }
  return rows;
}

/** The places where a row changes its colour: to black, to white, ... */
function plainRow(reader: FaxReader, width: number): number[] | undefined {
  const changes: number[] = [];
  for (let at = 0, colour = 0; at < width; colour = 1 - colour) {
    const run = reader.run(colour);
    if (run === undefined || at + run > width) return undefined;
    addChange(changes, at += run);
  }
  return changes;
}

/** The same of a row that is packed by its differences from the row above. */
function rowBelow(
  reader: FaxReader,
  width: number,
  above: readonly number[],
): number[] | undefined {
  const changes: number[] = [];
  // At first the place is before the row, where an imaginary pixel is white.
  for (let at = -1, colour = 0, i = 0; at < width;) {
    // The first change above that lies to the right and leads to the other colour.
    while (i > 0 && above[i - 1] > at) i--;
    while (i < above.length && (above[i] <= at || i % 2 !== colour)) i++;
    const change = above[i] ?? width;
    const mode = reader.code(MODE_TABLE);
    if (mode === undefined) return undefined;
    if (mode === PASS) {
      at = above[i + 1] ?? width;
      continue;
    }
    if (mode === HORIZONTAL) {
      const first = reader.run(colour), second = reader.run(1 - colour);
      if (first === undefined || second === undefined) return undefined;
      const middle = Math.max(0, at) + first;
      at = middle + second;
      if (at > width) return undefined;
      addChange(changes, middle);
      addChange(changes, at);
      continue;
    }
    const place = change + mode - SAME_PLACE;
    if (place < Math.max(0, at) || place > width) return undefined;
    addChange(changes, at = place);
    colour = 1 - colour;
  }
  return changes;
}

/** Adds a change of colour. Two at one place are none. */
function addChange(changes: number[], place: number): void {
  if (changes.at(-1) === place) changes.pop();
  else changes.push(place);
}

function fillBits(bytes: Uint8Array, first: number, end: number): void {
  for (let bit = first; bit < end;) {
    if (bit % 8 === 0 && end - bit >= 8) {
      const whole = Math.floor((end - bit) / 8);
      bytes.fill(255, bit / 8, bit / 8 + whole);
      bit += 8 * whole;
    } else {
      bytes[bit >> 3] |= 0x80 >> bit % 8;
      bit++;
    }
  }
}

/** Reads bits, the highest of a byte first. Behind the end there are zeros. */
class FaxReader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get isBehindEnd(): boolean {
    return this.#at > 8 * this.#data.length;
  }

  toByte(): void {
    this.#at = Math.ceil(this.#at / 8) * 8;
  }

  bit(): number {
    const bit = this.#next() >> CODE_BITS - 1;
    this.#at++;
    return bit;
  }

  /** The number of the next code of a table; `undefined` for other bits. */
  code(table: CodeTable): number | undefined {
    const found = table[this.#next()];
    if (found === 0) return undefined;
    this.#at += found % 16;
    return found >> 4;
  }

  /** The length of the next run: multiples of 64 px, and a rest. */
  run(colour: number): number | undefined {
    for (let length = 0; !this.isBehindEnd;) {
      const number = this.code(RUNS[colour]);
      if (number === undefined) return undefined;
      if (number < 64) return length + number;
      length += 64 * (number - 63);
    }
    return undefined;
  }

  /** Skips ends of rows: eleven zeros or more, and a one. */
  skipEnds(): void {
    while (!this.isBehindEnd && this.#next() >> 2 === 0) {
      while (!this.isBehindEnd && this.bit() === 0);
    }
  }

  #next(): number {
    const i = this.#at >> 3;
    const data = this.#data;
    const bits = (data[i] ?? 0) << 16 | (data[i + 1] ?? 0) << 8 | (data[i + 2] ?? 0);
    return bits >> 24 - CODE_BITS - this.#at % 8 & 2 ** CODE_BITS - 1;
  }
}
