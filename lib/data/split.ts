/**
 * Training and test images: chosen at random once, then written down by file name, so that a resumed or
 * repeated run has the same ones.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { isSeed, RandomStream } from "../random.ts";
import { shuffled } from "./batches.ts";
import type { Pair } from "./discover.ts";

/** The pairs of a run, each in one of the two parts. */
export interface Split {
  readonly train: readonly Pair[];
  readonly test: readonly Pair[];
}

const PARTS = ["train", "test"] as const;

/**
 * Splits at random. The number of training pairs is the fraction of all, rounded down, as
 * `int(0.8 * len(dataset))` for torch.utils.data.random_split. The result depends on the set of pairs, the
 * fraction and the seed; not on the order of the pairs. Each part is in random order.
 *
 * @throws InputError when a part would be empty, and for a fraction or seed that is none.
 */
export function splitAtRandom(
  pairs: readonly Pair[],
  { trainFraction, seed }: { readonly trainFraction: number; readonly seed: number },
): Split {
  if (!(trainFraction > 0 && trainFraction < 1)) {
    throw new InputError(`train fraction ${trainFraction}: expected a number between 0 and 1`);
  }
  if (!isSeed(seed)) {
    throw new InputError(`seed ${seed}: expected a whole number from 0 to ${2 ** 53 - 1}`);
  }
  const trainCount = Math.floor(trainFraction * pairs.length);
  const testCount = pairs.length - trainCount;
  if (trainCount < 1 || testCount < 1) {
    throw new InputError(
      `train fraction ${trainFraction} of ${pairs.length} image${
        pairs.length === 1 ? "" : "s"
      } leaves ${trainCount} for training and ` +
        `${testCount} for testing; each needs at least 1: add images, or change --train-fraction or --limit`,
    );
  }
  const sorted = [...pairs].sort((a, b) => a.image < b.image ? -1 : 1);
  const order = shuffled(pairs.length, new RandomStream(seed, "split"));
  const mixed = Array.from(order, (index) => sorted[index]);
  return { train: mixed.slice(0, trainCount), test: mixed.slice(trainCount) };
}

/** A split as the text of split.json: `{ "train": [...], "test": [...] }` with the images' paths, in order. */
export function splitToJson(split: Split): string {
  const names = (pairs: readonly Pair[]) => pairs.map(({ image }) => image);
  return JSON.stringify({ train: names(split.train), test: names(split.test) }, null, 2) + "\n";
}

/**
 * Reads a split and finds its images among the pairs of the data directory.
 *
 * @param text What {@linkcode splitToJson} wrote.
 * @param pairs All pairs; each must be named in the split, so that none is left out unnoticed.
 * @param name How to call the file in an error.
 * @throws InputError when it is no split, names an image that is not there or one twice, or lacks one.
 */
export function splitFromJson(text: string, pairs: readonly Pair[], name = "split.json"): Split {
  const remaining = new Map(pairs.map((pair) => [pair.image, pair]));
  const seen = new Set<string>();
  const [train, test] = readNames(text, name).map((names) =>
    names.map((image) => {
      const pair = remaining.get(image);
      if (seen.has(image)) throw new InputError(`${name} names ${image} twice; expected it once`);
      if (!pair) {
        throw new InputError(
          `${name} names ${image}, which is not among the images found; put it back or start a new run`,
        );
      }
      seen.add(image);
      remaining.delete(image);
      return pair;
    })
  );
  const [left] = remaining.keys();
  if (left !== undefined) {
    throw new InputError(
      `${name} does not name ${left}${
        remaining.size > 1 ? ` and ${remaining.size - 1} more` : ""
      }; ` +
        `take what was added out of the folder or start a new run`,
    );
  }
  return { train, test };
}

/** The names in both parts, checked to be non-empty lists of texts. */
function readNames(text: string, name: string): string[][] {
  const expected = `expected {"train": [file names], "test": [file names]}, at least one in each`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new InputError(`${name} is not JSON; ${expected}`);
  }
  return PARTS.map((part) => {
    const isObject = typeof parsed === "object" && parsed !== null && Object.hasOwn(parsed, part);
    const names: unknown = isObject ? (parsed as Record<string, unknown>)[part] : undefined;
    if (!isNameList(names)) throw new InputError(`${name} has no usable "${part}"; ${expected}`);
    return names;
  });
}

function isNameList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((n) => typeof n === "string");
}
