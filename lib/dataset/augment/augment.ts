/**
 * Augments one training image: pixels of image and mask move together, then grey values change,
 * then another image of the epoch may be mixed in.
 *
 * @module
 */
import type { BatchSample } from "../batches.ts";
import { type BoxMix, drawImage, type DrawKey, type ImageDraw } from "./draw.ts";
import type { Policy } from "./ingredients.ts";
import type { KernelCalls } from "./kernel_calls.ts";
import { callValues } from "./values.ts";
import { callWarp } from "./warp.ts";

/** The images of an epoch and what they go through. */
export interface AugmentedEpoch {
  /** All training images, of one size. */
  readonly samples: readonly BatchSample[];
  readonly policy: Policy;
  readonly seed: number;
  readonly epoch: number;
}

/** Where an image (bytes) and its mask (floats from 0 to 1) are put. */
export interface SampleAddress {
  readonly image: number;
  readonly mask: number;
}

/** Adds the making of an augmented image to the calls. */
export function callAugmented(
  calls: KernelCalls,
  epoch: AugmentedEpoch,
  index: number,
  to: SampleAddress,
): void {
  const { mixup, cutmix } = callAlone(calls, epoch, index, to);
  const { samples } = epoch;
  const { width, height } = samples[index];
  const area = width * height;
  const withPartner = ({ partner }: { readonly partner: number }): SampleAddress => {
    const other = {
      image: calls.scratch("partner", area),
      mask: calls.scratch("partner's mask", 4 * area),
    };
    callAlone(calls, epoch, Math.floor(partner * samples.length), other);
    return other;
  };
  if (mixup) {
    const others = withPartner(mixup);
    const { share } = mixup;
    calls.call("mixBytes", { bytes: to.image, others: others.image, count: area, share });
    calls.call("mixFloats", { floats: to.mask, others: others.mask, count: area, share });
  }
  if (cutmix) {
    const from = withPartner(cutmix);
    callCopyBox(calls, to.image, from.image, width, 1, cutmix);
    callCopyBox(calls, to.mask, from.mask, width, 4, cutmix);
  }
}

/** Copies a box of pixels of `size` bytes each. */
function callCopyBox(
  calls: KernelCalls,
  to: number,
  from: number,
  across: number,
  size: number,
  { left, top, width, height }: BoxMix,
): void {
  calls.call("copyBox", {
    to,
    from,
    rowBytes: size * across,
    left: size * left,
    top,
    bytes: size * width,
    rows: height,
  });
}

/** Adds the making of an augmented image, as it is before others are mixed in. */
function callAlone(
  calls: KernelCalls,
  { samples, policy, seed, epoch }: AugmentedEpoch,
  index: number,
  to: SampleAddress,
): ImageDraw {
  const { width, height, image, maskLayers } = samples[index];
  const area = width * height;
  const key: DrawKey = { seed, epoch, index };
  const draw = drawImage(policy, key, width, height);
  let mask = calls.put(mergedMask(maskLayers, area));
  const source = calls.put(image);
  if (draw.affine || draw.elastic) {
    const moved = calls.scratch("moved mask", area);
    callWarp(calls, width, height, { image: source, mask }, { image: to.image, mask: moved }, draw);
    mask = moved;
  } else {
    calls.call("copyBox", {
      to: to.image,
      from: source,
      rowBytes: area,
      left: 0,
      top: 0,
      bytes: area,
      rows: 1,
    });
  }
  callValues(calls, width, height, to.image, draw, key);
  calls.call("unitFloats", { bytes: mask, count: area, floats: to.mask });
  return draw;
}

/** The layers of a mask as one, at most 255. */
export function mergedMask(layers: readonly Uint8Array[], area: number): Uint8Array {
  if (layers.length === 1) return layers[0];
  const sum = new Uint8ClampedArray(area);
  for (const layer of layers) for (let i = 0; i < area; i++) sum[i] += layer[i];
  return new Uint8Array(sum.buffer);
}
