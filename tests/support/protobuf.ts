/**
 * Reads protocol buffer messages of unknown type.
 *
 * @module
 */

/**
 * The values of a message by field number: varints and floats of 32 or 64 bits as numbers, all else
 * as bytes.
 */
export function readMessage(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const fields = new Map<number, (number | Uint8Array)[]>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    let [value, factor] = [0, 1];
    for (; bytes[at] >= 128; factor *= 128) value += (bytes[at++] & 127) * factor;
    return value + bytes[at++] * factor;
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    if (!fields.has(field)) fields.set(field, []);
    const values = fields.get(field)!;
    switch (tag % 8) {
      case 0:
        values.push(varint());
        break;
      case 1:
        values.push(view.getFloat64(at, true));
        at += 8;
        break;
      case 2: {
        const length = varint();
        if (at + length > bytes.length) throw new RangeError(`field ${field} is cut short`);
        values.push(bytes.subarray(at, at += length));
        break;
      }
      case 5:
        values.push(view.getFloat32(at, true));
        at += 4;
        break;
      default:
        throw new RangeError(`field ${field} has wire type ${tag % 8}`);
    }
  }
  return fields;
}

/** The messages of a field. */
export function messagesIn(bytes: Uint8Array, field: number) {
  return (readMessage(bytes).get(field) ?? []).map((value) => value as Uint8Array);
}

/** The texts of a field. */
export function textsIn(bytes: Uint8Array, field: number): string[] {
  return messagesIn(bytes, field).map((value) => new TextDecoder().decode(value));
}
