/** GIF files, built by tests/support/gif.ts. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { decodeGrey, decodeImage } from "../../../lib/image/codecs/decode.ts";
import { GIF_END, gifBlocks, type GifFields, gifFile, gifFrame } from "../../support/gif.ts";
import { joined } from "../../../lib/core/joined.ts";
import { seeded } from "../../support/seeded.ts";

const WIDTH = 33, HEIGHT = 17;

function fieldsOf(bits: number): GifFields & { readonly palette: Uint8Array } {
  return {
    width: WIDTH,
    height: HEIGHT,
    bits,
    indices: Uint8Array.from(seeded(WIDTH * HEIGHT, 2 ** bits)),
    palette: Uint8Array.from(seeded(3 * 2 ** bits, 256)),
  };
}

const coloursOf = (indices: Uint8Array, palette: Uint8Array) =>
  Uint8Array.from([...indices].flatMap((i) => [...palette.subarray(3 * i, 3 * i + 3)]));

for (const bits of [2, 3, 4, 7, 8]) {
  Deno.test(`decodeImage() reads GIF with ${bits} bits, in passes, with either palette`, () => {
    const fields = fieldsOf(bits);
    const expected = coloursOf(fields.indices, fields.palette);
    for (const interlaced of [false, true]) {
      for (const local of [false, true]) {
        const image = decodeImage(gifFile({ ...fields, interlaced, local }), "a.gif");
        assertEquals(image.pixels, expected);
        const { width, height, channels, bitDepth, format } = image;
        assertEquals([width, height, channels, bitDepth, format], [WIDTH, HEIGHT, 3, bits, "gif"]);
      }
    }
  });
}

Deno.test("decodeImage() reads frames of one row and one column", () => {
  for (const [width, height] of [[1, 1], [1, 9], [9, 1], [3, 2]]) {
    const indices = Uint8Array.from(seeded(width * height, 4));
    for (const interlaced of [false, true]) {
      const file = gifFile({ width, height, bits: 2, indices, interlaced });
      assertEquals(decodeImage(file, "a.gif").pixels, indices);
    }
  }
});

Deno.test("a GIF file without a palette has grey levels", () => {
  const { palette: _, ...fields } = fieldsOf(8);
  const image = decodeImage(gifFile(fields), "a.gif");
  assertEquals([image.channels, image.pixels], [1, fields.indices]);
});

Deno.test("transparent pixels keep their colour, and lie beside a frame that does not fill its canvas", () => {
  const palette = Uint8Array.of(10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40);
  const fields = { width: 2, height: 1, bits: 2, indices: Uint8Array.of(3, 2), palette };
  assertEquals(
    decodeGrey(gifFile({ ...fields, transparent: 2 }), "a.gif").pixels,
    Uint8Array.of(40, 30),
  );
  const canvas = [4, 2, 1, 1] as const;
  const grey = (transparent?: number) => [
    ...decodeGrey(
      gifFile({ ...fields, canvas, ...(transparent !== undefined && { transparent }) }),
      "a.gif",
    ).pixels,
  ];
  assertEquals(grey(2), [30, 30, 30, 30, 30, 40, 30, 30]);
  assertEquals(grey(), [10, 10, 10, 10, 10, 40, 30, 10]);
  // A transparent index may lie behind the palette.
  assertEquals(grey(5), [0, 0, 0, 0, 0, 40, 30, 0]);
  const outside = gifFile({ ...fields, canvas: [1, 1, 1, 1] });
  assertEquals([decodeImage(outside, "a.gif").width, decodeImage(outside, "a.gif").height], [3, 2]);
});

Deno.test("decodeImage() reads the first frame of several, behind other blocks, and says so", () => {
  const fields = fieldsOf(3);
  const comment = joined([Uint8Array.of(0x21, 0xfe), gifBlocks(new Uint8Array(700).fill(0x2c))]);
  const expected = coloursOf(fields.indices, fields.palette);
  const one = decodeImage(
    gifFile({ ...fields, before: [comment], after: joined([comment, GIF_END]) }),
    "a.gif",
  );
  assertEquals([one.pixels, one.morePages], [expected, undefined]);
  const second = gifFrame({ ...fields, indices: new Uint8Array(WIDTH * HEIGHT) });
  const two = decodeImage(
    gifFile({ ...fields, after: joined([comment, second, GIF_END]) }),
    "a.gif",
  );
  assertEquals([two.pixels, two.morePages], [expected, true]);
  // Nothing is missing but the end.
  assertEquals(
    decodeImage(gifFile({ ...fields, after: new Uint8Array() }), "a.gif").pixels,
    expected,
  );
});

Deno.test("decodeImage() reads GIF whose codes stay full", () => {
  const indices = Uint8Array.from(seeded(300 * 200, 256));
  assertEquals(decodeImage(gifFile({ width: 300, height: 200, indices }), "a.gif").pixels, indices);
});

Deno.test("decodeImage() refuses damaged GIF files and names them", () => {
  const fields = fieldsOf(3);
  const good = gifFile(fields);
  const changed = (at: number, byte: number) => good.with(at, byte);
  const frameAt = 13 + fields.palette.length;
  const cases: [Uint8Array, string][] = [
    [good.subarray(0, 12), "is cut off: the file ends after 12 bytes"],
    [good.subarray(0, frameAt), "is cut off: the file ends after"],
    [good.subarray(0, frameAt + 9), "is cut off: the file ends after"],
    [good.subarray(0, frameAt + 10), "is cut off: the file ends after"],
    [good.subarray(0, good.length - 20), "cannot be unpacked"],
    [joined([good.subarray(0, frameAt), GIF_END]), "is cut off"],
    [changed(frameAt + 10, 9), "its GIF frame has values of 9 bits"],
    [changed(frameAt + 10, 0), "its GIF frame has values of 0 bits"],
    [changed(frameAt + 12, 0xff), "cannot be unpacked"],
    [changed(frameAt + 6, 0x50), `is ${0x5000 + WIDTH} x ${HEIGHT} px, more than Sonoseg reads`],
    [changed(9, 0x50), `x ${0x5000 + HEIGHT} px, more than Sonoseg reads`],
    [gifFile({ ...fields, width: 0 }), `is 0 x ${HEIGHT} px`],
    [gifFile({ ...fields, palette: fields.palette.subarray(0, 6) }), "of a palette with 2 colours"],
  ];
  for (const [bytes, sentence] of cases) {
    const error = assertThrows(() => decodeImage(bytes, "scan 7.gif"), InputError, sentence);
    assert(error.message.startsWith("scan 7.gif "), error.message);
  }
});
