/**
 * The order of an epoch, also one in which lesion-free images have a chosen share.
 *
 * Of a share `s`, an epoch has all L images with a lesion once, and L s / (1 - s) places for
 * lesion-free ones, at least one unless `s` is 0. The places are spread evenly over the epoch, so
 * that every batch has its share to within one image. Lesion-free images take the places in turn,
 * in rounds that go on from one epoch to the next: a round has each of them once.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { RandomStream } from "../core/random.ts";
import { plural } from "../core/plural.ts";
import { sentence, setting } from "../core/sentence.ts";
import { epochOrder, shuffled } from "./batches.ts";
import type { Sample } from "./samples.ts";

/** What an order knows of a sample. */
type Classed = Pick<Sample, "lesion">;

/** The share of lesion-free images; `null` takes every image once. */
export type LesionFreeShare = number | null;

/** The most images of an epoch with a chosen share. */
const MOST_IMAGES = 1_000_000;

/**
 * Rounds of lesion-free images with an order of their own: an index of {@linkcode RandomStream}.
 */
const ROUNDS = 2 ** 32;

/**
 * The number of images of every epoch.
 *
 * @throws {InputError} that names the setting `lesionFreeShare`, if the samples cannot have it.
 */
export function imagesPerEpoch(samples: readonly Classed[], share: LesionFreeShare): number {
  if (share === null) return samples.length;
  const lesions = samples.filter(({ lesion }) => lesion).length;
  return lesions + lesionFreePlaces(lesions, samples.length - lesions, share);
}

/**
 * The order of the training samples in an epoch, from 0, as their indices. It depends only on the
 * arguments.
 *
 * @throws {InputError} like {@linkcode imagesPerEpoch}.
 */
export function orderOfEpoch(
  samples: readonly Classed[],
  share: LesionFreeShare,
  seed: number,
  epoch: number,
): Uint32Array {
  if (share === null) return epochOrder(samples.length, seed, epoch);
  const indices = [...samples.keys()];
  const lesions = indices.filter((index) => samples[index].lesion);
  const lesionFree = indices.filter((index) => !samples[index].lesion);
  const places = lesionFreePlaces(lesions.length, lesionFree.length, share);
  const count = lesions.length + places;
  const order = epochOrder(lesions.length, seed, epoch);
  const inTurn = turns(lesionFree.length, epoch * places, seed);
  const start = new RandomStream(seed, "lesion-free places", epoch).integerBelow(count);
  let [lesionsTaken, placesTaken] = [0, 0];
  return Uint32Array.from({ length: count }, (_, place) => {
    const placesBefore = Math.floor(((place + 1) * places + start) / count);
    if (placesBefore === placesTaken) return lesions[order[lesionsTaken++]];
    placesTaken++;
    return lesionFree[inTurn.next().value];
  });
}

/** The places of an epoch for lesion-free images. */
function lesionFreePlaces(lesions: number, lesionFree: number, share: number): number {
  const refused = (why: string, way = sentence``) =>
    new InputError(
      sentence`${setting("lesionFreeShare")} is ${share}, but ${why}; leave it out${way}`,
    );
  if (lesions === 0) {
    throw refused(`no training image has a lesion`);
  }
  if (share === 0) return 0;
  if (lesionFree === 0) {
    throw refused(
      `every training image has a lesion`,
      sentence`, or add images without one (${setting("missingMasks", "empty")} takes images
        without a mask so)`,
    );
  }
  const places = Math.max(1, Math.round(lesions * share / (1 - share)));
  if (!(lesions + places <= MOST_IMAGES)) {
    throw refused(
      `beside ${plural(lesions, "image")} with a lesion that makes epochs of more than ` +
        `${MOST_IMAGES} images`,
      sentence`, or take a smaller share`,
    );
  }
  return places;
}

/** Numbers below `count` in rounds, each in a random order, from the turn `first` on. */
function* turns(count: number, first: number, seed: number): Generator<number, never> {
  for (let turn = first;;) {
    const round = Math.floor(turn / count);
    const order = shuffled(
      count,
      new RandomStream(seed, "lesion-free order", 0, round % ROUNDS),
    );
    for (; turn < (round + 1) * count; turn++) yield order[turn % count];
  }
}
