import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decode } from "fast-png";
import { encodeColours } from "../../lib/pictures/png.ts";

Deno.test("encodeColours() keeps every pixel, and other readers take the file", async () => {
  const side = fc.integer({ min: 1, max: 30 });
  const kinds = fc.constantFrom(3 as const, 4 as const);
  await fc.assert(fc.asyncProperty(side, side, kinds, async (width, height, channels) => {
    const pixels = Uint8Array.from({ length: channels * width * height }, (_, i) => (i * i) % 253);
    const read = decode(await encodeColours(pixels, width, height, channels), { checkCrc: true });
    assertEquals([read.width, read.height, read.channels, read.depth], [
      width,
      height,
      channels,
      8,
    ]);
    assertEquals(new Uint8Array(read.data), pixels);
  }));
});
