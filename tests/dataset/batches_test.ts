import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { maskFloats } from "../../lib/core/batch.ts";
import { InputError } from "../../lib/core/errors.ts";
import { batchesOf, epochOrder, makeBatch, makeCompactBatch } from "../../lib/dataset/batches.ts";
import { foldersWith, loadJson, loadTensors } from "../support/reference_data.ts";

const FILE = "preprocess/preprocess";

/** How the reference's JSON describes a case. */
interface Cases {
  cases: Record<string, { params: { masks?: string[] } }>;
}

for (const folder of foldersWith(`${FILE}.json`)) {
  const { cases } = loadJson<Cases>(folder, `${FILE}.json`);
  const tensors = loadTensors(folder, `${FILE}.safetensors`);
  for (const [name, { params }] of Object.entries(cases)) {
    for (const size of [128, 512]) {
      const merged = tensors[`${name}/mask_f32_${size}`];
      if (!params.masks || !merged) continue;
      Deno.test(`makeBatch() merges the masks of ${name} at ${size} bit for bit (${folder.label})`, () => {
        const maskLayers = params.masks!.map((_, i) =>
          tensors[`${name}/mask${i}_u8_${size}`].data as Uint8Array
        );
        const image = tensors[`${name}/image_u8_${size}`].data as Uint8Array;
        const sample = { height: size, width: size, image, maskLayers };
        const batch = makeBatch([sample], [0]);
        assertEquals([batch.n, batch.height, batch.width], [1, size, size]);
        assertEquals(batch.images, image);
        const bits = (values: Float32Array) => new Uint32Array(values.slice().buffer);
        assertEquals(bits(batch.masks), bits(merged.data as Float32Array));
      });
    }
  }
}

Deno.test("makeBatch() puts the chosen samples in order, with empty masks where there are none", () => {
  const sample = (first: number, ...layers: number[][]) => ({
    height: 1,
    width: 2,
    image: Uint8Array.of(first, first + 1),
    maskLayers: layers.map((layer) => Uint8Array.from(layer)),
  });
  const samples = [sample(10, [255, 0]), sample(20), sample(30, [255, 100], [255, 100])];
  const batch = makeBatch(samples, [2, 0, 1]);
  assertEquals([batch.n, batch.height, batch.width], [3, 1, 2]);
  assertEquals([...batch.images], [30, 31, 10, 11, 20, 21]);
  const unit = Math.fround(100 * Math.fround(1 / 255));
  assertEquals([...batch.masks], [1, Math.fround(unit + unit), 1, 0, 0, 0]);
});

Deno.test("makeBatch() adds all layers before it clamps and uses float32(1/255)", () => {
  for (let byte = 0; byte < 256; byte++) {
    const layer = Uint8Array.of(byte);
    const sample = (count: number) => ({
      height: 1,
      width: 1,
      image: layer,
      maskLayers: new Array<Uint8Array>(count).fill(layer),
    });
    const once = Math.fround(byte * 0.003921568859368563);
    assertEquals(makeBatch([sample(1)], [0]).masks[0], Math.min(1, once));
    const thrice = Math.fround(Math.fround(once + once) + once);
    assertEquals(makeBatch([sample(3)], [0]).masks[0], Math.min(1, thrice));
  }
});

Deno.test("makeCompactBatch() gives the masks of makeBatch(), as bytes where these hold them", () => {
  const sample = (...layers: number[][]) => ({
    height: 1,
    width: 3,
    image: Uint8Array.of(1, 2, 3),
    maskLayers: layers.map((layer) => Uint8Array.from(layer)),
  });
  const inBytes = [sample(), sample([9, 100, 255]), sample([7, 0, 255], [0, 9, 255], [0, 0, 3])];
  const soft = sample([101, 0, 0], [57, 0, 0], [3, 0, 0]);
  for (const samples of [inBytes, [...inBytes, soft]]) {
    const all = samples.map((_, index) => index);
    const compact = makeCompactBatch(samples, all);
    assertEquals(compact.masks instanceof Uint8Array, samples === inBytes);
    assertEquals(maskFloats(compact.masks), makeBatch(samples, all).masks);
  }
  assertEquals([...makeCompactBatch(inBytes, [1, 2]).masks], [9, 100, 255, 7, 9, 255]);
});

Deno.test("epochOrder() permutes, and depends on seed and epoch alone", () => {
  const order = epochOrder(100, 7, 3);
  assertEquals([...order].sort((a, b) => a - b), Array.from({ length: 100 }, (_, i) => i));
  assertEquals(epochOrder(100, 7, 3), order);
  assertNotEquals(epochOrder(100, 8, 3), order);
  assertNotEquals(epochOrder(100, 7, 4), order);
  assertEquals(epochOrder(0, 7, 3), new Uint32Array(0));
  assertEquals(epochOrder(1, 7, 3), Uint32Array.of(0));
});

Deno.test("epochOrder() makes every permutation about equally often", () => {
  const counts: Record<string, number> = {};
  for (let epoch = 0; epoch < 6000; epoch++) {
    const key = epochOrder(3, 1, epoch).join();
    counts[key] = (counts[key] ?? 0) + 1;
  }
  assertEquals(Object.keys(counts).length, 6);
  for (const count of Object.values(counts)) {
    assert(Math.abs(count - 1000) < 150, JSON.stringify(counts));
  }
});

Deno.test("batchesOf() cuts in order and leaves a smaller last batch", () => {
  assertEquals(batchesOf(Uint32Array.of(4, 0, 3, 1, 2), 2), [[4, 0], [3, 1], [2]]);
  assertEquals(batchesOf([1, 0], 5), [[1, 0]]);
  assertEquals(batchesOf([], 5), []);
});

Deno.test("batchesOf() refuses a batch size that is none", () => {
  for (const size of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => batchesOf([0, 1], size), InputError, `batch size ${size}`);
  }
});
