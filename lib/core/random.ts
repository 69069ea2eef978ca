/**
 * Random numbers that depend on nothing but their key: (seed, purpose, epoch, index).
 *
 * The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011): a keyed permutation of 128-bit counters. There is no state, so the numbers
 * of image 7 in epoch 12 are the same in a resumed run, on any thread and in any order.
 *
 * The seed is the key; the counter holds block, index, epoch and the hash of the purpose. Streams
 * with another seed, epoch or index never share a counter; two purposes would have to collide in
 * FNV-1a.
 *
 * @module
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;
const TWO_32 = 2 ** 32;

/** The upper 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff, aHigh = a >>> 16;
  const bLow = b & 0xffff, bHigh = b >>> 16;
  // Partial products are below 2^32 and their sums below 2^53, so doubles are exact.
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/**
 * Philox4x32-10: replaces the four words of `counter` by their permutation under the two words of
 * `key`. Words are unsigned 32-bit integers; `key` is left as it is.
 */
export function philox4x32(counter: Uint32Array, key: Uint32Array): Uint32Array {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  counter[0] = c0;
  counter[1] = c1;
  counter[2] = c2;
  counter[3] = c3;
  return counter;
}

/** The 32-bit FNV-1a hash of the UTF-8 bytes of a text. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Whether a number can be a seed: a whole number from 0 to 2^53 - 1. */
export function isSeed(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** The two words of a seed, which are the key of its streams. */
export function seedWords(seed: number): [lower: number, upper: number] {
  return [seed % TWO_32, Math.floor(seed / TWO_32)];
}

/** An endless sequence of random numbers. Streams with equal arguments give equal numbers. */
export class RandomStream {
  readonly #key = new Uint32Array(2);
  readonly #counter = new Uint32Array(4);
  readonly #words = new Uint32Array(4);
  #block = 0;
  #used = 4;
  #spareNormal: number | undefined;

  /**
   * @param seed A whole number from 0 to 2^53 - 1.
   * @param purpose The use of the numbers ("order", "weights"). Each purpose has its own stream.
   * @param epoch A whole number below 2^32.
   * @param index The image, tensor or item within the epoch, below 2^32.
   * @throws RangeError for anything else.
   */
  constructor(seed: number, purpose: string, epoch = 0, index = 0) {
    const isWord = (value: number) => Number.isInteger(value) && value >= 0 && value < TWO_32;
    if (!isSeed(seed) || !isWord(epoch) || !isWord(index)) {
      throw new RangeError(`no random stream for seed ${seed}, epoch ${epoch}, index ${index}`);
    }
    this.#key.set(seedWords(seed));
    this.#counter.set([0, index, epoch, fnv1a(purpose)]);
  }

  /** 32 random bits as an unsigned integer. */
  bits32(): number {
    if (this.#used === 4) {
      if (this.#block === TWO_32) throw new RangeError("the random stream is used up");
      this.#words.set(this.#counter);
      this.#words[0] = this.#block++;
      philox4x32(this.#words, this.#key);
      this.#used = 0;
    }
    return this.#words[this.#used++];
  }

  /** A number from 0 (included) to 1 (excluded): a multiple of 2^-53, all equally likely. */
  uniform(): number {
    const high = this.bits32() >>> 5;
    const low = this.bits32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /**
   * A whole number from 0 to `n - 1`, all exactly equally likely. Words beyond the last full
   * multiple of `n` are rejected (fewer than half, for the worst `n`). Throws RangeError unless n
   * is a whole number from 1 to 2^32.
   */
  integerBelow(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > TWO_32) {
      throw new RangeError(`integerBelow needs a whole number from 1 to 2^32, not ${n}`);
    }
    const limit = TWO_32 - (TWO_32 % n);
    let word = this.bits32();
    while (word >= limit) word = this.bits32();
    return word % n;
  }

  /**
   * A standard normal number (Box and Muller, 1958). Numbers are made in pairs; the second is kept
   * for the next call.
   */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
