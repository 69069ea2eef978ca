import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { encode } from "fast-png";
import { decodeGrey } from "../../lib/image/codecs/decode.ts";
import { toGrey } from "../../lib/image/grey.ts";
import { referenceCases } from "../support/reference.ts";

const CHANNELS: Record<string, 2 | 3 | 4> = { LA: 2, RGB: 3, RGBA: 4 };

for (const reference of referenceCases("resize/to_gray")) {
  Deno.test(`grey is Pillow's grey, ${reference.title}`, () => {
    const { input_u8, palette_u8, l_u8 } = reference.tensors();
    const input = input_u8.data as Uint8Array;
    const [height, width] = input_u8.shape;
    const { mode } = reference.params;
    const channels = CHANNELS[mode];
    const grey = channels
      ? toGrey(input, channels)
      : decodeGrey(mode === "1" ? bits(input, width, height) : indexed(), "case.png").pixels;
    assertEquals(grey, l_u8.data as Uint8Array);

    function indexed(): Uint8Array {
      const colours = palette_u8.data as Uint8Array;
      const palette = Array.from({ length: colours.length / 3 }, (_, i) => [
        ...colours.subarray(3 * i, 3 * i + 3),
      ]);
      return encode({ width, height, data: input, channels: 1, depth: 8, palette });
    }
  });
}

Deno.test("toGrey() follows the formula for any number of pixels and ignores alpha", () => {
  const channels = fc.constantFrom(3 as const, 4 as const);
  const bytes = fc.uint8Array({ minLength: 0, maxLength: 400 });
  fc.assert(fc.property(channels, bytes, (channels, bytes) => {
    const count = Math.floor(bytes.length / channels);
    const grey = toGrey(bytes.subarray(0, count * channels), channels);
    const expected = Array.from({ length: count }, (_, i) => {
      const [r, g, b] = bytes.subarray(i * channels);
      return (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
    });
    assertEquals(Array.from(grey), expected);
  }));
});

Deno.test("toGrey() joins the pieces of a large image", () => {
  const count = 200_003;
  for (const channels of [1, 2, 3, 4] as const) {
    const pixels = new Uint8Array(count * channels);
    const expected = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      expected[i] = Math.imul(i, 2654435761) >>> 24;
      pixels.fill(expected[i], i * channels, (i + 1) * channels);
    }
    assertEquals(toGrey(pixels, channels), expected);
  }
});

/** A 1-bit PNG file of zeros and ones. */
function bits(values: Uint8Array, width: number, height: number): Uint8Array {
  const rowBytes = Math.ceil(width / 8);
  const data = new Uint8Array(rowBytes * height);
  values.forEach((value, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    data[y * rowBytes + (x >> 3)] |= value << (7 - x % 8);
  });
  return encode({ width, height, data, channels: 1, depth: 1 });
}
