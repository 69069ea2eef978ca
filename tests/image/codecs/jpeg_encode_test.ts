import { assert, assertEquals } from "@std/assert";
import { JPEG_TABLE_BYTES } from "../../../kernels_as/build/kernels.ts";
import { RandomStream } from "../../../lib/core/random.ts";
import { decodeImage } from "../../../lib/image/codecs/decode.ts";
import { encodeGreyJpeg } from "../../../lib/image/codecs/jpeg_encode.ts";
import type { GreyImage } from "../../../lib/image/image.ts";
import { withPixelMemory } from "../../../lib/image/pixel_memory.ts";
import { paint } from "../../support/soft_masks.ts";

function largestError(given: GreyImage, quality: number): number {
  const read = decodeImage(encodeGreyJpeg(given, quality), "a.jpg");
  assertEquals([read.width, read.height, read.channels], [given.width, given.height, 1]);
  return read.pixels.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - given.pixels[i])),
    0,
  );
}

Deno.test("encodeGreyJpeg() keeps a gradient of any size within a level at quality 100", () => {
  for (const [width, height] of [[1, 1], [8, 8], [17, 9], [64, 40]]) {
    const error = largestError(paint(width, height, (x, y) => 3 * x + y), 100);
    assert(error <= 1, `${width}x${height}: ${error}`);
  }
});

Deno.test("encodeGreyJpeg() keeps noise, black and white, and saves bytes at a lower quality", () => {
  const random = new RandomStream(0, "jpeg");
  const noise = paint(48, 33, () => random.integerBelow(256));
  assert(largestError(noise, 100) <= 3);
  assert(largestError(paint(24, 24, (x) => x < 8 ? 0 : 255), 100) <= 2);
  const [fine, coarse] = [100, 50].map((quality) => encodeGreyJpeg(noise, quality).length);
  assert(coarse < fine / 2, `${coarse} of ${fine} bytes`);
});

Deno.test("the blocks of a JPEG file are the rounded quotients of doubles summed in order", () => {
  const random = new RandomStream(1, "jpeg");
  for (
    const make of [() => random.integerBelow(256), () => 128 + random.integerBelow(2), () => 7]
  ) {
    const pixels = Uint8Array.from({ length: 3 * 64 }, make);
    const cosines = Float64Array.from({ length: 64 }, () => random.uniform() - 0.5);
    cosines.fill(0.5, 0, 16);
    const steps = Float64Array.from({ length: 64 }, () => 1 + random.integerBelow(40));
    const places = Array.from({ length: 64 }, (_, i) => (37 * i + 5) % 64);
    const [source, target] = [4096, 8192];
    const found = withPixelMemory(16384, ({ kernels, bytes }) => {
      const doubles = new Float64Array(bytes.buffer);
      doubles.set(cosines);
      doubles.set(steps, 64);
      bytes.set(places, 1024);
      bytes.set(pixels, source);
      const temporary = JPEG_TABLE_BYTES;
      kernels.jpegBlocks({ source, stride: 24, blocks: 3, target, tables: 0, temporary });
      return new Int16Array(bytes.buffer, target, 3 * 64).slice();
    });
    const sum = (of: (k: number) => number) => {
      let sum = of(0);
      for (let k = 1; k < 8; k++) sum += of(k);
      return sum;
    };
    for (let block = 0; block < 3; block++) {
      const rows = Float64Array.from({ length: 64 }, (_, i) => {
        const [y, u] = [i >> 3, i & 7];
        return sum((x) => (pixels[y * 24 + block * 8 + x] - 128) * cosines[x * 8 + u]);
      });
      for (let i = 0; i < 64; i++) {
        const [v, u] = [i >> 3, i & 7];
        const value = sum((y) => rows[y * 8 + u] * cosines[y * 8 + v]);
        assertEquals(found[block * 64 + places[i]] + 0, Math.round(value / steps[i]) + 0);
      }
    }
  }
});
