import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decode as decodeByFastPng, encode } from "fast-png";
import { InputError } from "../../../lib/core/errors.ts";
import { joined } from "../../../lib/core/joined.ts";
import { readImageHeader } from "../../../lib/image/codecs/codecs.ts";
import { decodeGrey, decodeImage } from "../../../lib/image/codecs/decode.ts";
import { resizeGrey } from "../../../lib/image/resize.ts";
import { assertCloseValues } from "../../support/compare.ts";
import { pngChunk, pngData, pngFile } from "../../support/png.ts";
import { type ReferenceCase, referenceCases } from "../../support/reference.ts";

const pngVariants = referenceCases("preprocess/png_variants");
const jpegVariants = referenceCases("preprocess/jpeg_variants");

function assertReadsLikePillow(reference: ReferenceCase, file: Uint8Array): void {
  const expected = reference.tensors().l_u8;
  const image = decodeGrey(file, reference.name);
  assertEquals([image.height, image.width], expected.shape);
  const { atol } = reference.expected.l_u8;
  assertCloseValues("grey", image.pixels, expected.data as Uint8Array, atol);
}

for (const reference of pngVariants) {
  Deno.test(`decodeGrey() reads what Pillow reads, ${reference.title}`, () => {
    assertReadsLikePillow(reference, fileOf(reference, "png_variants"));
  });

  Deno.test(`decodeImage() keeps the channels of the file, ${reference.title}`, () => {
    const bytes = fileOf(reference, "png_variants");
    const image = decodeImage(bytes, reference.name);
    const { color_type: colourType, depth } = reference.params;
    const channels = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 }[colourType as number];
    assertEquals([image.channels, image.bitDepth, image.format], [channels, depth, "png"]);
    assertEquals(image.pixels.length, image.width * image.height * image.channels);
    // fast-png is independent of the decoder used here; it leaves small samples and indices as they
    // are.
    if (depth === 8 && colourType !== 3) assertEquals(image.pixels, decodeByFastPng(bytes).data);
  });
}

for (const reference of jpegVariants) {
  Deno.test(`decodeGrey() reads what Pillow reads, ${reference.title}`, () => {
    assertReadsLikePillow(reference, fileOf(reference, "jpeg_variants"));
    const channels = decodeImage(fileOf(reference, "jpeg_variants"), reference.name).channels;
    assertEquals(channels, reference.name.startsWith("grey") ? 1 : 3);
  });
}

for (const reference of referenceCases("preprocess/preprocess")) {
  const { image, masks, png } = reference.params;
  if (!image) continue;
  const read = (name: string) => Deno.readFileSync(`${reference.folder}/png/${name}`);

  for (const [name, { wh, gray_sha256 }] of Object.entries<PngParams>(png)) {
    Deno.test(`decodeGrey() reads what Pillow reads, ${reference.title}, ${name}`, async () => {
      const { width, height, pixels } = decodeGrey(read(name), name);
      assertEquals([width, height], wh);
      const digest = await crypto.subtle.digest("SHA-256", pixels.slice());
      assertEquals(new Uint8Array(digest).toHex(), gray_sha256);
    });
  }

  const u8 = Object.entries(reference.expected).filter(([tensor]) => tensor.includes("_u8_"));
  for (const [tensor, { atol, shape }] of u8) {
    Deno.test(`decoding and resizing gives Pillow's bytes, ${reference.title}, ${tensor}`, () => {
      const mask = tensor.match(/^mask(\d+)_/)?.[1];
      const name = mask === undefined ? image : masks[Number(mask)];
      const resized = resizeGrey(decodeGrey(read(name), name), shape[1], shape[0]);
      assertCloseValues(
        "resized",
        resized.pixels,
        reference.tensors()[tensor].data as Uint8Array,
        atol,
      );
    });
  }
}

Deno.test("decodeImage() keeps the upper 8 bits of 16 beside all, whatever the channels", () => {
  for (const channels of [1, 2, 3, 4] as const) {
    for (const interlace of ["null", "Adam7"] as const) {
      const data = Uint16Array.from({ length: 9 * 7 * channels }, (_, i) => i * 40503);
      const bytes = encode({ width: 9, height: 7, channels, depth: 16, data }, { interlace });
      const image = decodeImage(bytes, "deep.png");
      assertEquals([image.channels, image.bitDepth], [channels, 16]);
      assertEquals(image.pixels, Uint8Array.from(data, (value) => value >> 8));
      assertEquals(image.wide, data);
    }
  }
});

Deno.test("decodeGrey() reads grey values under full transparency", () => {
  const data = Uint8Array.from({ length: 2 * 20 }, (_, i) => i % 2 ? 0 : 5 * i);
  const bytes = encode({ width: 5, height: 4, channels: 2, depth: 8, data });
  assertEquals(decodeGrey(bytes, "clear.png").pixels, data.filter((_, i) => i % 2 === 0));
});

Deno.test("decodeGrey() leaves out chunks that make no pixels, and what follows IEND", () => {
  const rows = Uint8Array.of(0, 10, 20, 0, 30, 40);
  const texts = [pngChunk("tRNS", Uint8Array.of(0, 10)), pngChunk("zTXt", Uint8Array.of(1, 2, 3))];
  const bytes = pngFile({ width: 2, height: 2 }, ...texts, pngData(rows));
  const image = decodeGrey(joined([bytes, Uint8Array.of(1, 2, 3)]), "a.png");
  assertEquals(image.pixels, Uint8Array.of(10, 20, 30, 40));
});

Deno.test("decodeImage() undoes every filter for every kind of pixel", () => {
  const kinds = [[0, 8, 1], [0, 16, 1], [2, 8, 3], [2, 16, 3], [4, 8, 2], [6, 8, 4], [6, 16, 4]];
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(fc.property(fc.constantFrom(...kinds), size, size, fc.nat(), (kind, w, h, seed) => {
    const [colourType, bitDepth, channels] = kind;
    const stride = 1 + w * channels * bitDepth / 8;
    const rows = Uint8Array.from({ length: h * stride }, (_, i) => Math.imul(i + seed, 40503) >> 7);
    for (let y = 0; y < h; y++) rows[y * stride] = (y + seed) % 5;
    const bytes = pngFile({ width: w, height: h, colourType, bitDepth }, pngData(rows));
    const expected = Uint8Array.from(decodeByFastPng(bytes).data, (v) => v >> (bitDepth - 8));
    assertEquals(decodeImage(bytes, "filters.png").pixels, expected);
  }));
});

Deno.test("decodeImage() undoes filters across the pieces of a large image", () => {
  const [width, height] = [701, 900];
  const rows = Uint8Array.from(
    { length: height * (1 + width) },
    (_, i) => Math.imul(i, 40503) >> 7,
  );
  for (let y = 0; y < height; y++) rows[y * (1 + width)] = 2 + y % 3;
  const bytes = pngFile({ width, height }, pngData(rows));
  assertEquals(decodeImage(bytes, "large.png").pixels, decodeByFastPng(bytes).data);
});

Deno.test("decodeImage() stops at the size of the header, whatever the data unpacks to", () => {
  const bomb = pngFile({ width: 100, height: 100 }, pngData(new Uint8Array(2 ** 26)));
  assertThrows(
    () => decodeImage(bomb, "bomb.png"),
    InputError,
    "does not unpack to the 10100 bytes",
  );
});

Deno.test("decodeGrey() reads a view into a larger buffer", () => {
  const bytes = pngFile({ width: 2, height: 1 }, pngData(Uint8Array.of(0, 7, 9)));
  const padded = joined([new Uint8Array(13), bytes]);
  assertEquals(decodeGrey(padded.subarray(13), "a.png").pixels, Uint8Array.of(7, 9));
});

Deno.test("decodeGrey() goes by the content, not by the name", () => {
  const jpeg = fileOf(jpegVariants[0], "jpeg_variants");
  assertEquals(decodeGrey(jpeg, "photo.png"), decodeGrey(jpeg, "photo.jpg"));
});

Deno.test("decodeGrey() refuses damaged files and names them", () => {
  const good = pngFile({ width: 2, height: 1 }, pngData(Uint8Array.of(0, 7, 9)));
  const flipped = good.slice();
  flipped[33 + 8] ^= 1;
  const unknown = pngFile({ width: 2, height: 1 }, pngChunk("CgBI", new Uint8Array(4)));
  const indexed = { width: 2, height: 1, colourType: 3 };
  const cases: [Uint8Array, string][] = [
    [flipped, "the checksum of its PNG chunk IDAT is wrong"],
    [good.subarray(0, good.length - 1), "is cut off: the file ends after"],
    [good.subarray(0, 20), "is cut off inside its PNG header"],
    [pngFile({ width: 2, height: 1 }), "does not unpack to the 3 bytes"],
    [
      pngFile({ width: 2, height: 9 }, pngData(Uint8Array.of(0, 7, 9))),
      "does not unpack to the 27",
    ],
    [
      pngFile({ width: 2, height: 1 }, pngData(new Uint8Array(4))),
      "does not unpack to the 3 bytes",
    ],
    [
      pngFile({ width: 2, height: 1 }, pngChunk("IDAT", new Uint8Array(9))),
      "does not unpack to the",
    ],
    [
      pngFile({ width: 2, height: 1 }, pngData(Uint8Array.of(9, 7, 9))),
      "row 0 of its PNG data has filter 9",
    ],
    [
      pngFile(indexed, pngChunk("PLTE", new Uint8Array(6)), pngData(Uint8Array.of(0, 1, 2))),
      "has colour 2",
    ],
    [pngFile(indexed, pngData(Uint8Array.of(0, 1, 2))), "of a palette with 0 colours"],
    [pngFile(indexed, pngChunk("PLTE", new Uint8Array(7))), "its PNG palette has 7 bytes"],
    [unknown, "unknown critical PNG chunk CgBI"],
  ];
  for (const [bytes, sentence] of cases) {
    const error = assertThrows(() => decodeGrey(bytes, "scan 7.png"), InputError, sentence);
    assert(error.message.startsWith("scan 7.png "), error.message);
  }
});

Deno.test("decodeGrey() refuses a PNG of a million empty chunks by their number", () => {
  const empty = pngChunk("IDAT", new Uint8Array(0));
  const many = new Uint8Array(1_000_000 * empty.length);
  for (let at = 0; at < many.length; at += empty.length) many.set(empty, at);
  const data = pngData(Uint8Array.of(0, 7, 9));
  const bytes = pngFile({ width: 2, height: 1 }, many, data);
  assertThrows(
    () => decodeGrey(bytes, "a.png"),
    InputError,
    "a.png has more than 1000000 PNG chunks",
  );
  // With the header, the data and the end, this is one less than the limit.
  const few = pngFile({ width: 2, height: 1 }, many.subarray(0, 999_996 * empty.length), data);
  assertEquals(decodeGrey(few, "a.png").pixels, Uint8Array.of(7, 9));
});

const files = [...pngVariants, ...jpegVariants]
  .filter((reference) => reference.folder.startsWith("tests/"))
  .map((reference) =>
    fileOf(reference, reference.name.endsWith(".png") ? "png_variants" : "jpeg_variants")
  );

Deno.test("decodeGrey() refuses every cut file", () => {
  for (const bytes of files) {
    const step = Math.max(1, Math.floor(bytes.length / 60));
    for (let length = 0; length < bytes.length; length += step) {
      assertThrows(() => decodeGrey(bytes.subarray(0, length), "cut"), InputError);
    }
    assertThrows(() => decodeGrey(bytes.subarray(0, bytes.length - 1), "cut"), InputError);
  }
});

Deno.test("decodeImage() gives a whole image or an InputError for any change of a file", () => {
  const change = fc.record({
    at: fc.nat(),
    byte: fc.integer({ min: 0, max: 255 }),
    remove: fc.boolean(),
  });
  const changes = fc.array(change, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...files), changes, (file, changes) => {
      let bytes: Uint8Array = file.slice();
      for (const { at, byte, remove } of changes) {
        const position = at % bytes.length;
        bytes[position] = byte;
        if (remove) bytes = joined([bytes.subarray(0, position), bytes.subarray(position + 1)]);
      }
      onlyInputErrors(bytes);
    }),
    { numRuns: 500 },
  );
});

Deno.test("decodeImage() gives an InputError for any bytes behind a signature", () => {
  const signatures = files.map((file) => file.subarray(0, 33));
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(fc.property(fc.constantFrom(...signatures), bytes, (signature, bytes) => {
    onlyInputErrors(joined([signature, bytes]));
  }));
});

interface PngParams {
  readonly wh: [number, number];
  readonly gray_sha256: string;
}

function fileOf(reference: ReferenceCase, folder: string): Uint8Array {
  return Deno.readFileSync(`${reference.folder}/${folder}/${reference.name}`);
}

function onlyInputErrors(bytes: Uint8Array): void {
  try {
    const image = decodeImage(bytes, "any");
    const { width, height } = readImageHeader(bytes, "any");
    assertEquals([image.width, image.height], [width, height]);
    assertEquals(image.pixels.length, width * height * image.channels);
  } catch (error) {
    assert(error instanceof InputError, String(error));
  }
}

Deno.test("decodeImage() keeps the palette of a file of indices", () => {
  const indexed = { width: 3, height: 1, bitDepth: 8, colourType: 3 } as const;
  const palette = Uint8Array.of(0, 0, 0, 128, 0, 0, 0, 128, 0);
  const file = pngFile(indexed, pngChunk("PLTE", palette), pngData(Uint8Array.of(0, 0, 2, 1)));
  const decoded = decodeImage(file, "a.png");
  assertEquals(decoded.palette, palette);
  assertEquals([...decoded.pixels], [0, 0, 0, 0, 128, 0, 128, 0, 0]);
});
