import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { joined } from "../../../lib/core/joined.ts";
import { readImageHeader } from "../../../lib/image/codecs/codecs.ts";
import { MOST_PIXELS, MOST_SIDE } from "../../../lib/image/codecs/header.ts";
import { segment } from "../../support/jpeg.ts";
import { pngFile, type PngHeaderFields } from "../../support/png.ts";

Deno.test("readImageHeader() reads a PNG header", () => {
  const bytes = pngFile({ width: 562, height: 471, bitDepth: 16, colourType: 6 });
  assertEquals(readImageHeader(bytes, "a.png"), {
    format: "png",
    width: 562,
    height: 471,
    bitDepth: 16,
    colours: "rgb+alpha",
    channels: 4,
    interlaced: false,
  });
});

Deno.test("readImageHeader() walks JPEG markers to the frame header", () => {
  const comment = segment(0xfe, new Uint8Array(300).fill(0xff));
  const bytes = jpegFile([comment, Uint8Array.of(0xff, 0xff, 0xff), frame(0xc2, 8, 471, 562, 3)]);
  assertEquals(readImageHeader(bytes, "a.jpg"), {
    format: "jpeg",
    width: 562,
    height: 471,
    bitDepth: 8,
    colours: "rgb",
    channels: 3,
    interlaced: false,
  });
  assertEquals(readImageHeader(jpegFile([frame(0xc0, 8, 4, 5, 1)]), "a.jpg").colours, "grey");
  assertEquals(readImageHeader(jpegFile([frame(0xc0, 8, 4, 5, 4)]), "a.jpg").channels, 3);
});

Deno.test("readImageHeader() takes the largest and refuses larger sizes, before any decoder", () => {
  const side = Math.sqrt(MOST_PIXELS);
  const sizes: [number, number, boolean][] = [
    [1, 1, true],
    [side, side, true],
    [MOST_SIDE, MOST_PIXELS / MOST_SIDE, true],
    [MOST_SIDE + 1, 1, false],
    [1, MOST_SIDE + 1, false],
    [side, side + 1, false],
    [20000, 20000, false],
    [0xffffffff, 0xffffffff, false],
    [0, 10, false],
    [10, 0, false],
  ];
  for (const [width, height, fits] of sizes) {
    const read = () => readImageHeader(pngFile({ width, height }), "big.png");
    if (fits) assertEquals(read().width, width);
    else assertThrows(read, InputError, `big.png is ${width} x ${height} px`);
  }
  const jpeg = jpegFile([frame(0xc0, 8, 20000, 20000, 1)]);
  assertThrows(() => readImageHeader(jpeg, "big.jpg"), InputError, "20000 x 20000 px, more than");
  const empty = jpegFile([frame(0xc0, 8, 0, 7, 1)]);
  assertThrows(() => readImageHeader(empty, "flat.jpg"), InputError, "at least 1 x 1 px");
});

Deno.test("readImageHeader() refuses PNG headers that make no sense", () => {
  const cases: [Partial<PngHeaderFields>, string][] = [
    [{ bitDepth: 3 }, "no colour type 0 with 3 bits"],
    [{ bitDepth: 1, colourType: 2 }, "no colour type 2 with 1 bits"],
    [{ bitDepth: 16, colourType: 3 }, "no colour type 3 with 16 bits"],
    [{ colourType: 5 }, "no colour type 5"],
    [{ compression: 1 }, "no compression 1"],
    [{ interlace: 2 }, "interlacing 2"],
  ];
  for (const [fields, sentence] of cases) {
    const bytes = pngFile({ width: 3, height: 3, ...fields });
    assertThrows(() => readImageHeader(bytes, "odd.png"), InputError, sentence);
  }
  const other = pngFile({ width: 3, height: 3 });
  other[12] = 0x4a;
  assertThrows(() => readImageHeader(other, "odd.png"), InputError, "not an IHDR chunk");
});

Deno.test("readImageHeader() refuses JPEG kinds that cannot be read, and says which", () => {
  const cases: [Uint8Array, string][] = [
    [jpegFile([frame(0xc3, 8, 4, 4, 1)]), "rare kind (frame type SOF3"],
    [jpegFile([frame(0xc9, 8, 4, 4, 1)]), "rare kind (frame type SOF9"],
    [jpegFile([frame(0xc1, 12, 4, 4, 1)]), "12 bits per sample"],
    [jpegFile([frame(0xc0, 8, 4, 4, 2)]), "2 components"],
    [jpegFile([segment(0xda, new Uint8Array(4))]), "without a frame header"],
    [jpegFile([Uint8Array.of(0xff, 0xe0, 0, 1)]), "says it is 1 bytes long"],
    [jpegFile([segment(0xe0, new Uint8Array(40))]), "cut off"],
    [jpegFile([frame(0xc0, 8, 4, 4, 1).subarray(0, 8)]), "cut off"],
  ];
  for (const [bytes, sentence] of cases) {
    assertThrows(() => readImageHeader(bytes, "odd.jpg"), InputError, sentence);
  }
});

Deno.test("readImageHeader() says what a file of another kind seems to be", () => {
  const cases: [string | Uint8Array, string][] = [
    ["", "an empty file"],
    ["BMI,age\n21,54\n and so on", "text"],
    ["\x08\0\x05\0CS\x0a\0ISO_IR 100", "a DICOM file without the letters DICM"],
    ["\0\0\0\x20ftypheic", "a HEIC image"],
    ["%PDF-1.7\n", "a PDF document"],
    ["PK\x03\x04\x14\0", "a ZIP archive"],
    ["<!DOCTYPE html><html>", "a web page (HTML)"],
    ["\xef\xbb\xbf\n  <html lang=en>", "a web page (HTML)"],
    ['<?xml version="1.0"?>\n<svg width="3">', "an SVG drawing"],
    ["case,age\n1,54\n", "text"],
    ["\x89PNG\n\x1a\n\0", "a PNG image that was damaged in transfer"],
    ["\0".repeat(40), "a file of zeros"],
    [Uint8Array.of(1, 2, 3, 4, 200), "of a format that Sonoseg does not know"],
  ];
  for (const [content, what] of cases) {
    const bytes = typeof content === "string"
      ? Uint8Array.from(content, (character) => character.charCodeAt(0))
      : content;
    const sentence =
      `scan.png is not a PNG, JPEG, TIFF, BMP, GIF, WebP or DICOM image: it seems to be ${what}`;
    assertThrows(() => readImageHeader(bytes, "scan.png"), InputError, sentence);
  }
});

/** A JPEG file that ends after these parts. */
function jpegFile(parts: readonly Uint8Array[]): Uint8Array {
  return joined([Uint8Array.of(0xff, 0xd8), ...parts]);
}

function frame(
  marker: number,
  bits: number,
  height: number,
  width: number,
  components: number,
): Uint8Array {
  const sizes = [height >> 8, height & 255, width >> 8, width & 255];
  return segment(
    marker,
    Uint8Array.of(bits, ...sizes, components, ...Array(3 * components).fill(1)),
  );
}
