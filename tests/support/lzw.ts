/**
 * Packs values with LZW, as TIFF and GIF files do.
 *
 * @module
 */

/**
 * The codes of values: a clear code, the values, an end code.
 *
 * @param bits Bits of a value.
 * @param format TIFF puts high bits first and lengthens codes one code earlier.
 */
export function packLzw(values: Uint8Array, bits: number, format: "tiff" | "gif"): Uint8Array {
  const clear = 2 ** bits, end = clear + 1;
  const early = format === "tiff" ? 1 : 0;
  const packed: number[] = [];
  let held = 0n, heldBits = 0;
  const put = (code: number, length: number) => {
    if (format === "gif") held |= BigInt(code) << BigInt(heldBits);
    else held = held << BigInt(length) | BigInt(code);
    heldBits += length;
    while (heldBits >= 8) {
      if (format === "gif") {
        packed.push(Number(held & 255n));
        held >>= 8n;
      } else {
        packed.push(Number(held >> BigInt(heldBits - 8)));
        held &= (1n << BigInt(heldBits - 8)) - 1n;
      }
      heldBits -= 8;
    }
  };
  let codes = new Map<string, number>();
  let length = bits + 1, next = end + 1;
  const codeOf = (text: string) => text.length === 1 ? text.charCodeAt(0) : codes.get(text);
  put(clear, length);
  let text = "";
  for (const value of values) {
    const longer = text + String.fromCharCode(value);
    if (codeOf(longer) !== undefined) {
      text = longer;
      continue;
    }
    put(codeOf(text)!, length);
    codes.set(longer, next++);
    text = String.fromCharCode(value);
    if (next + early > 2 ** length) length++;
    if (next === 4094) {
      put(clear, length);
      codes = new Map();
      length = bits + 1;
      next = end + 1;
    }
  }
  if (text !== "") {
    put(codeOf(text)!, length);
    next++;
    if (next + early > 2 ** length && length < 12) length++;
  }
  put(end, length);
  if (heldBits > 0) packed.push(Number(format === "gif" ? held : held << BigInt(8 - heldBits)));
  return Uint8Array.from(packed);
}
