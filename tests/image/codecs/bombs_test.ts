/** Small files that claim much are refused before memory is taken, or read with bounded work. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { decodeImage, openImage } from "../../../lib/image/codecs/decode.ts";
import { bmpFile } from "../../support/bmp.ts";
import { type DicomField, dicomFile, losslessJpeg, rleData } from "../../support/dicom.ts";
import { GIF_END, gifBlocks, gifFile, gifFrame } from "../../support/gif.ts";
import { goldenDicoms } from "../../support/golden_dicoms.ts";
import { goldenFormats } from "../../support/golden_formats.ts";
import { joined } from "../../../lib/core/joined.ts";
import { type Tag, tiffFile } from "../../support/tiff.ts";

const MOST_BYTES = 16 * 2 ** 20;
const LARGE = 8192;

const usedBytes = () => Deno.memoryUsage().external;

/** Checks that a file is refused with hardly any memory taken. */
function assertRefused(bytes: Uint8Array, sentence: string, most = MOST_BYTES): void {
  const before = usedBytes();
  assertThrows(() => decodeImage(bytes, "bomb"), InputError, sentence);
  const used = usedBytes() - before;
  assert(used < most, `${sentence}: ${used} bytes`);
}

const fields = { width: 2, height: 2, values: [1, 2, 3, 4] };
const large: Tag[] = [[256, 4, [LARGE]], [257, 4, [LARGE]], [278, 4, [LARGE]]];

Deno.test("a TIFF file that claims more than its data can unpack to takes no memory", () => {
  for (const compression of ["none", "lzw", "deflate", "packbits"] as const) {
    assertRefused(
      tiffFile({ ...fields, compression, tags: large }),
      "part 1 of 1 of its TIFF data is not whole",
    );
  }
  const tiles: Tag[] = [[322, 4, [LARGE]], [323, 4, [LARGE]]];
  assertRefused(
    tiffFile({ ...fields, tile: [16, 16], tags: tiles }),
    "part 1 of 1 of its TIFF data",
  );
  const hugeTiles: Tag[] = [[322, 4, [2 ** 32 - 1]], [323, 4, [2 ** 32 - 1]]];
  assertRefused(
    tiffFile({ ...fields, tile: [16, 16], tags: hugeTiles }),
    "its TIFF tiles are 4294967295 x",
  );
  assertRefused(
    tiffFile({ ...fields, samples: 8, values: Array(32).fill(0), bits: 16, tags: large }),
    "more than Sonoseg reads",
  );
  // Many strips at one place: each is unpacked, but all together only to the size of the image.
  const places: Tag[] = [[257, 4, [4000]], [278, 4, [1]], [273, 4, Array(4000).fill(8)], [
    279,
    4,
    Array(4000).fill(2),
  ]];
  assertEquals(decodeImage(tiffFile({ ...fields, tags: places }), "a.tif").pixels.length, 8000);
});

Deno.test("counts and chains in a TIFF directory are not believed", () => {
  const good = tiffFile(fields);
  const view = new DataView(good.buffer);
  const start = view.getUint32(4, true);
  const changed = (at: number, bytes: 2 | 4, value: number) => {
    const file = good.slice();
    if (bytes === 2) new DataView(file.buffer).setUint16(at, value, true);
    else new DataView(file.buffer).setUint32(at, value, true);
    return file;
  };
  assertRefused(changed(start, 2, 65535), "its TIFF directory points behind the end of the file");
  assertRefused(changed(4, 4, 2 ** 32 - 1), "its TIFF directory points behind the end of the file");
  // The places of 2^32 - 1 strips; one is needed, and it is elsewhere.
  assertRefused(changed(start + 2 + 5 * 12 + 4, 4, 2 ** 32 - 1), "its TIFF data is not whole");
  // A directory that is its own next page, and one that is the header.
  for (const next of [start, 1]) {
    const file = decodeImage(tiffFile({ ...fields, next }), "a.tif");
    assertEquals([file.pixels.length, file.morePages], [4, true]);
  }
  const big = tiffFile({ ...fields, bigTiff: true });
  const bigView = new DataView(big.buffer);
  bigView.setBigUint64(Number(bigView.getBigUint64(8, true)), 2n ** 60n, true);
  assertRefused(big, "its TIFF directory points behind the end of the file");
  // Tens of thousands of tags.
  const tags = Array.from({ length: 60000 }, (_, i): Tag => [1000 + i, 3, [1]]);
  assertEquals(decodeImage(tiffFile({ ...fields, tags }), "a.tif").pixels.length, 4);
});

Deno.test("LZW codes that only clear, or that grow, end with their data", () => {
  const clears = joined([Uint8Array.of(8), gifBlocks(new Uint8Array(1_000_000).fill(0))]);
  const frame = (width: number, height: number, data: Uint8Array) =>
    joined([
      new TextEncoder().encode("GIF89a"),
      Uint8Array.of(
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0x2c,
        0,
        0,
        0,
        0,
        width & 255,
        width >> 8,
        height & 255,
        height >> 8,
        0,
      ),
      data,
      GIF_END,
    ]);
  // Code 256 of nine bits, again and again; then a frame of one colour that is cut off.
  const nines = Uint8Array.from({ length: 9 * 100_000 }, (_, i) => 1 << (i + 8) % 9 & 255);
  assertThrows(
    () => decodeImage(frame(9, 9, joined([Uint8Array.of(8), gifBlocks(nines)])), "bomb"),
    InputError,
    "cannot be unpacked",
  );
  assertThrows(
    () => decodeImage(frame(3000, 3000, clears), "bomb"),
    InputError,
    "cannot be unpacked",
  );
  assertRefused(frame(20000, 20000, clears), "is 20000 x 20000 px, more than Sonoseg reads");
});

Deno.test("of a GIF file with very many frames and blocks only the first frame is unpacked", () => {
  const one = { width: 4, height: 4, indices: new Uint8Array(16).fill(1), bits: 2 };
  const more = gifFrame({ ...one, width: 1, height: 1, indices: Uint8Array.of(2) });
  const comment = joined([Uint8Array.of(0x21, 0xfe), gifBlocks(new Uint8Array(3))]);
  const after = joined([...Array(50_000).fill(more), GIF_END]);
  const file = gifFile({ ...one, before: Array(50_000).fill(comment), after });
  const { work } = openImage(file, "a.gif");
  assert(work.data.length < 100);
  const image = decodeImage(file, "a.gif");
  assertEquals([image.width, image.height, image.morePages], [4, 4, true]);
});

Deno.test("a BMP file that claims more than it holds takes no memory", () => {
  const rows = new Uint8Array(16);
  for (const bits of [1, 8, 24, 32]) {
    const palette = bits <= 8 ? { palette: new Uint8Array(3 * 2 ** bits) } : {};
    const file = bmpFile({ width: LARGE, height: LARGE, bits, rows, ...palette });
    assertRefused(file, "do not hold a BMP image of 8192 x 8192 px");
  }
  const sides = { width: 16384, height: 16384, bits: 8, rows, compression: 1 };
  assertRefused(bmpFile(sides), "is 16384 x 16384 px, more than Sonoseg reads");
});

Deno.test("a WebP file that claims more than it holds is refused", () => {
  const of = (name: string) => goldenFormats(name)[0].bytes.slice();
  const lossless = of("rgb_lossless.webp"), lossy = of("rgb_lossy.webp");
  new DataView(lossless.buffer).setUint32(21, LARGE - 1 | LARGE - 1 << 14, true);
  new DataView(lossy.buffer).setUint16(26, LARGE, true);
  new DataView(lossy.buffer).setUint16(28, LARGE, true);
  for (const file of [lossless, lossy]) {
    assertRefused(file, "its WebP data for 8192 x 8192 px cannot be unpacked");
  }
  new DataView(lossless.buffer).setUint32(21, 0xfffffff, true);
  assertRefused(lossless, "is 16384 x 16384 px, more than Sonoseg reads");
  // The canvas of an animation may be much larger than its frame.
  const animation = of("animation_lossless.webp");
  animation.set([255, 255, 255, 255, 255, 255], 24);
  assertRefused(animation, "is 16777216 x 16777216 px, more than Sonoseg reads");
});

Deno.test("a DICOM file that claims more than its data can unpack to takes no memory", () => {
  const claimed = { width: LARGE, height: LARGE };
  const few = new Uint8Array(200);
  assertRefused(dicomFile({ ...claimed, pixels: few }), "it has 200 of the 67108864 bytes");
  const jpeg = losslessJpeg({ width: 2, height: 2, values: [1, 2, 3, 4], bits: 8, predictor: 1 });
  // The height and the width of its frame.
  const large = jpeg.with(7, LARGE >> 8).with(8, 0).with(9, LARGE >> 8).with(10, 0);
  for (
    const [syntax, data, sentence] of [
      ["1.2.5", rleData([few]), "its RLE data is too short"],
      ["1.2.4.57", large, "its lossless JPEG data is too short"],
      ["1.2.4.57", jpeg, "its packed pixels are 2 x 2 px"],
    ] as const
  ) assertRefused(dicomFile({ ...claimed, syntax, pixels: [data] }), sentence);
});

Deno.test("a deflated DICOM file is inflated up to its header and its pixels alone", () => {
  const size = { width: 2, height: 2, pixels: Uint8Array.of(1, 2, 3, 4), syntax: "1.2.1.99" };
  const zeros = new Uint8Array(200 * 2 ** 20);
  const before = [0x00091001, "OB", zeros] as const;
  const behind = [0x7fe10010, "OB", zeros] as const;
  // The pieces are freed at some time.
  const most = 4 * MOST_BYTES;
  const cutOff = "a DICOM element is longer than the file";
  assertRefused(dicomFile({ ...size, fields: [before] }), cutOff, most);
  const bytes = dicomFile({ ...size, fields: [behind] });
  const start = usedBytes();
  assertEquals(decodeImage(bytes, "a.dcm").pixels, size.pixels);
  assert(usedBytes() - start < most);
});

Deno.test("elements, nested data sets and fragments of DICOM are counted", () => {
  const size = { width: 2, height: 2, pixels: Uint8Array.of(1, 2, 3, 4) };
  const many = Array.from({ length: 70_000 }, (_, i) => [0x00100000 + i, "US", []] as const)
    .filter(([tag]) => tag >>> 16 === 0x10 || tag >>> 16 === 0x11);
  assertRefused(dicomFile({ ...size, fields: many }), "it has more than 65536 elements");
  let nested: DicomField = [0x00081140, "SQ", []];
  for (let depth = 0; depth < 200; depth++) nested = [0x00081140, "SQ", [[nested]]];
  assertRefused(dicomFile({ ...size, fields: [nested], marks: true }), "are nested");
  const fragments = Array.from({ length: 70_000 }, () => new Uint8Array());
  assertRefused(
    dicomFile({ ...size, syntax: "1.2.5", pixels: fragments }),
    "it has more than 65536 fragments",
  );
});

Deno.test("JPEG 2000 in DICOM may not have far more parts than an image needs", () => {
  const { bytes } = goldenDicoms().find(({ name }) => name === "mono2_j2k")!;
  const text = new TextDecoder("latin1").decode(bytes);
  const size = text.indexOf("\xff\x4f\xff\x51") + 6;
  const coding = text.indexOf("\xff\x52", size);
  const changed = (...places: (readonly [number, number])[]) => {
    const copy = bytes.slice();
    const view = new DataView(copy.buffer);
    for (const [at, value] of places) view.setUint32(at, value);
    return copy;
  };
  // Tiles of 1 x 1 px; then layers.
  assertRefused(changed([size + 18, 1], [size + 22, 1]), "in far more parts than an image needs");
  assertRefused(changed([coding + 6, 0xffff0005]), "in far more parts than an image needs");
});
