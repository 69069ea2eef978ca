import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fitInto, type Picture, resample, shrunkInto } from "../../lib/pictures/picture.ts";

Deno.test("resample() returns a picture of the same size unchanged", () => {
  const pixels = Uint8Array.from({ length: 7 * 5 * 3 }, (_, i) => (i * 91) % 256);
  assertEquals(resample({ width: 7, height: 5, pixels, channels: 3 }, 7, 5).pixels, pixels);
});

Deno.test("resample() keeps an even picture even at any size", () => {
  const side = fc.integer({ min: 1, max: 40 });
  fc.assert(fc.property(side, side, side, side, (width, height, newWidth, newHeight) => {
    const pixels = new Uint8Array(width * height).fill(211);
    const scaled = resample({ width, height, pixels, channels: 1 }, newWidth, newHeight);
    assertEquals(scaled.pixels, new Uint8Array(newWidth * newHeight).fill(211));
  }));
});

Deno.test("resample() averages when it shrinks and interpolates when it grows", () => {
  const stripes: Picture = {
    width: 8,
    height: 1,
    pixels: Uint8Array.of(0, 200, 0, 200, 0, 200, 0, 200),
    channels: 1,
  };
  for (const value of resample(stripes, 2, 1).pixels) assert(value > 90 && value < 110);
  const ramp: Picture = { width: 2, height: 1, pixels: Uint8Array.of(0, 100), channels: 1 };
  assertEquals([...resample(ramp, 4, 1).pixels], [0, 25, 75, 100]);
});

Deno.test("resample() refuses pixels that do not fit the size", () => {
  const picture: Picture = { width: 3, height: 3, pixels: new Uint8Array(8), channels: 1 };
  assertThrows(() => resample(picture, 2, 2), RangeError, "8 bytes");
});

Deno.test("shrunkInto() shrinks by the longer side, and enlarges nothing", () => {
  assertEquals(shrunkInto({ width: 200, height: 100 }, 50), { width: 50, height: 25 });
  assertEquals(shrunkInto({ width: 100, height: 300 }, 150), { width: 50, height: 150 });
  assertEquals(shrunkInto({ width: 37, height: 29 }, 37), { width: 37, height: 29 });
  assertEquals(shrunkInto({ width: 37, height: 29 }, 1000), { width: 37, height: 29 });
});

Deno.test("fitInto() keeps proportions and never gives an empty side", () => {
  assertEquals(fitInto({ width: 200, height: 100 }, 50, 50), { width: 50, height: 25 });
  assertEquals(fitInto({ width: 1000, height: 1 }, 100, 100), { width: 100, height: 1 });
});
