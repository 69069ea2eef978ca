/**
 * A model's test vector: a reproducible input, and the logits that the model gave for it when it
 * was saved. An engine whose logits differ by more than `tolerance` is incorrect.
 *
 * The image is a grey ellipse on brighter, speckled ground at the network's size, so that the check
 * takes the path of a prediction. It is computed with integers alone, so that its bytes are the
 * same on every machine.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { checked, list, number, object, whole } from "../core/json.ts";
import { RandomStream } from "../core/random.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { Trainer } from "../engine/engine.ts";

/** The seed of the input and the expected logits. */
export interface TestVector {
  /** The seed of the speckle in {@linkcode testImage}. */
  readonly seed: number;
  /** Logits at {@linkcode testPoints}, in their order. */
  readonly logits: readonly number[];
  /** The largest error that rounding explains, relative to the largest logit (at least 1). */
  readonly tolerance: number;
}

/** The result of {@linkcode compareLogits}. */
export interface LogitComparison {
  /**
   * The largest difference relative to the largest expected logit (at least 1); Infinity for NaN.
   */
  readonly error: number;
  readonly passed: boolean;
}

const POINTS = 64;
const GOLDEN_RATIO = 0.6180339887498949;

/** Correct engines and programs differ by less than a tenth of it. */
const TOLERANCE = 1e-3;

/**
 * Grey bytes `[height, width]`: the sum of two random bytes times a shade that is darker inside an
 * ellipse.
 */
export function testImage(width: number, height: number, seed: number): Uint8Array<ArrayBuffer> {
  const random = new RandomStream(seed, "test image");
  const image = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const ground = 120 - Math.floor((60 * y) / height);
    const down = (3 * (2 * y + 1 - height)) / (2 * height);
    for (let x = 0; x < width; x++) {
      const across = (2 * x + 1 - width) / width;
      const shade = 4 * across * across + 4 * down * down < 1 ? 30 : ground;
      const word = random.bits32();
      const speckle = (word & 255) + ((word >>> 8) & 255);
      image[y * width + x] = Math.floor((speckle * shade) / 255);
    }
  }
  return image;
}

/** 64 pixels spread over an image, as indices into `[height, width]`. */
export function testPoints(width: number, height: number): number[] {
  return Array.from({ length: POINTS }, (_, index) => {
    const y = Math.floor((height * (2 * index + 1)) / (2 * POINTS));
    const x = Math.floor(width * ((index * GOLDEN_RATIO) % 1));
    return y * width + x;
  });
}

/**
 * Computes the test vector of a trainer's weights. The trainer needs a plan to evaluate one image.
 */
export async function testVectorOf(
  trainer: Pick<Trainer, "logits">,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<TestVector> {
  const seed = 1;
  const images = testImage(width, height, seed);
  const masks = new Float32Array(width * height);
  const logits = await trainer.logits({ n: 1, height, width, images, masks });
  return {
    seed,
    logits: testPoints(width, height).map((point) => shortFloat32(logits[point])),
    tolerance: TOLERANCE,
  };
}

/** Compares logits `[height, width]` with those of a test vector. */
export function compareLogits(
  vector: TestVector,
  logits: Float32Array,
  { width, height }: { readonly width: number; readonly height: number },
): LogitComparison {
  const scale = Math.max(1, ...vector.logits.map(Math.abs));
  let error = 0;
  testPoints(width, height).forEach((point, index) => {
    const difference = Math.abs(logits[point] - vector.logits[index]) / scale;
    error = Math.max(error, Number.isNaN(difference) ? Infinity : difference);
  });
  return { error, passed: error <= vector.tolerance };
}

/** Reads a test vector from a file. */
export const testVector = object<TestVector>({
  seed: whole(),
  logits: list(number, { exactly: POINTS }),
  tolerance: checked(
    number,
    (value) => value > 0 ? undefined : `is ${value}, expected more than 0`,
  ),
});

/**
 * The same float32 with few digits. Throws {@linkcode InputError} for a number that is not finite.
 */
function shortFloat32(value: number): number {
  if (!Number.isFinite(value)) {
    throw new InputError(
      sentence`training has diverged: a logit came to ${value}, which is no finite number; try a
        lower ${setting("learningRate")} (the last saved checkpoint is untouched)`,
    );
  }
  return Number(value.toPrecision(9));
}
