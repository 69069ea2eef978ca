/**
 * Writes grey JPEG files: small copies of images for pages that hold many. The process is the
 * baseline one of ITU-T T.81, with the quantisation and the Huffman tables of its annex K.
 *
 * Ultrasound is mostly speckle, of which PNG saves little.
 *
 * @module
 */
import { JPEG_TABLE_BYTES } from "../../../kernels_as/build/kernels.ts";
import { joined } from "../../core/joined.ts";
import type { GreyImage } from "../image.ts";
import { withPixelMemory } from "../pixel_memory.ts";
import { JPEG_SIGNATURE, MARKER, segmentHead } from "./jpeg_segments.ts";
import { STANDARD_HUFFMAN } from "./jpeg_tables.ts";

/** The side of a block in px, and its number of values. */
const SIDE = 8;
const BLOCK = SIDE * SIDE;

/** Table K.1: the quantisation steps at quality 50, row by row. */
const STEPS = Uint8Array.fromHex(
  "100b0a101828333d0c0c0e131a3a3c370e0d1018283945380e11161d3357503e" +
    "12162538446d674d182337405168715c31404e5767797865485c5f6270646763",
);

/** The places of a block from low frequencies to high ones, along its diagonals. */
const ZIGZAG = Array.from({ length: BLOCK }, (_, place) => place).sort((a, b) => {
  const [diagonalA, diagonalB] = [a, b].map((place) => (place >> 3) + (place & 7));
  if (diagonalA !== diagonalB) return diagonalA - diagonalB;
  return diagonalA % 2 === 0 ? b - a : a - b;
});

/** The discrete cosine transform of eight values: `[position, frequency]`. */
const COSINES = Float64Array.from({ length: BLOCK }, (_, i) => {
  const [position, frequency] = [i >> 3, i & 7];
  const scale = frequency === 0 ? Math.SQRT1_2 : 1;
  return scale / 2 * Math.cos((2 * position + 1) * frequency * Math.PI / 16);
});

/** The symbols after which no value but 0 follows, and for 16 zeros. */
const END_OF_BLOCK = 0x00;
const SIXTEEN_ZEROS = 0xf0;

const SOF0 = 0xc0;

/** For each symbol its code and the number of its bits. */
interface Codes {
  readonly codes: Uint16Array;
  readonly bits: Uint8Array;
}

const DC_CODES = codesOf(STANDARD_HUFFMAN[0x00]);
const AC_CODES = codesOf(STANDARD_HUFFMAN[0x10]);

/**
 * A grey image as a JPEG file.
 *
 * @param quality From 1 to 100, as in libjpeg.
 */
export function encodeGreyJpeg(image: GreyImage, quality: number): Uint8Array<ArrayBuffer> {
  const { width, height } = image;
  const steps = stepsAt(quality);
  const huffman = [0x00, 0x10].map((key) =>
    Uint8Array.of(key, ...Uint8Array.fromHex(STANDARD_HUFFMAN[key]))
  );
  const frame = [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0];
  return joined([
    Uint8Array.from(JPEG_SIGNATURE.slice(0, 2)),
    segment(MARKER.DQT, [0, ...ZIGZAG.map((place) => steps[place])]),
    segment(SOF0, frame),
    ...huffman.map((table) => segment(MARKER.DHT, table)),
    segment(MARKER.SOS, [1, 1, 0x00, 0, BLOCK - 1, 0]),
    scan(image, steps),
    Uint8Array.of(0xff, MARKER.EOI),
  ]);
}

function stepsAt(quality: number): Uint8Array {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return STEPS.map((step) => Math.min(255, Math.max(1, Math.floor((step * percent + 50) / 100))));
}

function segment(marker: number, content: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...segmentHead(marker, content), ...Array.from(content));
}

/** The codes of a table: those of one length are consecutive, and begin after the shorter ones. */
function codesOf(hex: string): Codes {
  const table = Uint8Array.fromHex(hex);
  const [codes, bits] = [new Uint16Array(256), new Uint8Array(256)];
  let code = 0;
  let at = 16;
  for (let count = 1; count <= 16; count++, code *= 2) {
    for (let k = 0; k < table[count - 1]; k++) {
      const symbol = table[at++];
      codes[symbol] = code++;
      bits[symbol] = count;
    }
  }
  return { codes, bits };
}

/** The coded blocks, row by row. */
function scan(image: GreyImage, steps: Uint8Array): Uint8Array<ArrayBuffer> {
  const values = quantised(image, steps);
  const bits = new Bits(values.length / 4);
  let before = 0;
  for (let at = 0; at < values.length; at += BLOCK) {
    writeBlock(bits, values.subarray(at, at + BLOCK), before);
    before = values[at];
  }
  return bits.end();
}

/**
 * The values of the blocks, row by row, each block in the order of the file. Blocks that reach over
 * the border repeat its last pixels. Host of kernels_as/jpeg.ts.
 */
function quantised({ width, height, pixels }: GreyImage, steps: Uint8Array): Int16Array {
  const [across, down] = [width, height].map((side) => Math.ceil(side / SIDE));
  const stride = across * SIDE;
  const source = JPEG_TABLE_BYTES + 2 * BLOCK * Float64Array.BYTES_PER_ELEMENT;
  const target = source + stride * SIDE;
  const values = new Int16Array(across * down * BLOCK);
  const row = across * BLOCK;
  return withPixelMemory(target + 2 * row, ({ kernels, bytes }) => {
    const doubles = new Float64Array(bytes.buffer, 0, 2 * BLOCK);
    doubles.set(COSINES);
    doubles.set(steps, BLOCK);
    ZIGZAG.forEach((place, k) => bytes[doubles.byteLength + place] = k);
    for (let block = 0; block < down; block++) {
      for (let y = 0; y < SIDE; y++) {
        const from = Math.min(height - 1, block * SIDE + y) * width;
        const to = source + y * stride;
        bytes.set(pixels.subarray(from, from + width), to);
        bytes.fill(pixels[from + width - 1], to + width, to + stride);
      }
      const temporary = JPEG_TABLE_BYTES;
      kernels.jpegBlocks({ source, stride, blocks: across, target, tables: 0, temporary });
      values.set(new Int16Array(bytes.buffer, target, row), block * row);
    }
    return values;
  });
}

/** Writes a block. `before` is the first value of the block before it. */
function writeBlock(bits: Bits, values: Int16Array, before: number): void {
  writeValue(bits, DC_CODES, 0, values[0] - before);
  let zeros = 0;
  for (let k = 1; k < BLOCK; k++) {
    if (values[k] === 0) {
      zeros++;
      continue;
    }
    for (; zeros > 15; zeros -= 16) writeSymbol(bits, AC_CODES, SIXTEEN_ZEROS);
    writeValue(bits, AC_CODES, zeros, values[k]);
    zeros = 0;
  }
  if (zeros > 0) writeSymbol(bits, AC_CODES, END_OF_BLOCK);
}

/** Writes zeros and the value after them: their symbol, then the bits of the value. */
function writeValue(bits: Bits, codes: Codes, zeros: number, value: number): void {
  const size = 32 - Math.clz32(Math.abs(value));
  writeSymbol(bits, codes, zeros << 4 | size);
  // A negative value is one less, in the lowest bits of the two's complement.
  if (size > 0) bits.write((value < 0 ? value - 1 : value) & (1 << size) - 1, size);
}

function writeSymbol(bits: Bits, { codes, bits: counts }: Codes, symbol: number): void {
  bits.write(codes[symbol], counts[symbol]);
}

/** Packs bits into bytes, the highest first. */
class Bits {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  #value = 0;
  #count = 0;

  /** @param room The bytes that there is room for at first. */
  constructor(room: number) {
    this.#bytes = new Uint8Array(room);
  }

  /** Appends the lowest `count` bits of `value`, at most 16. */
  write(value: number, count: number): void {
    this.#value = this.#value << count | value;
    this.#count += count;
    while (this.#count >= 8) {
      this.#count -= 8;
      const byte = this.#value >> this.#count & 255;
      this.#put(byte);
      // A byte of ones would begin a marker.
      if (byte === 255) this.#put(0);
    }
    this.#value &= (1 << this.#count) - 1;
  }

  #put(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const longer = new Uint8Array(2 * this.#length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes[this.#length++] = byte;
  }

  /** The bytes; the last one is filled up with ones. */
  end(): Uint8Array<ArrayBuffer> {
    if (this.#count > 0) this.write(2 ** (8 - this.#count) - 1, 8 - this.#count);
    return this.#bytes.slice(0, this.#length);
  }
}
