// LZW, as TIFF and GIF files pack with it. Part of the worker's text (unpackers.ts).

/** No code is longer than 12 bits. */
const MOST_CODES = 4096;

/**
 * Unpacks LZW codes until `target` is full.
 *
 * TIFF puts the high bits of a code first, and lengthens codes one code earlier than GIF does,
 * which puts the low bits first.
 *
 * @param {Uint8Array} data
 * @param {Uint8Array} target
 * @param {{ readonly bits: number, readonly format: "tiff" | "gif" }} kind `bits` of a value, from
 *   1 to 8; the first codes have one bit more.
 * @returns {boolean} Whether the data filled the target.
 */
export function unpackLzw(data, target, { bits: valueBits, format }) {
  const lowFirst = format === "gif";
  const early = lowFirst ? 0 : 1;
  const clear = 1 << valueBits;
  const end = clear + 1;
  // A code stands for `length` values: those of the code `prefix`, then `last`.
  const prefix = new Uint16Array(MOST_CODES);
  const first = new Uint8Array(MOST_CODES);
  const last = new Uint8Array(MOST_CODES);
  const length = new Uint16Array(MOST_CODES);
  for (let value = 0; value < clear; value++) {
    first[value] = last[value] = value;
    length[value] = 1;
  }
  let bits = valueBits + 1;
  let codes = end + 1;
  let previous = -1;
  let held = 0, heldBits = 0;
  let from = 0, to = 0;
  while (to < target.length) {
    while (heldBits < bits) {
      if (from === data.length) return false;
      held = lowFirst ? held | data[from++] << heldBits : held << 8 | data[from++];
      heldBits += 8;
    }
    heldBits -= bits;
    let code;
    if (lowFirst) {
      code = held & (1 << bits) - 1;
      held >>= bits;
    } else {
      code = held >> heldBits;
      held &= (1 << heldBits) - 1;
    }
    if (code === end) return false;
    if (code === clear) {
      bits = valueBits + 1;
      codes = end + 1;
      previous = -1;
      continue;
    }
    if (previous === -1) {
      if (code > end) return false;
    } else {
      if (code > codes) return false;
      if (codes < MOST_CODES) {
        // A new code: the values of the previous one, then the first value of this one. This code
        // may be the new one itself.
        prefix[codes] = previous;
        first[codes] = first[previous];
        last[codes] = code === codes ? first[previous] : first[code];
        length[codes] = length[previous] + 1;
        codes++;
        if (codes + early >= 1 << bits && bits < 12) bits++;
      }
    }
    const next = to + length[code];
    for (let at = next - 1, part = code; at >= to; at--, part = prefix[part]) {
      // Behind the end of a typed array nothing is written.
      target[at] = last[part];
    }
    to = next;
    previous = code;
  }
  return true;
}
