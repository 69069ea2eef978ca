/**
 * The elements of a DICOM data set (DICOM PS3.5, section 7): a tag, a length, a value. Of nested
 * data sets only those are read that somebody asks for.
 *
 * This is own code because the packages for it make an object of every element, so that a hostile
 * file takes many times its size, and throw texts that may hold the values of elements, such as a
 * name. Here no error holds a value.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";

/** How a data set is written. */
export interface DicomEncoding {
  /** Whether each element says its type (value representation). */
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

/** The place of a value. */
export interface DicomElement {
  /** The type, such as "US"; "" where the file does not say it. */
  readonly type: string;
  /** Where the value begins in the bytes of the data set. */
  readonly at: number;
  /** The number of bytes; `undefined` where a mark ends the value. */
  readonly length: number | undefined;
}

/** The tag of the pixels. */
export const PIXEL_DATA = 0x7fe00010;

/** Types whose length has four bytes. */
const LONG_TYPES = new Set(
  ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"],
);

const ITEM = 0xfffee000, ITEM_END = 0xfffee00d, SEQUENCE_END = 0xfffee0dd;
/** No element: some programs write zeros behind the last one. */
const FILLING = 0;
const UNDEFINED_LENGTH = 0xffffffff;

/** Real images have a few hundred elements. */
const MOST_ELEMENTS = 65536;
/** Real files nest their data sets a few levels deep. */
const MOST_DEPTH = 32;
/** The longest text that is looked at. */
const MOST_TEXT = 1024;

/** Implicit, little endian: what a value of unknown type and undefined length holds. */
const UNKNOWN: DicomEncoding = { explicit: false, littleEndian: true };

/** A tag, and the place of its value. */
interface Found extends DicomElement {
  readonly tag: number;
}

/** A data set: where each of its elements is. */
export class DicomElements {
  readonly bytes: Uint8Array;
  readonly encoding: DicomEncoding;
  readonly #view: DataView;
  readonly #name: string;
  readonly #elements = new Map<number, DicomElement>();
  /** Where reading stopped: at the end, at the pixels or at the first tag that was not taken. */
  readonly end: number;

  /**
   * Finds the elements from `start` on, up to the pixel data, whose length is not checked.
   *
   * @param bytes What the data set is in.
   * @param name How to call the file in an error.
   * @param options Where the data set lies, and which tags are taken; reading stops at another.
   * @throws {InputError} when an element is longer than the file.
   */
  constructor(
    bytes: Uint8Array,
    encoding: DicomEncoding,
    name: string,
    { start = 0, end = bytes.length, takes = (_tag: number) => true as boolean } = {},
  ) {
    this.bytes = bytes;
    this.encoding = encoding;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
    let at = start;
    for (let count = 0; at < end && takes(this.#tag(at, end, encoding)); count++) {
      const found = this.#element(at, end, encoding);
      if (found.tag === FILLING || found.tag === ITEM_END || found.tag === SEQUENCE_END) break;
      if (!this.#elements.has(found.tag)) this.#elements.set(found.tag, found);
      if (count === MOST_ELEMENTS) {
        throw this.#damaged(`it has more than ${MOST_ELEMENTS} elements`);
      }
      at = found.at;
      if (found.tag === PIXEL_DATA) break;
      at = this.#endOf(found, end, encoding, 0);
    }
    this.end = at;
  }

  /** The place of an element. */
  get(tag: number): DicomElement | undefined {
    return this.#elements.get(tag);
  }

  /** The bytes of an element of defined length; `undefined` when there is none. */
  value(tag: number): Uint8Array | undefined {
    const element = this.get(tag);
    if (element?.length === undefined) return undefined;
    return this.bytes.subarray(element.at, element.at + element.length);
  }

  /** A 16-bit number of an element (type US). `undefined` when it is missing. */
  u16(tag: number, index = 0): number | undefined {
    return this.#number(tag, 2, index, (at, little) => this.#view.getUint16(at, little));
  }

  /** A 32-bit number of an element (type UL). `undefined` when it is missing. */
  u32(tag: number): number | undefined {
    return this.#number(tag, 4, 0, (at, little) => this.#view.getUint32(at, little));
  }

  /** A 64-bit floating-point number of an element (type FD). `undefined` when it is missing. */
  f64(tag: number): number | undefined {
    return this.#number(tag, 8, 0, (at, little) => this.#view.getFloat64(at, little));
  }

  /** The texts of an element without filling. None when it is missing. */
  texts(tag: number): readonly string[] {
    const value = this.value(tag) ?? [];
    if (value.length === 0) return [];
    const text = String.fromCharCode(...value.slice(0, MOST_TEXT));
    return text.split("\\").map((part) => part.replace(/^ +|[ \0]+$/g, ""));
  }

  /** A number that is written as text (types DS and IS). `undefined` when it is missing or none. */
  decimal(tag: number, index = 0): number | undefined {
    const text = this.texts(tag)[index] ?? "";
    return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : undefined;
  }

  /** The nested data sets of an element, at most `most`. */
  items(tag: number, most: number): DicomElements[] {
    const element = this.get(tag);
    const items: DicomElements[] = [];
    if (element === undefined) return items;
    const encoding = this.#nested(element, this.encoding);
    const end = element.length === undefined ? this.bytes.length : element.at + element.length;
    for (let at = element.at; at < end && items.length < most;) {
      const item = this.#element(at, end, encoding);
      if (item.tag !== ITEM) break;
      at = this.#endOf(item, end, encoding, 0);
      items.push(
        new DicomElements(this.bytes, encoding, this.#name, { start: item.at, end: at }),
      );
    }
    return items;
  }

  /**
   * The parts of packed pixels behind `at` (PS3.5, annex A.4), the table of offsets included.
   *
   * @throws {InputError} when they are damaged, or more than `most`.
   */
  fragments(at: number, most: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    // Some files end without the mark that ends the fragments.
    for (const end = this.bytes.length; at < end;) {
      const { tag, length, ...place } = this.#element(at, end, this.encoding);
      if (tag === SEQUENCE_END || tag === FILLING) break;
      if (tag !== ITEM || length === undefined) {
        throw this.#damaged("its packed pixels lie in no fragments");
      }
      if (parts.length === most) throw this.#damaged(`it has more than ${most} fragments`);
      at = place.at + length;
      parts.push(this.bytes.subarray(place.at, at));
    }
    return parts;
  }

  #number(
    tag: number,
    size: number,
    index: number,
    read: (at: number, littleEndian: boolean) => number,
  ): number | undefined {
    const { at, length = 0 } = this.get(tag) ?? { at: 0 };
    if (length < (index + 1) * size) return undefined;
    return read(at + index * size, this.encoding.littleEndian);
  }

  #tag(at: number, end: number, { littleEndian }: DicomEncoding): number {
    if (at + 8 > end) throw this.#cutOff();
    const view = this.#view;
    return view.getUint16(at, littleEndian) * 0x10000 + view.getUint16(at + 2, littleEndian);
  }

  /** The head of the element at a place. Its value is inside of the data set, but for pixels. */
  #element(at: number, end: number, encoding: DicomEncoding): Found {
    const tag = this.#tag(at, end, encoding);
    const { explicit, littleEndian } = encoding;
    const isMark = [FILLING, ITEM, ITEM_END, SEQUENCE_END].includes(tag);
    let type = "", head = 8, length: number;
    if (explicit && !isMark) {
      type = String.fromCharCode(this.bytes[at + 4], this.bytes[at + 5]);
      if (!/^[A-Z]{2}$/.test(type)) throw this.#damaged("an element has no type");
      if (LONG_TYPES.has(type)) head = 12;
      if (at + head > end) throw this.#cutOff();
      length = head === 12
        ? this.#view.getUint32(at + 8, littleEndian)
        : this.#view.getUint16(at + 6, littleEndian);
    } else length = this.#view.getUint32(at + 4, littleEndian);
    const place = { tag, type, at: at + head };
    if (length === UNDEFINED_LENGTH) return { ...place, length: undefined };
    if (tag !== PIXEL_DATA && at + head + length > end) throw this.#cutOff();
    return { ...place, length };
  }

  /** Where an element ends. */
  #endOf(element: Found, end: number, outer: DicomEncoding, depth: number): number {
    if (element.length !== undefined) return element.at + element.length;
    if (depth > MOST_DEPTH) throw this.#damaged(`its data sets are nested ${depth} deep`);
    const encoding = this.#nested(element, outer);
    const last = element.tag === ITEM ? ITEM_END : SEQUENCE_END;
    for (let at = element.at; at < end;) {
      const inner = this.#element(at, end, encoding);
      if (inner.tag === last) return inner.at;
      at = this.#endOf(inner, end, encoding, depth + 1);
    }
    throw this.#cutOff();
  }

  #nested({ type }: DicomElement, outer: DicomEncoding): DicomEncoding {
    return type === "UN" ? UNKNOWN : outer;
  }

  #cutOff(): InputError {
    return new InputError(
      `${this.#name} is cut off or damaged: a DICOM element is longer than the file; copy it again.`,
    );
  }

  #damaged(how: string): InputError {
    return new InputError(`${this.#name} is damaged: as a DICOM file, ${how}; copy it again.`);
  }
}
