import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decode } from "fast-png";
import { encodeRgba } from "../../lib/pictures/png.ts";

Deno.test("encodeRgba() keeps every pixel, and other readers take the file", async () => {
  const side = fc.integer({ min: 1, max: 30 });
  await fc.assert(fc.asyncProperty(side, side, fc.nat(), async (width, height, seed) => {
    const pixels = Uint8Array.from({ length: 4 * width * height }, (_, i) => (i * i + seed) % 256);
    const png = await encodeRgba({ width, height, pixels });
    const read = decode(png, { checkCrc: true });
    assertEquals([read.width, read.height, read.channels, read.depth], [width, height, 4, 8]);
    assertEquals(new Uint8Array(read.data), pixels);
  }));
});
