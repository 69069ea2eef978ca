/**
 * The tables of a JPEG file: quantisation (DQT) and Huffman codes (DHT).
 *
 * Frames of films (MJPEG) leave the Huffman tables out and mean the standard ones of ITU-T T.81,
 * annex K.3.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { MARKER } from "./jpeg_segments.ts";

/** How many codes there are of each length from 1 to 16. */
const LENGTHS = 16;

/** Tables of a kind have the numbers 0 to 3. */
const MOST_TABLES = 4;

/**
 * The standard Huffman tables in hexadecimal, by class and number: how many codes there are of each
 * length, then the symbols. Annex K.3, tables K.3 to K.6.
 */
export const STANDARD_HUFFMAN: Readonly<Record<number, string>> = {
  0x00: "00010501010101010100000000000000000102030405060708090a0b",
  0x01: "00030101010101010101010000000000000102030405060708090a0b",
  0x10: "0002010303020403050504040000017d" + "01020300041105122131410613516107" +
    "227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a4344454647" +
    "48494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3" +
    "a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2" +
    "f3f4f5f6f7f8f9fa",
  0x11: "00020102040403040705040400010277" + "00010203110405213106124151076171" +
    "1322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a43444546" +
    "4748494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999a" +
    "a2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2" +
    "f3f4f5f6f7f8f9fa",
};

/** The tables that are in force at a place of the file. */
export class JpegTables {
  readonly #name: string;
  /** Quantisation tables by number, as in the file. */
  readonly #quantisation = new Map<number, Uint8Array>();
  /** Huffman tables by class (0x00 DC, 0x10 AC) and number: counts of each length, symbols. */
  readonly #huffman = new Map<number, Uint8Array>();
  /** Whether the standard Huffman tables are meant where a file has none. */
  #standard = false;
  /** The tables that no segment holds yet. */
  #changed: (readonly [marker: number, map: Map<number, Uint8Array>, key: number])[] = [];

  /** @param name How to call the file in an error. */
  constructor(name: string) {
    this.#name = name;
  }

  /** From now on, standard tables take the place of missing ones. */
  useStandard(): void {
    this.#standard = true;
  }

  /** Reads the quantisation tables of a segment. */
  readQuantisation(content: Uint8Array): void {
    for (let at = 0; at < content.length;) {
      const isWide = content[at] >> 4 === 1;
      const end = at + 1 + (isWide ? 128 : 64);
      const number = content[at] & 15;
      const isKnown = content[at] >> 4 <= 1 && number < MOST_TABLES;
      if (!isKnown || end > content.length || !areSteps(content.subarray(at + 1, end), isWide)) {
        throw this.#damaged("quantisation");
      }
      this.#set(MARKER.DQT, this.#quantisation, number, content.subarray(at, end));
      at = end;
    }
  }

  /** Reads the Huffman tables of a segment. */
  readHuffman(content: Uint8Array): void {
    for (let at = 0; at < content.length;) {
      const key = content[at];
      const counts = content.subarray(at + 1, at + 1 + LENGTHS);
      const end = at + 1 + LENGTHS + counts.reduce((sum, count) => sum + count, 0);
      const isKnown = (key >> 4) <= 1 && (key & 15) < MOST_TABLES;
      if (!isKnown || counts.length < LENGTHS || end > content.length || !areCodes(counts)) {
        throw this.#damaged("Huffman");
      }
      this.#set(MARKER.DHT, this.#huffman, key, content.subarray(at, end));
      at = end;
    }
  }

  #set(marker: number, map: Map<number, Uint8Array>, key: number, table: Uint8Array): void {
    map.set(key, table);
    if (this.#changed.some((one) => one[1] === map && one[2] === key)) return;
    this.#changed.push([marker, map, key]);
  }

  #damaged(kind: string): InputError {
    return new InputError(`${this.#name} is damaged: a ${kind} table of its JPEG header is wrong.`);
  }

  /** Throws unless there is a quantisation table of this number. */
  checkQuantisation(number: number): void {
    if (!this.#quantisation.has(number)) throw this.#missing(`quantisation table ${number}`);
  }

  /** The lengths and symbols of a Huffman table; `kind` is 0x00 for DC and 0x10 for AC. */
  huffman(kind: 0x00 | 0x10, number: number): Uint8Array {
    const key = kind | number;
    if (this.#standard && !this.#huffman.has(key) && key in STANDARD_HUFFMAN) {
      const table = Uint8Array.fromHex(STANDARD_HUFFMAN[key]);
      this.readHuffman(Uint8Array.of(key, ...table));
    }
    const table = this.#huffman.get(key);
    if (table === undefined) {
      throw this.#missing(`Huffman table ${kind === 0 ? "DC" : "AC"} ${number}`);
    }
    return table.subarray(1);
  }

  #missing(what: string): InputError {
    return new InputError(
      `${this.#name} is damaged: its JPEG data needs the ${what}, which the file does not hold.`,
    );
  }

  /** The segments with the tables that have changed since the last call. */
  *changes(): Generator<{ readonly marker: number; readonly content: Uint8Array }> {
    for (const [marker, map, key] of this.#changed) yield { marker, content: map.get(key)! };
    this.#changed = [];
  }
}

/** Whether no step of a quantisation table is 0; wide steps have two bytes. */
function areSteps(steps: Uint8Array, isWide: boolean): boolean {
  return steps.every((step, i) => step !== 0 || isWide && steps[i ^ 1] !== 0);
}

/** Whether so many codes of each length fit beside each other. */
function areCodes(counts: Uint8Array): boolean {
  let free = 1;
  for (const count of counts) {
    free = 2 * free - count;
    if (free < 0) return false;
  }
  return true;
}
