/** Epochs in which lesion-free images have a chosen share. */
import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { batchesOf, epochOrder } from "../../lib/dataset/batches.ts";
import { imagesPerEpoch, orderOfEpoch } from "../../lib/dataset/lesion_free_share.ts";

/** Samples with lesions, and lesion-free ones between them. */
function samplesOf(lesions: number, lesionFree: number): { lesion: boolean }[] {
  const of = (lesion: boolean, length: number) => Array.from({ length }, () => ({ lesion }));
  const all = [...of(true, lesions), ...of(false, lesionFree)];
  return all.map((_, i) => all[i * 13 % all.length]);
}

/** How often each sample is in orders. */
function timesOf(samples: readonly unknown[], orders: readonly Uint32Array[]): number[] {
  const times = samples.map(() => 0);
  for (const order of orders) for (const index of order) times[index]++;
  return times;
}

const EPOCHS = 12;
const CASES = [
  // Fewer lesion-free images than places, as many, and more.
  { lesions: 30, lesionFree: 4, share: 0.25, places: 10 },
  { lesions: 30, lesionFree: 10, share: 0.25, places: 10 },
  { lesions: 30, lesionFree: 47, share: 0.25, places: 10 },
  { lesions: 30, lesionFree: 47, share: 0.8, places: 120 },
  { lesions: 3, lesionFree: 1, share: 0.9, places: 27 },
  { lesions: 5, lesionFree: 5, share: 0.001, places: 1 },
  { lesions: 22, lesionFree: 5, share: 0, places: 0 },
];

for (const { lesions, lesionFree, share, places } of CASES) {
  const samples = samplesOf(lesions, lesionFree);
  const orders = Array.from({ length: EPOCHS }, (_, e) => orderOfEpoch(samples, share, 7, e));
  const name = `of ${lesions} images with and ${lesionFree} without a lesion, share ${share}`;

  Deno.test(`${name}: each epoch has its lesions once and ${places} places`, () => {
    assertEquals(imagesPerEpoch(samples, share), lesions + places);
    for (const order of orders) {
      assertEquals(order.length, lesions + places);
      const times = timesOf(samples, [order]);
      assertEquals(samples.every(({ lesion }, i) => !lesion || times[i] === 1), true);
    }
  });

  Deno.test(`${name}: every batch has its share to within one image`, () => {
    const part = places / (lesions + places);
    for (const order of orders) {
      for (const batch of batchesOf(order, 4)) {
        const found = batch.filter((index) => !samples[index].lesion).length;
        assert(Math.abs(found - batch.length * part) < 1, `${found} of ${batch.length}`);
      }
    }
  });

  Deno.test(`${name}: lesion-free images are used equally often, to one time`, () => {
    for (let epochs = 1; epochs <= EPOCHS; epochs++) {
      const times = timesOf(samples, orders.slice(0, epochs));
      const own = times.filter((_, i) => !samples[i].lesion);
      assert(Math.max(...own) - Math.min(...own) <= 1, own.join());
    }
  });
}

Deno.test("the order of an epoch depends on seed and epoch alone, and changes with both", () => {
  const samples = samplesOf(20, 20);
  const order = orderOfEpoch(samples, 0.4, 7, 3);
  assertEquals(orderOfEpoch(samples, 0.4, 7, 3), order);
  assertNotEquals(orderOfEpoch(samples, 0.4, 8, 3), order);
  assertNotEquals(orderOfEpoch(samples, 0.4, 7, 4), order);
});

Deno.test("the smaller last batch does not always have the same class", () => {
  const samples = samplesOf(12, 9);
  const last = Array.from({ length: 40 }, (_, epoch) => orderOfEpoch(samples, 0.25, 1, epoch))
    .map((order) => samples[order[order.length - 1]].lesion);
  assertEquals(new Set(last).size, 2);
});

Deno.test("without a share the order is the plain one, also of one class", () => {
  for (const samples of [samplesOf(9, 4), samplesOf(5, 0), samplesOf(0, 5)]) {
    assertEquals(imagesPerEpoch(samples, null), samples.length);
    assertEquals(orderOfEpoch(samples, null, 7, 3), epochOrder(samples.length, 7, 3));
  }
});

Deno.test("a share that the training images cannot have is refused with the reason", () => {
  const cases: [number, number, number, string][] = [
    [0, 5, 0.2, "no training image has a lesion"],
    [0, 5, 0, "no training image has a lesion"],
    [5, 0, 0.2, "every training image has a lesion"],
    [5, 5, 1 - 2 ** -53, "beside 5 images with a lesion that makes epochs of more than 1000000"],
  ];
  for (const [lesions, lesionFree, share, why] of cases) {
    const samples = samplesOf(lesions, lesionFree);
    const counted = assertThrows(() => imagesPerEpoch(samples, share), InputError, why);
    assert(counted.message.startsWith(`lesionFreeShare is ${share}, but `), counted.message);
    assertThrows(() => orderOfEpoch(samples, share, 0, 0), InputError, why);
  }
  assertEquals(imagesPerEpoch(samplesOf(5, 0), 0), 5);
});
