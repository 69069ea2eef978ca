/** File bytes to network size, one thread: `deno bench bench/preprocess_bench.ts`. @module */
import { decodeGrey } from "../lib/data/decode.ts";
import { encodeGrey } from "../lib/data/encode.ts";
import { makePhantom } from "../lib/data/phantoms.ts";
import { resizeGrey } from "../lib/data/resize.ts";

/** A typical image of the BUSI set, in size and in how well it compresses. */
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
