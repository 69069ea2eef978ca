/**
 * Seeded random numbers that depend on nothing but their key: counter-based, so that any stream can be
 * started anywhere and gives the same numbers on every machine.
 *
 * The generator hashes (key, counter) with MurmurHash3's 32-bit finaliser, twice.
 *
 * @module
 */

function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** A stream of random numbers, keyed by a seed, a purpose and any further numbers (epoch, index). */
export class RandomStream {
  readonly #key: number;
  readonly #second: number;
  #counter = 0;
  #spare: number | undefined;

  constructor(seed: number, purpose: string, ...keys: number[]) {
    let key = mix(seed ^ 0x9e3779b9) ^ mix(Math.floor(seed / 2 ** 32) + 0x7f4a7c15);
    for (let i = 0; i < purpose.length; i++) key = mix(key ^ (purpose.charCodeAt(i) + 0x165667b1));
    for (const number of keys) key = mix(Math.imul(key, 31) ^ mix(number + 0x27d4eb2f));
    this.#key = key;
    this.#second = mix(key ^ 0x5bd1e995);
  }

  /** Uniform in [0, 1), 32 bits. */
  uniform(): number {
    const counter = this.#counter++;
    return (mix(mix(counter + this.#key) ^ this.#second) >>> 0) / 2 ** 32;
  }

  /** Normal with mean 0 and variance 1 (Box and Muller). */
  normal(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}
