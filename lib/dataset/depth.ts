/**
 * How 16-bit images of a data set become grey: all of them by the same number of bits, so that
 * equal samples have equal grey levels. A model keeps that number and reads new images by it.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import { type BitsInUse, bitsInUse, greyOf, largestOf } from "../image/depth.ts";
import type { DecodedImage, GreyImage } from "../image/image.ts";

/** An image that needs more bits than those before it. */
class DeeperImage extends Error {
  constructor(readonly bits: BitsInUse) {
    super(`an image needs ${bits} bits`);
  }
}

/**
 * - `own`: by the bits that each image uses;
 * - `model`: by the bits of a model; an image that needs more is refused;
 * - `common`: by the most bits that any image uses.
 */
type Rule = "own" | "model" | "common";

/** An image that uses so many bits fewer than its scale has is nearly black. */
const DARK_BITS = 4;

/** A rule, and what it met. */
export class Depth {
  readonly #rule: Rule;
  #bits: BitsInUse | undefined;
  readonly #counts = new Map<BitsInUse, number>();

  private constructor(rule: Rule, bits?: BitsInUse) {
    this.#rule = rule;
    this.#bits = bits;
  }

  /** For a model with these bits; each image by its own for a model that does not tell. */
  static ofModel(bits: BitsInUse | undefined): Depth {
    return bits === undefined ? new Depth("own") : new Depth("model", bits);
  }

  /** For {@linkcode atCommonDepth}: at least these bits. */
  static common(bits: BitsInUse | undefined): Depth {
    return new Depth("common", bits);
  }

  /** The bits by which all 16-bit images so far were read; `undefined` if there was none. */
  get bits(): BitsInUse | undefined {
    return this.#counts.size === 0 || this.#rule === "own" ? undefined : this.#bits;
  }

  /** The number of 16-bit images so far, by the bits that they use. */
  get counts(): ReadonlyMap<BitsInUse, number> {
    return this.#counts;
  }

  /** What a user should know of the 16-bit images so far: sentences without a full stop. */
  notes(): string[] {
    const uses = [...this.#counts].sort(([a], [b]) => a - b);
    const images = uses.reduce((sum, [, count]) => sum + count, 0);
    const [bits] = this.#rule === "own" ? uses.at(-1) ?? [] : [this.#bits];
    if (images === 0 || bits === undefined) return [];
    const deep = (count: number) => `${plural(count, "image")} with more than 8 bits per sample`;
    const which = deep(images);
    if (this.#rule === "own") {
      if (uses[0][0] === 16) return [];
      const each = uses.map(([own, count]) => `${own} in ${count}`).join(", ");
      return [
        `${which}, scaled by the bits that each uses (${each}): the model does not tell its own`,
      ];
    }
    const dark = uses.filter(([own]) => own <= bits - DARK_BITS)
      .reduce((sum, [, count]) => sum + count, 0);
    const most = `0 to ${largestOf(bits)} became 0 to 255`;
    return [
      ...(bits < 16 ? [`${which}, scaled by the ${bits} bits of the training: ${most}`] : []),
      ...(dark > 0 ? [`${deep(dark)} nearly black: ${most}, as in training`] : []),
    ];
  }

  /**
   * The image in grey.
   *
   * @param path How to call the image in an error.
   * @throws {InputError} for an image that needs more bits than a model has.
   */
  greyOf(decoded: DecodedImage, path: string): GreyImage {
    const own = bitsInUse(decoded);
    if (own === undefined) return greyOf(decoded);
    const bits = this.#rule === "own" ? own : this.#bits ??= own;
    if (own > bits) {
      if (this.#rule === "common") throw new DeeperImage(own);
      throw new InputError(
        `${path} has 16-bit values above ${largestOf(bits)}, the largest of the images that the ` +
          `model was trained with; export it with ${bits} bits, or save it with 8.`,
      );
    }
    this.#counts.set(own, (this.#counts.get(own) ?? 0) + 1);
    return greyOf(decoded, bits);
  }
}

/**
 * Reads a data set at the depth that its images have in common. Reading begins again when an image
 * needs more bits than those before it: at most four times, and usually never, because the first
 * image tells.
 */
export async function atCommonDepth<Result>(
  read: (depth: Depth) => Promise<Result>,
): Promise<Result> {
  for (let bits: BitsInUse | undefined;;) {
    try {
      return await read(Depth.common(bits));
    } catch (error) {
      if (!(error instanceof DeeperImage)) throw error;
      bits = error.bits;
    }
  }
}
