import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { DeviceError } from "../../../lib/core/errors.ts";
import { RandomStream } from "../../../lib/core/random.ts";
import type { AugmentedEpoch } from "../../../lib/dataset/augment/augment.ts";
import { callBatch, makeAugmentedBatch } from "../../../lib/dataset/augment/batch.ts";
import { BatchMaker } from "../../../lib/dataset/augment/batch_maker.ts";
import { POLICIES } from "../../../lib/dataset/augment/ingredients.ts";
import { KernelCalls } from "../../../lib/dataset/augment/kernel_calls.ts";
import { parsePolicy } from "../../../lib/dataset/augment/policy.ts";
import { type BatchSample, makeBatch } from "../../../lib/dataset/batches.ts";

const [WIDTH, HEIGHT] = [37, 23];
const AREA = WIDTH * HEIGHT;

/** Images of an odd size with soft masks; one mask is the image itself. */
function samples(count: number): BatchSample[] {
  return Array.from({ length: count }, (_, index) => {
    const random = new RandomStream(1, "samples", 0, index);
    const drawn = () => Uint8Array.from({ length: AREA }, () => random.bits32() & 255);
    const image = drawn();
    return { width: WIDTH, height: HEIGHT, image, maskLayers: [index === 0 ? image : drawn()] };
  });
}

const SAMPLES = samples(5);
const EVERYTHING = `${POLICIES.strong}+mixup+cutmix`;

function epochOf(text: string, epoch = 3): AugmentedEpoch {
  return { samples: SAMPLES, policy: parsePolicy(text), seed: 7, epoch };
}

Deno.test("a batch's images depend neither on its size, nor its order, nor what came before", () => {
  const calls = new KernelCalls();
  for (const epoch of [0, 1, 2, 3, 4, 5]) {
    const given = epochOf(EVERYTHING, epoch);
    const read = callBatch(calls, given, [2, 0, 4, 1]);
    calls.run();
    const { images, masks } = read();
    [2, 0, 4, 1].forEach((index, i) => {
      const alone = makeAugmentedBatch(given, [index]);
      assertEquals(alone.images, images.slice(i * AREA, (i + 1) * AREA));
      assertEquals(alone.masks, masks.slice(i * AREA, (i + 1) * AREA));
    });
    // What the memory holds from this batch must not reach the next one.
    new Uint8Array(calls.memory.buffer, 65536).fill(77 * epoch);
  }
});

Deno.test("parameters that change nothing give the bytes back", () => {
  const indices = [0, 1, 2, 3, 4];
  const plain = makeBatch(SAMPLES, indices);
  const idle = "affine(p=1,rotation=0,zoom=1,aspect=0,shear=0,shift=0)+elastic(p=1,strength=0)" +
    "+gamma(p=1,range=0)+contrast(p=1,range=0)+brightness(p=1,range=0)+gain(p=1,range=0)" +
    "+shadow(p=1,strength=0)+blur(p=1,sigma=0)+speckle(p=1,strength=0)+noise(p=1,strength=0)" +
    "+cutout(p=1,size=0)";
  assertEquals(makeAugmentedBatch(epochOf(idle), indices), plain);
  const never = EVERYTHING.replaceAll(/\([^)]*\)/g, "").replaceAll(/(\w+)/g, "$1(p=0)");
  assertEquals(makeAugmentedBatch(epochOf(never), indices), plain);
});

Deno.test("an image that is its own mask stays its own mask; masks stay soft", () => {
  for (const epoch of [0, 1, 2, 3]) {
    const move = epochOf("flip+affine(p=1)+elastic(p=1)", epoch);
    const { images, masks } = makeAugmentedBatch(move, [0]);
    assertEquals(Uint8Array.from(masks, (value) => Math.round(value * 255)), images);
    const all = makeAugmentedBatch(epochOf(EVERYTHING, epoch), [0, 1, 2, 3, 4]).masks;
    assert(all.every((value) => value >= 0 && value <= 1));
    assert(all.some((value) => value > 0.2 && value < 0.8));
  }
});

Deno.test("grey changes leave the mask, two layers become one", () => {
  const [first, second] = SAMPLES;
  const both = { ...first, maskLayers: [first.maskLayers[0], second.maskLayers[0]] };
  const epoch = { ...epochOf("gamma(p=1)+noise(p=1)+cutout(p=1)"), samples: [both] };
  const { images, masks } = makeAugmentedBatch(epoch, [0]);
  assertNotEquals(images, first.image);
  const sum = Float32Array.from(
    first.maskLayers[0],
    (value, i) => Math.min(255, value + second.maskLayers[0][i]) * Math.fround(1 / 255),
  );
  assertEquals(masks, sum);
});

Deno.test("a batch made ahead on a thread is the one made here, also after a jump", async () => {
  const request = (epoch: number, indices: number[]) => ({
    name: `${epoch} ${indices}`,
    epoch: epochOf(EVERYTHING, epoch),
    indices,
  });
  const [first, second, third] = [request(0, [0, 1]), request(0, [2, 3, 4]), request(1, [4, 0])];
  for (const isThreaded of [true, false]) {
    using maker = new BatchMaker(isThreaded);
    for (const [wanted, next] of [[first, second], [second, third], [first, second], [third]]) {
      const expected = makeAugmentedBatch(wanted.epoch, wanted.indices);
      assertEquals(await maker.take(wanted, next), expected);
    }
  }
});

Deno.test("a thread that is stopped or fails refuses its batches", async () => {
  const request = { name: "a", epoch: epochOf("flip(p=0)"), indices: [0] };
  const stopped = new BatchMaker(true);
  const waiting = stopped.take(request);
  stopped[Symbol.dispose]();
  await assertRejects(() => waiting, DeviceError, "it was stopped");
  await assertRejects(() => stopped.take(request), DeviceError, "it was stopped");

  const sized = (width: number, height: number) => ({
    ...request,
    epoch: { ...request.epoch, samples: [{ ...SAMPLES[0], width, height }] },
  });
  using failing = new BatchMaker(true);
  await assertRejects(
    () => failing.take(sized(2 ** 15, 2 ** 15)),
    DeviceError,
    "the system does not give",
  );
  // A negative length makes the kernel leave the memory.
  await assertRejects(() => failing.take(sized(-8, 2)), DeviceError, "out of bounds");
});
