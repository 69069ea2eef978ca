import { assert, assertEquals } from "@std/assert";
import { RandomStream } from "../../../lib/core/random.ts";
import { decodeImage } from "../../../lib/image/codecs/decode.ts";
import { encodeGreyJpeg } from "../../../lib/image/codecs/jpeg_encode.ts";
import type { GreyImage } from "../../../lib/image/image.ts";
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
