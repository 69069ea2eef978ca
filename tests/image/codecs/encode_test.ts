import { assertEquals, assertThrows } from "@std/assert";
import { decode } from "fast-png";
import { decodeGrey, decodeImage } from "../../../lib/image/codecs/decode.ts";
import { encodeGrey, encodeGrey16, encodeRgb } from "../../../lib/image/codecs/encode.ts";

Deno.test("encodeGrey() writes a file that decodeGrey() reads back", () => {
  const image = { width: 5, height: 3, pixels: Uint8Array.from({ length: 15 }, (_, i) => 17 * i) };
  assertEquals(decodeGrey(encodeGrey(image), "mask.png"), image);
});

Deno.test("encodeGrey16() keeps all 16 bits", () => {
  const values = Uint16Array.of(0, 1, 255, 256, 0x1234, 65535);
  const { width, height, depth, channels, data } = decode(encodeGrey16(values, 3, 2));
  assertEquals([width, height, depth, channels], [3, 2, 16, 1]);
  assertEquals(data, values);
});

Deno.test("encodeRgb() writes a file that decodeImage() reads back", () => {
  const pixels = Uint8Array.from({ length: 18 }, (_, i) => 14 * i);
  const image = decodeImage(encodeRgb(pixels, 3, 2), "overlay.png");
  assertEquals([image.width, image.height, image.channels], [3, 2, 3]);
  assertEquals(image.pixels, pixels);
});

Deno.test("encodeGrey() refuses pixels that do not fit the size", () => {
  const image = { width: 5, height: 3, pixels: new Uint8Array(14) };
  assertThrows(() => encodeGrey(image), RangeError, "wrong data size");
});
