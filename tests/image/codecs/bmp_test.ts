/** BMP files, built by tests/support/bmp.ts. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { decodeImage } from "../../../lib/image/codecs/decode.ts";
import { type BmpFields, bmpFile, bmpRows } from "../../support/bmp.ts";
import { seeded } from "../../support/seeded.ts";

const WIDTH = 33, HEIGHT = 17;

/** `count` bytes. */
const noise = (count: number) => Uint8Array.from(seeded(count, 256));

/** The rows of pixels with `channels` values each, in reverse order. */
function reversed(pixels: Uint8Array, channels: number): Uint8Array {
  const rowLength = WIDTH * channels;
  return Uint8Array.from(
    pixels,
    (_, i) => pixels[(HEIGHT - 1 - Math.floor(i / rowLength)) * rowLength + i % rowLength],
  );
}

/** Checks a file whose rows go up, and the same rows going down. */
function assertDecodes(
  fields: BmpFields,
  channels: number,
  topDown: Uint8Array,
  what: string,
): void {
  const read = (height: number) => {
    const image = decodeImage(bmpFile({ ...fields, height }), what);
    assertEquals([image.width, image.height, image.channels], [WIDTH, HEIGHT, channels], what);
    return image.pixels;
  };
  assertEquals(read(HEIGHT), reversed(topDown, channels), what);
  if (fields.headerBytes !== 12) assertEquals(read(-HEIGHT), topDown, what);
}

for (const headerBytes of [12, 40, 52, 56, 64, 108, 124]) {
  Deno.test(`decodeImage() reads BMP with palettes and with colours, a header of ${headerBytes} bytes`, () => {
    for (const bits of [1, 4, 8]) {
      const rowBytes = Math.ceil(WIDTH * bits / 8);
      const bytes = noise(rowBytes * HEIGHT);
      const palette = noise(3 * 2 ** bits);
      const pixels = Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
        const bit = i % WIDTH * bits;
        const byte = bytes[Math.floor(i / WIDTH) * rowBytes + (bit >> 3)];
        const index = byte >> 8 - bits - bit % 8 & 2 ** bits - 1;
        return [...palette.subarray(3 * index, 3 * index + 3)];
      });
      const rows = bmpRows(bytes, rowBytes);
      for (const gap of [0, 6]) {
        const fields = { width: WIDTH, height: HEIGHT, bits, rows, palette, headerBytes, gap };
        assertDecodes(fields, 3, Uint8Array.from(pixels.flat()), `${bits} bits`);
      }
    }
    for (const bytes of [3, 4]) {
      const values = noise(WIDTH * HEIGHT * bytes);
      const pixels = Array.from({ length: WIDTH * HEIGHT }, (_, i) => i * bytes)
        .flatMap((at) => [values[at + 2], values[at + 1], values[at]]);
      const rows = bmpRows(values, WIDTH * bytes);
      const fields = { width: WIDTH, height: HEIGHT, bits: 8 * bytes, rows, headerBytes };
      assertDecodes(fields, 3, Uint8Array.from(pixels), `${8 * bytes} bits`);
    }
  });
}

Deno.test("decodeImage() reads BMP with masks of red, green, blue and alpha", () => {
  const cases: [bits: number, masks: number[] | undefined][] = [
    [16, undefined],
    [16, [0x7c00, 0x3e0, 0x1f]],
    [16, [0xf800, 0x7e0, 0x1f]],
    [16, [0xf00, 0xf0, 0xf, 0xf000]],
    [32, [0xff, 0xff00, 0xff0000]],
    [32, [0xff000000, 0xff0000, 0xff00, 0xff]],
    [32, [0xff0000, 0xff00, 0xff, 0xff000000]],
    [32, [0x3ff00000, 0xffc00, 0x3ff]],
    [32, [0xff0000, 0xff00, 0xff, 0]],
  ];
  for (const [bits, masks] of cases) {
    const used = (masks ?? [0x7c00, 0x3e0, 0x1f]).filter((mask) => mask !== 0);
    const bytes = noise(WIDTH * HEIGHT * bits / 8);
    const view = new DataView(bytes.buffer);
    const pixels = Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
      const pixel = bits === 16 ? view.getUint16(2 * i, true) : view.getUint32(4 * i, true);
      return used.map((mask) => {
        const low = BigInt(mask) & -BigInt(mask);
        const value = Number((BigInt(pixel) & BigInt(mask)) / low);
        return Math.floor(value * 255 / Number(BigInt(mask) / low));
      });
    });
    const rows = bmpRows(bytes, WIDTH * bits / 8);
    const headers = masks === undefined
      ? [40]
      : masks.length === 3
      ? [40, 52, 108]
      : [56, 108, 124];
    for (const headerBytes of headers) {
      const fields = { width: WIDTH, height: HEIGHT, bits, rows, headerBytes };
      const masked = { ...fields, ...(masks && { masks, compression: 3 }) };
      assertDecodes(masked, used.length, Uint8Array.from(pixels.flat()), `${masks} ${headerBytes}`);
    }
  }
});

Deno.test("decodeImage() reads BMP packed with RLE8 and RLE4", () => {
  const palette = Uint8Array.from({ length: 48 }, (_, i) => 10 * Math.floor(i / 3));
  const grey = (codes: number[], bits: number, [width, height]: [number, number]) => {
    const fields = { width, height, bits, rows: Uint8Array.from(codes), palette };
    const image = decodeImage(bmpFile({ ...fields, compression: bits === 8 ? 1 : 2 }), "a.bmp");
    return [...image.pixels.filter((_, i) => i % 3 === 0)].map((value) => value / 10);
  };
  // Runs, values of an odd number, the end of a row, the end of the image; rows go up.
  const eight = [3, 1, 0, 3, 2, 3, 4, 0, 0, 0, 2, 7, 0, 0, 0, 1];
  assertEquals(grey(eight, 8, [6, 2]), [7, 7, 0, 0, 0, 0, 1, 1, 1, 2, 3, 4]);
  const four = [5, 0x12, 0, 0, 0, 5, 0x34, 0x56, 0x70, 0, 0, 1];
  assertEquals(grey(four, 4, [5, 2]), [3, 4, 5, 6, 7, 1, 2, 1, 2, 1]);
  // A jump of one to the right and one up; what is skipped has colour 0.
  assertEquals(grey([1, 1, 0, 2, 1, 1, 1, 2, 0, 1], 8, [3, 2]), [0, 0, 2, 1, 0, 0]);
  // The last row is full: an end code may be missing. What leads out of a row is dropped.
  assertEquals(grey([2, 1, 0, 0, 9, 2], 8, [2, 2]), [2, 2, 1, 1]);
  // An end code in the first row.
  assertEquals(grey([0, 1], 8, [2, 2]), [0, 0, 0, 0]);
  for (
    const [cut, bits] of [[[2, 1, 0, 0], 8], [[0, 9, 1, 2], 8], [[0, 2, 1], 8], [
      [1, 1],
      4,
    ]] as const
  ) {
    assertThrows(
      () => grey([...cut], bits, [2, 2]),
      InputError,
      "a.bmp is cut off or damaged: its BMP data",
    );
  }
});

Deno.test("the padding of the last row may be missing", () => {
  const fields = { width: 1, height: 2, bits: 24 };
  const rows = Uint8Array.of(1, 2, 3, 0, 4, 5, 6);
  assertEquals(
    decodeImage(bmpFile({ ...fields, rows }), "a.bmp").pixels,
    Uint8Array.of(6, 5, 4, 3, 2, 1),
  );
  const small = {
    width: 1,
    height: 2,
    bits: 8,
    palette: noise(6),
    rows: Uint8Array.of(0, 0, 0, 0, 1),
  };
  assertEquals(decodeImage(bmpFile(small), "a.bmp").pixels.length, 6);
});

Deno.test("decodeImage() finds the pixels of BMP files that do not tell their place", () => {
  const rows = noise(16);
  for (const kind of [{ bits: 24 }, { bits: 8, palette: noise(768) }]) {
    const file = bmpFile({ width: 2, height: 2, rows, ...kind });
    const { pixels } = decodeImage(file, "a.bmp");
    file.fill(0, 10, 14);
    assertEquals(decodeImage(file, "a.bmp").pixels, pixels);
  }
});

Deno.test("decodeImage() refuses damaged BMP files and names them", () => {
  const fields = { width: 2, height: 2, bits: 24, rows: new Uint8Array(16) };
  const good = bmpFile(fields);
  const cases: [Uint8Array, string][] = [
    [good.subarray(0, 40), "is cut off inside its BMP header"],
    [good.subarray(0, good.length - 3), "do not hold a BMP image of 2 x 2 px"],
    [good.with(14, 41), "BMP has no header of 41 bytes"],
    [good.with(10, 20), "do not hold a BMP image"],
    [bmpFile({ ...fields, width: 20000 }), "is 20000 x 2 px, more than Sonoseg reads"],
    [bmpFile({ ...fields, height: -2147483648 }), "is 2 x 2147483648 px, more than Sonoseg reads"],
    [bmpFile({ ...fields, width: 0 }), "is 0 x 2 px"],
    [
      bmpFile({ ...fields, bits: 2 }),
      "compression 0 and 2 bits per pixel, which Sonoseg does not read",
    ],
    [bmpFile({ ...fields, compression: 4 }), "compression 4 and 24 bits"],
    [bmpFile({ ...fields, bits: 8, compression: 2 }), "compression 2 and 8 bits"],
    [
      bmpFile({ ...fields, bits: 16, compression: 3, headerBytes: 64 }),
      "compression 3 and 16 bits",
    ],
    [bmpFile({ ...fields, height: -2, bits: 8, compression: 1 }), "cannot go from top to bottom"],
    [
      bmpFile({ ...fields, bits: 16, compression: 3, masks: [0, 1, 2] }),
      "its BMP colour masks are 0x0, 0x1, 0x2",
    ],
    [
      bmpFile({ ...fields, bits: 16, compression: 3, masks: [5, 16, 32] }),
      "its BMP colour masks are 0x5",
    ],
    [bmpFile({ ...fields, bits: 16, compression: 3, masks: [0xff0000, 16, 32] }), "for 16 bits"],
    [
      bmpFile({ ...fields, bits: 8, rows: noise(8), palette: noise(6) }),
      "of a palette with 2 colours",
    ],
  ];
  for (const [bytes, sentence] of cases) {
    const error = assertThrows(() => decodeImage(bytes, "scan 7.bmp"), InputError, sentence);
    assert(error.message.startsWith("scan 7.bmp "), error.message);
  }
});
