/**
 * Preprocessing from file bytes to network input, on one thread and on all:
 * `deno bench bench/preprocess_bench.ts`. With the images of a folder in place of phantoms (masks
 * are skipped): `deno bench --allow-read=DIR bench/preprocess_bench.ts -- DIR`.
 *
 * @module
 */
import { discover } from "../lib/dataset/discover.ts";
import { checkPairing } from "../lib/dataset/check_pairing.ts";
import { makePhantom } from "../lib/dataset/phantoms/phantoms.ts";
import { decodeGrey, openImage } from "../lib/image/codecs/decode.ts";
import { encodeGrey } from "../lib/image/codecs/encode.ts";
import { Unpackers, workersFor } from "../lib/image/codecs/unpackers.ts";
import { greyOf } from "../lib/image/depth.ts";
import { resizeGrey } from "../lib/image/resize.ts";
import { DataFolder } from "../lib/store/folder.ts";

/** A phantom with the size and compression ratio of a typical BUSI image. */
const SIZE = { width: 562, height: 471, seed: 1, index: 0 };
const IMAGES = 8;

const files = Array.from({ length: IMAGES }, (_, index) => {
  const { image } = makePhantom("benign", { ...SIZE, index });
  return encodeGrey({ width: SIZE.width, height: SIZE.height, pixels: image });
});
const decoded = files.map((file, index) => decodeGrey(file, `image ${index}`));

Deno.bench(`decode ${IMAGES} PNG images of 562x471`, () => {
  for (const file of files) decodeGrey(file, "image");
});

Deno.bench(`resize ${IMAGES} images from 562x471 to 512x512`, () => {
  for (const image of decoded) resizeGrey(image, 512, 512);
});

Deno.bench(`decode and resize ${IMAGES} images to 512x512`, () => {
  for (const file of files) resizeGrey(decodeGrey(file, "image"), 512, 512);
});

/** The network's input for each grey level. */
const levels = Float32Array.from({ length: 256 }, (_, level) => (level / 255 - 0.5) / 0.5);

/** Preprocesses a file to the network's input. */
async function prepare(file: Uint8Array, unpackers: Unpackers): Promise<Float32Array> {
  const { work, finish } = openImage(file, "image");
  const resized = resizeGrey(greyOf(finish(await unpackers.unpack(work))), 512, 512);
  const input = new Float32Array(resized.pixels.length);
  for (let i = 0; i < input.length; i++) input[i] = levels[resized.pixels[i]];
  return input;
}

const [folder] = Deno.args;
const images = folder === undefined ? files : await readImages(folder);
for (const workers of new Set([0, 1, workersFor()])) {
  const unpackers = new Unpackers(workers);
  const name =
    `decode, grey, resize, normalise ${images.length} images to 512x512, ${workers} workers`;
  Deno.bench(name, async () => {
    const begun: Promise<Float32Array>[] = [];
    for (const file of images) {
      if (begun.length === IMAGES) await begun.shift();
      begun.push(prepare(file, unpackers));
    }
    await Promise.all(begun);
  });
}

/** The bytes of all images in a folder and its subfolders, without masks. */
async function readImages(path: string): Promise<Uint8Array[]> {
  const folder = await DataFolder.open(path);
  const found = checkPairing(await discover(folder, { maskPattern: ["_mask"] }), {
    missingMasks: "empty",
  });
  return await Promise.all(found.map(({ image }) => folder.readFile(image)));
}
