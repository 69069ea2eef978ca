/**
 * How long a run is expected to take.
 *
 * @module
 */
import { duration } from "./words.ts";

/** The cost of a forward pass in evaluation, relative to a training step. */
const VALIDATION_COST = 1 / 3;

/** The time of an epoch in ms, from that of a training step per image. */
export function epochTime(
  perImage: number,
  { trainImages, valImages }: { readonly trainImages: number; readonly valImages: number },
): number {
  return perImage * (trainImages + valImages * VALIDATION_COST);
}

/** "expected: about 4.0 s per epoch, 2 min 40 s in all". Times are in ms. */
export function expectedWords(perEpoch: number, rest: number, isResumed: boolean): string {
  return `expected: about ${duration(perEpoch)} per epoch, ${duration(rest)} ` +
    (isResumed ? "to go" : "in all");
}
