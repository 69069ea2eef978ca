import { assertEquals } from "@std/assert";
import { encode } from "fast-png";
import { decodeGrey, decodeImage } from "../../lib/image/codecs/decode.ts";
import { bitsInUse, greyOf } from "../../lib/image/depth.ts";
import { toGrey } from "../../lib/image/grey.ts";

const [width, height] = [9, 7];

/** A 16-bit PNG of values that begin with these. */
function wideImage(channels: 1 | 2 | 3 | 4, valueOf: (i: number) => number) {
  const data = Uint16Array.from({ length: width * height * channels }, (_, i) => valueOf(i));
  const bytes = encode({ width, height, channels, depth: 16, data });
  return { data, bytes, decoded: decodeImage(bytes, "deep.png") };
}

Deno.test("bitsInUse() is the smallest depth that holds the largest value", () => {
  const cases = [
    [0, 8],
    [255, 8],
    [256, 10],
    [1023, 10],
    [1024, 12],
    [4095, 12],
    [4096, 14],
    [16383, 14],
    [16384, 16],
    [65535, 16],
  ];
  for (const [largest, bits] of cases) {
    for (const channels of [1, 3] as const) {
      const { decoded } = wideImage(channels, (i) => i === 20 ? largest : 0);
      assertEquals(bitsInUse(decoded), bits);
    }
  }
  const data = new Uint8Array(width * height).fill(3);
  const eight = decodeImage(encode({ width, height, channels: 1, depth: 8, data }), "a.png");
  assertEquals(bitsInUse(eight), undefined);
});

Deno.test("bitsInUse() leaves transparency out", () => {
  for (const channels of [2, 4] as const) {
    const opaque = (i: number) => i % channels === channels - 1 ? 65535 : 900 + i % 7;
    assertEquals(bitsInUse(wideImage(channels, opaque).decoded), 10);
  }
});

Deno.test("greyOf() keeps the upper 8 of the bits in use, in every channel", () => {
  for (const channels of [1, 2, 3, 4] as const) {
    const { data, decoded } = wideImage(channels, (i) => i * 40503 & 0xfff);
    for (const bits of [12, 14, 16] as const) {
      const pixels = toGrey(Uint8Array.from(data, (value) => value >> bits - 8), channels);
      assertEquals(greyOf(decoded, bits), { width, height, pixels });
    }
  }
});

Deno.test("greyOf() makes values beyond its bits white", () => {
  const { decoded } = wideImage(1, (i) => [255, 1023, 1024, 65535][i % 4]);
  assertEquals([...greyOf(decoded, 10).pixels.subarray(0, 4)], [63, 255, 255, 255]);
});

Deno.test("decodeGrey() scales 16 bits by those in use; all 16 as ever", () => {
  const deep = wideImage(1, (i) => i * 60);
  assertEquals(decodeGrey(deep.bytes, "a.png").pixels, Uint8Array.from(deep.data, (v) => v >> 4));
  const full = wideImage(1, (i) => i * 1040);
  assertEquals(decodeGrey(full.bytes, "a.png").pixels, Uint8Array.from(full.data, (v) => v >> 8));
});
