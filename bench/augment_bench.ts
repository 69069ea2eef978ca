/**
 * The cost of augmentation, one thread: `deno bench bench/augment_bench.ts`. A benchmark makes one
 * batch of four images of 256x256.
 *
 * @module
 */
import { callBatch } from "../lib/dataset/augment/batch.ts";
import { INGREDIENTS, POLICIES } from "../lib/dataset/augment/ingredients.ts";
import { KernelCalls } from "../lib/dataset/augment/kernel_calls.ts";
import { parsePolicy } from "../lib/dataset/augment/policy.ts";
import { makePhantom } from "../lib/dataset/phantoms/phantoms.ts";

const [SIDE, IMAGES, BATCH] = [256, 16, 4];

const samples = Array.from({ length: IMAGES }, (_, index) => {
  const { image, masks } = makePhantom("benign", { width: SIDE, height: SIDE, seed: 1, index });
  return { width: SIDE, height: SIDE, image, maskLayers: masks };
});
const calls = new KernelCalls();

for (const text of ["light", "strong", ...Object.keys(INGREDIENTS).map((name) => `${name}(p=1)`)]) {
  const policy = parsePolicy(text);
  let step = 0;
  Deno.bench(Object.hasOwn(POLICIES, text) ? `policy ${text}` : text, () => {
    const indices = Array.from({ length: BATCH }, (_, i) => (BATCH * step + i) % IMAGES);
    const read = callBatch(calls, { samples, policy, seed: 1, epoch: step++ }, indices);
    calls.run();
    read();
  });
}
