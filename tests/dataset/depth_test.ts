/** 16-bit images of a data set become grey alike. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { atCommonDepth, Depth } from "../../lib/dataset/depth.ts";
import { load } from "../../lib/dataset/load.ts";
import { loadSamples } from "../../lib/dataset/samples.ts";
import { decodeImage } from "../../lib/image/codecs/decode.ts";
import { encodeGrey, encodeGrey16 } from "../../lib/image/codecs/encode.ts";
import { MemoryStore } from "../support/memory_store.ts";

const SIDE = 16;
const SIZE = { width: SIDE, height: SIDE };

const values = (most: number) =>
  Uint16Array.from({ length: SIDE * SIDE }, (_, i) => i === 5 ? most : (i * 37) % most);
const deep = (most: number) => encodeGrey16(values(most), SIDE, SIDE);
const flat = (pixels: Uint8Array) => encodeGrey({ ...SIZE, pixels });

/** The samples of images with these largest values; `0` stands for an 8-bit file. */
async function load16(...most: number[]) {
  const eight = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => i);
  const paths = most.map((_, i) => `${i}.png`);
  const files = most.map((
    most,
    i,
  ): [string, Uint8Array] => [paths[i], most === 0 ? flat(eight) : deep(most)]);
  const store = new MemoryStore(files);
  const pairs = paths.map((image) => ({ image, masks: [] }));
  const { samples, bitsInUse } = await loadSamples(store, pairs, SIZE);
  return { samples: samples.map(({ image }) => image), bitsInUse, store, eight };
}

const shifted = (most: number, by: number) => Uint8Array.from(values(most), (value) => value >> by);

Deno.test("loadSamples() scales all 16-bit images by the bits that the largest value needs", async () => {
  const { samples, bitsInUse, store, eight } = await load16(4000, 900, 0, 200);
  assertEquals(bitsInUse, 12);
  assertEquals(samples, [shifted(4000, 4), shifted(900, 4), eight, shifted(200, 4)]);
  assertEquals(Object.values(store.readCounts()), [1, 1, 1, 1]);
});

Deno.test("loadSamples() begins again when a later image needs more bits", async () => {
  const { samples, bitsInUse, store } = await load16(200, 900, 3000, 16000, 60000, 70);
  assertEquals(bitsInUse, 16);
  const most = [200, 900, 3000, 16000, 60000, 70];
  assertEquals(samples, most.map((most) => shifted(most, 8)));
  assert(store.reads.length <= 5 * most.length, "at most four times again");
});

Deno.test("loadSamples() gives full-range images the bits that they always had", async () => {
  const { samples, bitsInUse } = await load16(65535, 65535);
  assertEquals(bitsInUse, 16);
  assertEquals(samples, [shifted(65535, 8), shifted(65535, 8)]);
  const only8 = await load16(0, 0);
  assertEquals([only8.bitsInUse, only8.samples[0]], [undefined, only8.eight]);
});

Deno.test("load() scales each image by its own bits unless told otherwise", async () => {
  const store = new MemoryStore([["a.png", deep(900)], ["b.png", deep(4000)]]);
  const pairs = ["a.png", "b.png"].map((image) => ({ image, masks: [] }));
  const own = await Array.fromAsync(load(store, pairs));
  assertEquals(own.map(({ image }) => image!.grey.pixels), [shifted(900, 2), shifted(4000, 4)]);
  const depth = Depth.ofModel(14);
  const as14 = await Array.fromAsync(load(store, pairs, { depth }));
  assertEquals(as14.map(({ image }) => image!.grey.pixels), [shifted(900, 6), shifted(4000, 6)]);
  assertEquals([...depth.counts], [[10, 1], [12, 1]]);
});

Deno.test("an image beyond the range of a model is refused by name", async () => {
  const store = new MemoryStore([["a.png", deep(5000)], ["b.png", deep(4000)]]);
  const pairs = ["a.png", "b.png"].map((image) => ({ image, masks: [] }));
  const [a, b] = await Array.fromAsync(load(store, pairs, { depth: Depth.ofModel(12) }));
  assertEquals(a.refused.map(({ path, error }) => [path, error.message]), [["a.png", TOO_DEEP]]);
  assertEquals(b.image!.grey.pixels, shifted(4000, 4));
  const decoded = decodeImage(deep(5000), "a.png");
  assertThrows(() => Depth.ofModel(12).greyOf(decoded, "a.png"), InputError, TOO_DEEP);
});

const TOO_DEEP =
  "a.png has 16-bit values above 4095, the largest of the images that the model was " +
  "trained with; export it with 12 bits, or save it with 8.";

Deno.test("notes() tell how 16-bit images were scaled, and which are dark", () => {
  const notes = (depth: Depth, ...most: number[]) => {
    for (const one of most) depth.greyOf(decodeImage(deep(one), "a.png"), "a.png");
    return depth.notes();
  };
  assertEquals(notes(Depth.ofModel(12)), []);
  assertEquals(notes(Depth.ofModel(16), 65535), []);
  assertEquals(notes(Depth.ofModel(undefined), 65535), []);
  assertEquals(notes(Depth.ofModel(12), 4000, 900), [
    "2 images with more than 8 bits per sample, scaled by the 12 bits of the training: 0 to 4095 " +
    "became 0 to 255",
  ]);
  assertEquals(notes(Depth.ofModel(16), 65535, 4000), [
    "1 image with more than 8 bits per sample nearly black: 0 to 65535 became 0 to 255, as in training",
  ]);
  assertEquals(notes(Depth.ofModel(undefined), 4000, 900, 800), [
    "3 images with more than 8 bits per sample, scaled by the bits that each uses (10 in 2, 12 in " +
    "1): the model does not tell its own",
  ]);
});

Deno.test("atCommonDepth() passes other errors on", async () => {
  const read = () => Promise.reject(new InputError("no"));
  await assertRejects(() => atCommonDepth(read), InputError, "no");
});
