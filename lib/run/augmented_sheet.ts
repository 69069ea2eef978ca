/**
 * Draws `augmented.png`: training images as the network sees them, with the outlines of their
 * masks.
 *
 * @module
 */
import { mapped } from "../core/mapped.ts";
import { baseName } from "../core/paths.ts";
import { makeAugmentedBatch } from "../dataset/augment/batch.ts";
import { parsePolicy } from "../dataset/augment/policy.ts";
import { orderOfEpoch } from "../dataset/lesion_free_share.ts";
import type { SampleSet } from "../dataset/samples.ts";
import { contactSheet, type SheetItem } from "../pictures/contact_sheet.ts";
import type { TrainingConfig } from "../train/config.ts";

const MOST_IMAGES = 12;

/** The first images of the first epoch; `undefined` for a run that changes none. */
export async function augmentedSheet(
  { samples }: SampleSet,
  { augment, seed, lesionFreeShare }: TrainingConfig,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const policy = parsePolicy(augment);
  if (Object.keys(policy).length === 0) return undefined;
  const indices = orderOfEpoch(samples, lesionFreeShare, seed, 0).subarray(0, MOST_IMAGES);
  const epoch = { samples, policy, seed, epoch: 0 };
  const items = Array.from(indices, (index): SheetItem => {
    const { width, height, images, masks } = makeAugmentedBatch(epoch, [index]);
    const bytes = mapped(new Uint8Array(masks.length), masks, (value) => Math.round(255 * value));
    return {
      name: baseName(samples[index].path),
      image: { width, height, pixels: images },
      truth: { width, height, pixels: bytes },
    };
  });
  return await contactSheet(items, { title: "Training images of the first epoch, augmented" });
}
