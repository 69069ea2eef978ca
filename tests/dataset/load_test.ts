/**
 * Reading, hashing and decoding: each file once, in order, few ahead, whatever the number of
 * workers.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { sha256 } from "../../lib/core/hash.ts";
import type { Pair } from "../../lib/dataset/pairing.ts";
import { hasImage, isWhole, load, type LoadedPair } from "../../lib/dataset/load.ts";
import { loadSamples } from "../../lib/dataset/samples.ts";
import { decodeGrey } from "../../lib/image/codecs/decode.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SIDE = 24;

const png = (level: (i: number) => number) =>
  encodeGrey({
    width: SIDE,
    height: SIDE,
    pixels: Uint8Array.from({ length: SIDE ** 2 }, (_, i) => level(i)),
  });

/** So many that workers decode them. */
const COUNT = 30;

/** Images of different grey levels, each with one mask. */
function manyFiles(): { files: Map<string, Uint8Array>; pairs: Pair[] } {
  const names = Array.from({ length: COUNT }, (_, k) => `image ${10 + k}`);
  const pairs = names.map((name) => ({ image: `${name}.png`, masks: [`${name}_mask.png`] }));
  const files = new Map(pairs.flatMap(({ image, masks: [mask] }, k): [string, Uint8Array][] => [
    [image, png((i) => (k * 7 + i * 3) % 256)],
    [mask, png((i) => i % SIDE < k ? 255 : 0)],
  ]));
  return { files, pairs };
}

const pathsOf = (pairs: readonly Pair[]) => pairs.flatMap(({ image, masks }) => [image, ...masks]);

for (const workers of [0, 1, 3]) {
  Deno.test(`load() reads each file once and gives hash and pixels of the same bytes, ${workers} workers`, async () => {
    const { files, pairs } = manyFiles();
    const store = new MemoryStore(files);
    const loaded = await Array.fromAsync(load(store, pairs, { workers }));
    assertEquals(store.reads, pathsOf(pairs));
    assertEquals(loaded.map(({ pair }) => pair), pairs);
    for (const one of loaded) {
      assert(isWhole(one));
      const { image, masks: [mask] } = one;
      assertEquals([image.path, mask.path], [one.pair.image, one.pair.masks[0]]);
      for (const { path, sha256: hash } of [image, mask]) {
        assertEquals(hash, await sha256(files.get(path)!));
      }
      assertEquals(image.grey, decodeGrey(files.get(image.path)!, image.path));
      assertEquals(mask.judged.mask, decodeGrey(files.get(mask.path)!, mask.path));
    }
  });

  Deno.test(`load() tells of bad files in their place and goes on, ${workers} workers`, async () => {
    const { files, pairs } = manyFiles();
    const cut = files.get("image 14.png")!.slice(0, 60);
    files.set("image 14.png", cut);
    files.set("image 20_mask.png", png(() => 9));
    files.set("image 21_mask.png", new Uint8Array(0));
    files.delete("image 39.png");
    const store = new MemoryStore(files);
    const loaded = await Array.fromAsync(load(store, pairs, { workers }));
    assertEquals(store.reads, pathsOf(pairs));
    assertEquals(loaded.length, COUNT);
    const refused = loaded.flatMap(({ refused }) => refused);
    assertEquals(refused.map(({ kind, path }) => [kind, path]), [
      ["unreadable", "image 14.png"],
      ["mask_unusable", "image 20_mask.png"],
      ["unreadable", "image 21_mask.png"],
      ["unreadable", "image 39.png"],
    ]);
    for (const { path, error } of refused) {
      assert(error instanceof InputError && error.message.includes(path));
    }
    assertEquals(loaded.map(isWhole), loaded.map((_, k) => ![4, 10, 11, 29].includes(k)));
    assertEquals(loaded.map(hasImage), loaded.map((_, k) => ![4, 29].includes(k)));
    // A mask is there without its image, an image without its mask.
    assertEquals([loaded[4].masks.length, loaded[10].masks.length], [1, 0]);
  });

  Deno.test(`load() stays a few files ahead of the caller, ${workers} workers`, async () => {
    const { files, pairs } = manyFiles();
    const store = new MemoryStore(files);
    const ahead: number[] = [];
    let taken = 0;
    for await (const { masks } of load(store, pairs, { workers })) {
      taken += 1 + masks.length;
      // Time enough to read all files.
      await new Promise((resolve) => setTimeout(resolve, 2));
      ahead.push(store.reads.length - taken);
    }
    assert(Math.max(...ahead) <= Math.max(1, 4 * workers), `${ahead}`);
    // The next file is read while the caller works.
    assert(ahead.slice(0, -8).every((count) => count >= 1), `${ahead}`);
  });
}

Deno.test("load() keeps to a number of bytes, however small the files are", async () => {
  // 36 MiB of pixels each, in a small file.
  const large = encodeGrey({ width: 6144, height: 6144, pixels: new Uint8Array(6144 ** 2) });
  const pairs = Array.from({ length: 24 }, (_, k) => ({ image: `${k}.png`, masks: [] }));
  const store = new MemoryStore(pairs.map(({ image }) => [image, large]));
  let taken = 0;
  for await (const loaded of load(store, pairs, { workers: 4 })) {
    assert(hasImage(loaded));
    taken++;
    await new Promise((resolve) => setTimeout(resolve, 100));
    // 256 MiB are 7 of these; those that are being read at that moment may be added.
    assert(store.reads.length - taken <= 7 + 4, `${store.reads.length} read, ${taken} taken`);
    if (taken === 4) break;
  }
});

Deno.test("load() ends with the signal's reason, and reads no further", async () => {
  const { files, pairs } = manyFiles();
  const store = new MemoryStore(files);
  const controller = new AbortController();
  const seen: LoadedPair[] = [];
  const { signal } = controller;
  await assertRejects(
    async () => {
      for await (const loaded of load(store, pairs, { workers: 2, signal })) {
        seen.push(loaded);
        controller.abort(new Error("enough"));
      }
    },
    Error,
    "enough",
  );
  assertEquals(seen.length, 1);
  assert(store.reads.length <= 2 + 8, `${store.reads.length}`);
});

Deno.test("load() gives from a folder what it gives from memory", () =>
  inTemporaryFolder(async (folder) => {
    const { files, pairs } = manyFiles();
    for (const [name, bytes] of files) Deno.writeFileSync(`${folder}/${name}`, bytes);
    const data = await DataFolder.open(folder);
    assertEquals(
      await Array.fromAsync(load(data, pairs)),
      await Array.fromAsync(load(new MemoryStore(files), pairs)),
    );
  }));

Deno.test("loadSamples() hands out the hash of each file that it read", async () => {
  const { files, pairs } = manyFiles();
  const store = new MemoryStore(files);
  const { hashes } = await loadSamples(store, pairs, { width: 16, height: 16 });
  assertEquals(store.reads, pathsOf(pairs));
  assertEquals([...hashes.keys()], pathsOf(pairs));
  for (const [path, bytes] of files) assertEquals(hashes.get(path), await sha256(bytes));
});

Deno.test("load() refuses a mask in place of an image without a lesion, when told what that means", async () => {
  const edge = (x: number) => Math.max(0, Math.min(255, (x - 9) * 64));
  const masks: Record<string, Uint8Array> = {
    "sharp.png": png((i) => i % SIDE > 9 ? 255 : 0),
    "dark.png": png((i) => i % SIDE > 9 ? 1 : 0),
    "soft.png": png((i) => edge(i % SIDE)),
  };
  const images: Record<string, Uint8Array> = {
    "black.png": png(() => 0),
    "grey.png": png(() => 90),
    "two greys.png": png((i) => i % 2 ? 90 : 60),
    "scan.png": png((i) => (i * 37) % 256),
  };
  const store = new MemoryStore(Object.entries({ ...masks, ...images }));
  const pairs = [...store.files.keys()].map((image) => ({ image, masks: [] }));
  const refused = async (maskless?: "lesion-free") => {
    const loaded = await Array.fromAsync(load(store, pairs, { ...(maskless && { maskless }) }));
    for (const one of loaded) assertEquals(hasImage(one), one.refused.length === 0);
    return loaded.flatMap(({ refused }) => refused).map(({ kind, path }) => `${kind} ${path}`);
  };
  assertEquals(await refused("lesion-free"), Object.keys(masks).map((path) => `lookalike ${path}`));
  // To predict, any image is taken.
  assertEquals(await refused(), []);
});
