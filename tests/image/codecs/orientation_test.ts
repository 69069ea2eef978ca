/** Images are turned by the orientation tag of each format. */
import { assert, assertEquals } from "@std/assert";
import { joined } from "../../../lib/core/joined.ts";
import { decodeGrey, decodeImage } from "../../../lib/image/codecs/decode.ts";
import { orientationOf } from "../../../lib/image/codecs/exif.ts";
import { turn, turnedSize } from "../../../lib/image/turn.ts";
import { goldenFormats } from "../../support/golden_formats.ts";
import { segment } from "../../support/jpeg.ts";
import { pngChunk, pngData, pngFile } from "../../support/png.ts";
import { referenceCases } from "../../support/reference.ts";
import { exifBlock, tiffFile } from "../../support/tiff.ts";

const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8];

/** What is looked at in each orientation of the stored rows "abc", "def". */
const TURNED: Readonly<Record<number, readonly string[]>> = {
  1: ["abc", "def"],
  2: ["cba", "fed"],
  3: ["fed", "cba"],
  4: ["def", "abc"],
  5: ["ad", "be", "cf"],
  6: ["da", "eb", "fc"],
  7: ["fc", "eb", "da"],
  8: ["cf", "be", "ad"],
};

const bytesOf = (rows: readonly string[]) => new TextEncoder().encode(rows.join(""));
const STORED = bytesOf(TURNED[1]);
const SIZE = { width: 3, height: 2 };
const EXIF_NAME = new TextEncoder().encode("Exif\0\0");

Deno.test("turn() mirrors and turns rows and columns, whatever the channels and their size", () => {
  for (const orientation of ORIENTATIONS) {
    const rows = TURNED[orientation];
    const expected = bytesOf(rows);
    assertEquals(turn(STORED, SIZE, orientation), expected);
    assertEquals(turnedSize(SIZE, orientation), { width: rows[0].length, height: rows.length });
    const wide = Uint16Array.from(STORED, (value) => 300 * value);
    assertEquals(turn(wide, SIZE, orientation), Uint16Array.from(expected, (value) => 300 * value));
    const channels = (values: Uint8Array) =>
      Uint8Array.from([...values].flatMap((v) => [v, 0, v + 1]));
    assertEquals(turn(channels(STORED), SIZE, orientation), channels(expected));
  }
});

Deno.test("decodeImage() turns TIFF and PNG, of 8 and of 16 bits, in both byte orders", () => {
  for (const orientation of ORIENTATIONS) {
    const rows = TURNED[orientation];
    const expected = bytesOf(rows);
    const size = { width: rows[0].length, height: rows.length };
    const turned = orientation === 1 ? undefined : orientation;
    for (const bigEndian of [false, true]) {
      const file = (bits: number) =>
        tiffFile({
          ...SIZE,
          values: Array.from(STORED, (value) => bits === 16 ? 256 * value + 7 : value),
          bits,
          bigEndian,
          tags: [[274, 3, [orientation]]],
        });
      for (const bits of [8, 16]) {
        const { width, height, pixels, wide, orientation: found } = decodeImage(
          file(bits),
          "a.tif",
        );
        assertEquals([{ width, height }, pixels, found], [size, expected, turned]);
        assertEquals(
          wide,
          bits === 16 ? Uint16Array.from(expected, (v) => 256 * v + 7) : undefined,
        );
      }
      const data = pngData(
        joined([0, 1].flatMap((y) => [Uint8Array.of(0), STORED.subarray(3 * y, 3 * y + 3)])),
      );
      const exif = pngChunk("eXIf", exifBlock(orientation, bigEndian));
      // The block may lie before and behind the pixels.
      for (const chunks of [[exif, data], [data, exif]]) {
        const { width, height, pixels, orientation: found } = decodeImage(
          pngFile(SIZE, ...chunks),
          "a.png",
        );
        assertEquals([{ width, height }, pixels, found], [size, expected, turned]);
      }
    }
  }
});

Deno.test("decodeImage() turns JPEG by the first EXIF segment before the pixels", () => {
  for (const reference of referenceCases("preprocess/jpeg_variants")) {
    if (!reference.folder.startsWith("tests/")) continue;
    const file = Deno.readFileSync(`${reference.folder}/jpeg_variants/${reference.name}`);
    const stored = decodeImage(file, "a.jpg");
    const other = segment(0xe1, new TextEncoder().encode("http://ns.adobe.com/xap/1.0/\0"));
    for (const orientation of ORIENTATIONS) {
      const block = (value: number) => segment(0xe1, joined([EXIF_NAME, exifBlock(value)]));
      const changed = joined([
        file.subarray(0, 2),
        other,
        block(orientation),
        block(3),
        file.subarray(2),
      ]);
      const image = decodeImage(changed, "a.jpg");
      assertEquals({ width: image.width, height: image.height }, turnedSize(stored, orientation));
      assertEquals(image.pixels, turn(stored.pixels, stored, orientation));
    }
    // Behind the pixels a segment says nothing about them.
    const end = file.length - 2;
    const behind = joined([
      file.subarray(0, end),
      segment(0xe1, joined([EXIF_NAME, exifBlock(6)])),
      file.subarray(end),
    ]);
    assertEquals(decodeImage(behind, "a.jpg"), stored);
  }
});

Deno.test("decodeImage() turns WebP by its chunk EXIF, with a name before the block and without", () => {
  const golden = goldenFormats(".webp");
  const fileOf = (name: string) => golden.find((file) => file.name === name)!.bytes;
  const stored = decodeImage(fileOf("rgb_lossless.webp"), "a.webp");
  const tagged = fileOf("orientation_6.webp");
  const chunkAt = new TextDecoder("latin1").decode(tagged).indexOf("EXIF");
  const body = tagged.subarray(0, chunkAt);
  for (const orientation of ORIENTATIONS) {
    for (const name of [EXIF_NAME, new Uint8Array()]) {
      const block = joined([name, exifBlock(orientation)]);
      const file = joined([body, new TextEncoder().encode("EXIF"), uint32(block.length), block]);
      file.set(uint32(file.length - 8), 4);
      const image = decodeImage(file, "a.webp");
      assertEquals(image.pixels, turn(stored.pixels, stored, orientation));
      assertEquals(image.width, turnedSize(stored, orientation).width);
    }
  }
});

Deno.test("a damaged EXIF block turns nothing and refuses nothing", () => {
  const good = exifBlock(6);
  assertEquals(orientationOf(good), 6);
  assertEquals(orientationOf(undefined), 1);
  for (let length = 0; length < 22; length++) {
    assertEquals(orientationOf(good.subarray(0, length)), 1);
  }
  const damaged = [
    exifBlock(0),
    exifBlock(9),
    exifBlock(65535),
    good.with(0, 0x4a),
    // The directory lies before the file, behind it, and in itself.
    good.with(4, 0),
    good.with(7, 255),
    good.with(4, 4),
    // 65535 entries; an orientation that is text, or 2^32 - 1 values.
    good.with(8, 255).with(9, 255),
    good.with(12, 2),
    joined([good.subarray(0, 14), uint32(0xffffffff), good.subarray(18)]),
  ];
  for (const block of damaged) {
    assertEquals(orientationOf(block), 1);
    const rows = joined([
      Uint8Array.of(0),
      STORED.subarray(0, 3),
      Uint8Array.of(0),
      STORED.subarray(3),
    ]);
    const image = decodeGrey(pngFile(SIZE, pngChunk("eXIf", block), pngData(rows)), "a.png");
    assertEquals(image.pixels, STORED);
  }
  assert(damaged.length > 0);
});

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
