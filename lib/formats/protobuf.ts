/**
 * Writes protocol buffer messages: https://protobuf.dev/programming-guides/encoding
 *
 * A message is a list of pieces that are copied only once, at the end. Large tensors are therefore
 * in memory at most twice.
 *
 * @module
 */

/** How a field's value is encoded. */
const Wire = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** A message under construction. Fields are written in the order of the calls. */
export class Message {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  /** The number of bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** A whole number of at least 0, below 2^53. */
  integer(field: number, value: number): this {
    this.#tag(field, Wire.varint);
    return this.#varint(value);
  }

  /** A float of 32 bits. */
  float(field: number, value: number): this {
    this.#tag(field, Wire.fixed32);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#add(bytes);
  }

  /** A float of 64 bits. */
  double(field: number, value: number): this {
    this.#tag(field, Wire.fixed64);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.#add(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** Bytes. They must not change before the message is finished. */
  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, Wire.lengthDelimited);
    return this.#varint(value.length).#add(value);
  }

  /** A nested message. Fields that are added to it later are not included. */
  message(field: number, value: Message): this {
    this.#tag(field, Wire.lengthDelimited);
    this.#varint(value.#length);
    for (const piece of value.#pieces) this.#add(piece);
    return this;
  }

  /** The encoded message. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  #tag(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  #varint(value: number): this {
    const bytes: number[] = [];
    for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
    bytes.push(value);
    return this.#add(Uint8Array.from(bytes));
  }

  #add(piece: Uint8Array): this {
    this.#pieces.push(piece);
    this.#length += piece.length;
    return this;
  }
}
