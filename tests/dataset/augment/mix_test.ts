import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../../../lib/core/random.ts";
import { makeAugmentedBatch } from "../../../lib/dataset/augment/batch.ts";
import { drawImage } from "../../../lib/dataset/augment/draw.ts";
import { parsePolicy } from "../../../lib/dataset/augment/policy.ts";
import type { BatchSample } from "../../../lib/dataset/batches.ts";

const [WIDTH, HEIGHT] = [21, 17];
const AREA = WIDTH * HEIGHT;
const SEED = 5;

const SAMPLES = Array.from({ length: 6 }, (_, index): BatchSample => {
  const random = new RandomStream(2, "mix", 0, index);
  const drawn = () => Uint8Array.from({ length: AREA }, () => random.bits32() & 255);
  return { width: WIDTH, height: HEIGHT, image: drawn(), maskLayers: [drawn()] };
});

/** Image `index` of epoch 0 under a policy, and what is drawn for it. */
function made(text: string, index: number) {
  const policy = parsePolicy(text);
  const epoch = { samples: SAMPLES, policy, seed: SEED, epoch: 0 };
  const draw = drawImage(policy, { seed: SEED, epoch: 0, index }, WIDTH, HEIGHT);
  return { ...makeAugmentedBatch(epoch, [index]), draw };
}

const partnerOf = (share: number) => Math.floor(share * SAMPLES.length);

Deno.test("mixup adds shares of two augmented images, and of their masks", () => {
  const base = "flip+noise(p=1)+affine(p=1)";
  for (const index of [0, 1, 2, 3]) {
    const { images, masks, draw } = made(`${base}+mixup(p=1,alpha=1)`, index);
    const { partner, share } = draw.mixup!;
    const [own, other] = [made(base, index), made(base, partnerOf(partner))];
    images.forEach((value, i) => {
      const exact = share * own.images[i] + (1 - share) * other.images[i];
      assert(Math.abs(value - exact) <= 0.5001);
      const mask = share * own.masks[i] + (1 - share) * other.masks[i];
      assert(Math.abs(masks[i] - mask) < 1e-6);
    });
  }
});

Deno.test("cutmix takes a box of another augmented image, with its mask", () => {
  const base = "flip+gamma(p=1)";
  let boxes = 0;
  for (const index of [0, 1, 2, 3, 4, 5]) {
    const { images, masks, draw } = made(`${base}+cutmix(p=1)`, index);
    const { partner, left, top, width, height } = draw.cutmix!;
    const [own, other] = [made(base, index), made(base, partnerOf(partner))];
    if (width * height > 0 && partnerOf(partner) !== index) boxes++;
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const isInside = x >= left && x < left + width && y >= top && y < top + height;
        const from = isInside ? other : own;
        const i = y * WIDTH + x;
        assertEquals([images[i], masks[i]], [from.images[i], from.masks[i]]);
      }
    }
  }
  assert(boxes >= 3);
});
