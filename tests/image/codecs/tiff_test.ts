/** TIFF files of every kind, built by tests/support/tiff.ts. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { decodeImage } from "../../../lib/image/codecs/decode.ts";
import { seeded } from "../../support/seeded.ts";
import { type Tag, type TiffFields, tiffFile } from "../../support/tiff.ts";

const WIDTH = 33, HEIGHT = 17;

/** A kind of pixel, and what its stored values decode to. */
interface Kind {
  readonly name: string;
  readonly samples?: number;
  readonly bits?: number;
  readonly photometric?: number;
  readonly tags?: readonly Tag[];
  /** Channels and values of the decoded pixel whose samples are given. */
  decoded(samples: number[]): number[];
}

const same = (samples: number[]) => samples;
const PALETTE = seeded(3 * 256, 65536);
const ALPHA: Tag = [338, 3, [2]];

const KINDS: readonly Kind[] = [
  { name: "grey", decoded: same },
  { name: "grey, 0 is white", photometric: 0, decoded: ([grey]) => [255 - grey] },
  { name: "grey of 1 bit", bits: 1, decoded: ([grey]) => [255 * grey] },
  { name: "grey of 1 bit, 0 is white", bits: 1, photometric: 0, decoded: ([v]) => [255 - 255 * v] },
  { name: "grey of 2 bits", bits: 2, decoded: ([grey]) => [85 * grey] },
  { name: "grey of 4 bits", bits: 4, decoded: ([grey]) => [17 * grey] },
  { name: "grey and alpha", samples: 2, tags: [ALPHA], decoded: same },
  {
    name: "grey and something else",
    samples: 2,
    tags: [[338, 3, [0]]],
    decoded: ([grey]) => [grey],
  },
  { name: "RGB", samples: 3, decoded: same },
  { name: "RGB and alpha", samples: 4, tags: [ALPHA], decoded: same },
  { name: "RGB and a sample that is not explained", samples: 4, decoded: same },
  {
    name: "RGB and two others",
    samples: 5,
    tags: [[338, 3, [0, 0]]],
    decoded: (all) => all.slice(0, 3),
  },
  {
    name: "RGB multiplied by alpha",
    samples: 4,
    tags: [[338, 3, [1]]],
    decoded: ([r, g, b, alpha]) =>
      [r, g, b].map((v) => alpha === 0 ? 0 : Math.min(255, Math.floor(255 * v / alpha))).concat(
        alpha,
      ),
  },
  ...[1, 2, 4, 8].map((bits): Kind => ({
    name: `a palette of ${bits} bits`,
    bits,
    photometric: 3,
    tags: [[320, 3, PALETTE.slice(0, 3 * 2 ** bits)]],
    decoded: ([index]) => [0, 1, 2].map((k) => PALETTE[k * 2 ** bits + index] >> 8),
  })),
  { name: "grey of 16 bits", bits: 16, decoded: same },
  { name: "grey of 16 bits, 0 is white", bits: 16, photometric: 0, decoded: ([v]) => [65535 - v] },
  { name: "grey of 12 bits", bits: 12, decoded: same },
  { name: "grey of 12 bits, 0 is white", bits: 12, photometric: 0, decoded: ([v]) => [4095 - v] },
  { name: "RGB of 12 bits", samples: 3, bits: 12, decoded: same },
  { name: "RGB of 16 bits", samples: 3, bits: 16, decoded: same },
  { name: "RGB and alpha of 16 bits", samples: 4, bits: 16, tags: [ALPHA], decoded: same },
];

/** How the same samples can lie in a file. */
const WAYS: readonly (readonly [string, Partial<TiffFields>])[] = [
  ["in one strip", {}],
  ["in strips", { rowsPerStrip: 4 }],
  ["in tiles", { tile: [16, 32] }],
  ["in planes", { planar: true, rowsPerStrip: 5 }],
  ["in planes of tiles", { planar: true, tile: [32, 16] }],
  ["as differences", { predictor: 2, rowsPerStrip: 6 }],
  ["with mirrored bits", { mirrored: true }],
  ["in BigTIFF", { bigTiff: true, rowsPerStrip: 3 }],
  ["without lengths", { without: [279] }],
];

for (const compression of ["none", "lzw", "deflate", "oldDeflate", "packbits"] as const) {
  for (const bigEndian of [false, true]) {
    Deno.test(`decodeImage() reads TIFF, compression ${compression}, ${bigEndian ? "big" : "little"} endian`, () => {
      for (const [way, fields] of WAYS) {
        const compresses = compression !== "none" && compression !== "packbits";
        for (const kind of KINDS) {
          const { samples = 1, bits = 8, photometric, tags } = kind;
          if (fields.planar && samples === 1) continue;
          if (fields.predictor === 2 && (bits % 8 > 0 || !compresses)) continue;
          const values = seeded(WIDTH * HEIGHT * samples, 2 ** bits);
          const file = tiffFile({
            width: WIDTH,
            height: HEIGHT,
            values,
            samples,
            bits,
            ...(photometric !== undefined && { photometric }),
            ...(tags && { tags }),
            compression,
            bigEndian,
            ...fields,
          });
          const pixels = Array.from({ length: WIDTH * HEIGHT }, (_, i) => i * samples)
            .flatMap((at) => kind.decoded(values.slice(at, at + samples)));
          const image = decodeImage(file, `${kind.name} ${way}`);
          assertEquals([image.width, image.height, image.format], [WIDTH, HEIGHT, "tiff"]);
          assertEquals([image.bitDepth, image.pixels.length], [bits, pixels.length]);
          const found = bits > 8 ? image.wide! : image.pixels;
          assertEquals(found.every((v, i) => v === pixels[i]), true, `${kind.name} ${way}`);
          if (bits > 8) assertEquals(image.pixels, Uint8Array.from(pixels, (v) => v >> 8));
          else assertEquals(image.wide, undefined);
        }
      }
    });
  }
}

Deno.test("decodeImage() reads TIFF samples of other kinds where they are whole numbers", () => {
  const values = seeded(WIDTH * HEIGHT, 300);
  const kinds: Pick<TiffFields, "bits" | "sampleFormat">[] = [
    { bits: 32 },
    { bits: 64 },
    ...[16, 32, 64].map((bits) => ({ bits, sampleFormat: 2 } as const)),
    ...[32, 64].map((bits) => ({ bits, sampleFormat: 3 } as const)),
  ];
  const ways: Partial<TiffFields>[] = [
    {},
    { tile: [16, 32], compression: "deflate" },
    { rowsPerStrip: 5, compression: "lzw", predictor: 2 },
    { rowsPerStrip: 5, compression: "lzw", predictor: 3 },
    { rowsPerStrip: 3, compression: "packbits", bigTiff: true },
  ];
  for (const kind of kinds) {
    for (const way of ways.flatMap((way) => [way, { ...way, bigEndian: true }])) {
      // A predictor adds integers of up to 32 bits, or the bytes of floating-point numbers.
      const isFloat = kind.sampleFormat === 3;
      if (way.predictor === 2 && (kind.bits === 64 || isFloat) || way.predictor === 3 && !isFloat) {
        continue;
      }
      const file = tiffFile({ width: WIDTH, height: HEIGHT, values, ...kind, ...way });
      const image = decodeImage(file, "a.tif");
      assertEquals([image.bitDepth, image.channels], [kind.bits!, 1]);
      assertEquals(image.wide, Uint16Array.from(values), JSON.stringify({ ...kind, ...way }));
    }
  }
  const eightBits = tiffFile({ width: 2, height: 1, values: [0, 127], bits: 8, sampleFormat: 2 });
  assertEquals(decodeImage(eightBits, "a.tif").wide, Uint16Array.of(0, 127));
  const refused: [TiffFields["sampleFormat"], number, number, string][] = [
    [1, 32, 65536, "samples of 32 bits such as 65536"],
    [1, 64, 2 ** 40, "samples of 64 bits such as 1099511627776"],
    [2, 16, -1, "signed samples (16 bits) such as -1"],
    [2, 8, -5, "signed samples (8 bits) such as -5"],
    [3, 32, 0.5, "floating-point samples (32 bits) such as 0.5"],
    [3, 64, NaN, "floating-point samples (64 bits) such as NaN"],
    [3, 32, Infinity, "floating-point samples (32 bits) such as Infinity"],
  ];
  for (const [sampleFormat, bits, value, words] of refused) {
    const file = tiffFile({ width: 2, height: 1, values: [1, value], bits, sampleFormat });
    const { message } = assertThrows(() => decodeImage(file, "a.tif"), InputError, words);
    assert(message.includes("whole numbers from 0 to 65535 alone; save it with"), message);
  }
});

Deno.test("decodeImage() reads LZW of the oldest TIFF files, whose low bits come first", () => {
  const values = seeded(300 * 20, 256);
  const fields = {
    width: 300,
    height: 20,
    values,
    compression: "oldLzw",
    rowsPerStrip: 7,
  } as const;
  assertEquals(decodeImage(tiffFile(fields), "a.tif").pixels, Uint8Array.from(values));
});

Deno.test("decodeImage() reads a palette whose values have 8 bits", () => {
  const colours = seeded(3 * 256, 256);
  const fields = { width: 16, height: 16, values: Array.from({ length: 256 }, (_, i) => i) };
  const file = tiffFile({ ...fields, photometric: 3, tags: [[320, 3, colours]] });
  const expected = fields.values.flatMap((i) => [0, 1, 2].map((k) => colours[256 * k + i]));
  assertEquals(decodeImage(file, "a.tif").pixels, Uint8Array.from(expected));
});

Deno.test("decodeImage() reads a last strip that is packed at full height", () => {
  const whole = seeded(20 * 8, 256);
  const file = tiffFile({
    width: 20,
    height: 8,
    values: whole,
    compression: "deflate",
    rowsPerStrip: 4,
    tags: [[257, 4, [7]]],
  });
  assertEquals(decodeImage(file, "a.tif").pixels, Uint8Array.from(whole.slice(0, 20 * 7)));
});

Deno.test("decodeImage() reads the first page of several, and says that there are more", () => {
  const fields = { width: 2, height: 2, values: [1, 2, 3, 4] };
  const one = decodeImage(tiffFile(fields), "one.tif");
  assertEquals(one.morePages, undefined);
  const several = decodeImage(tiffFile({ ...fields, next: 8 }), "several.tif");
  assertEquals(several, { ...one, morePages: true });
});

Deno.test("decodeImage() takes a file with LZW codes of every length, cleared and full", () => {
  const values = seeded(300 * 200, 256);
  for (const compression of ["lzw", "packbits"] as const) {
    const file = tiffFile({ width: 300, height: 200, values, compression });
    assertEquals(decodeImage(file, "a.tif").pixels, Uint8Array.from(values));
    const flat = tiffFile({ width: 300, height: 200, values: values.map(() => 7), compression });
    assertEquals(new Set(decodeImage(flat, "a.tif").pixels), new Set([7]));
  }
});

Deno.test("decodeImage() refuses kinds of TIFF that are not read, and says which", () => {
  const grey = { width: 2, height: 2, values: [1, 2, 3, 4] };
  const tag = (number: number, ...values: number[]): Partial<TiffFields> => ({
    tags: [[number, 3, values]],
  });
  const cases: [Partial<TiffFields>, string][] = [
    [
      tag(259, 7),
      "a TIFF image with JPEG compression, which Sonoseg does not read; save it without",
    ],
    [tag(259, 2), "fax compression of samples of 8 bits"],
    [tag(259, 4), "fax compression of samples of 8 bits"],
    [tag(259, 50000), "Zstandard compression"],
    [tag(259, 1234), "the unknown kind 1234 of compression"],
    [tag(262, 5), "CMYK colours"],
    [tag(262, 6), "YCbCr colours"],
    [tag(262, 99), "colours of the unknown kind 99"],
    [tag(258, 24), "samples of 24 bits"],
    [tag(258, 128), "samples of 128 bits"],
    [{ bits: 16, ...tag(339, 3) }, "floating-point samples (16 bits)"],
    [{ bits: 64, ...tag(339, 6) }, "complex samples (64 bits)"],
    [{ bits: 4, ...tag(339, 2) }, "signed samples (4 bits)"],
    [{ bits: 32, photometric: 0 }, "0 as white in samples of 32 bits"],
    [{ compression: "lzw", ...tag(317, 3) }, "the predictor 3 for samples of 8 bits"],
    [{ compression: "lzw", ...tag(317, 34892) }, "the predictor 34892"],
    [{ compression: "lzw", bits: 4, predictor: 2 }, "the predictor 2 for samples of 4 bits"],
    [{ compression: "lzw", bits: 12, ...tag(317, 2) }, "the predictor 2 for samples of 12 bits"],
    [tag(277, 9), "9 samples per pixel"],
    [{ photometric: 2 }, "1 samples per pixel for rgb colours"],
    [{ bits: 16, photometric: 3 }, "a palette for samples of 16 bits"],
    [
      { samples: 3, values: Array(12).fill(0), ...tag(258, 8, 8, 16) },
      "samples of different sizes",
    ],
  ];
  for (const [fields, sentence] of cases) {
    const file = tiffFile({ ...grey, ...fields });
    const error = assertThrows(() => decodeImage(file, "scan 7.tif"), InputError, sentence);
    assert(error.message.startsWith("scan 7.tif is a TIFF image with "), error.message);
    assert(error.message.includes("which Sonoseg does not read; save it with"), error.message);
  }
});

Deno.test("decodeImage() refuses damaged TIFF files and names them", () => {
  const grey = { width: 2, height: 2, values: [1, 2, 3, 4] };
  const tag = (...tag: Tag): Partial<TiffFields> => ({ tags: [tag] });
  const higher = { tags: [[257, 4, [3]], [278, 4, [3]]] } satisfies Partial<TiffFields>;
  const cases: [Partial<TiffFields>, string][] = [
    [{ without: [256] }, "is 0 x 2 px"],
    [tag(256, 4, [20000]), "is 20000 x 2 px, more than Sonoseg reads"],
    [tag(273, 4, [900]), "part 1 of 1 of its TIFF data is not whole"],
    [tag(279, 4, [900]), "part 1 of 1 of its TIFF data is not whole"],
    [tag(279, 4, [3]), "part 1 of 1 of its TIFF data is not whole"],
    [{ without: [273] }, "the places of 0 of 1 parts of its TIFF data"],
    [tag(278, 4, [1]), "the places of 1 of 2 parts of its TIFF data"],
    [tag(278, 4, [0]), "its TIFF strips are 2 x 0 px"],
    [{ tile: [16, 16], tags: [[322, 3, [0]]] }, "its TIFF tiles are 0 x 16 px"],
    [tag(257, 11, [2]), "its TIFF tag 257 has values of type 11"],
    [{ photometric: 3 }, "its TIFF palette has 0 values, not 3 for each of 256 colours"],
    [{ compression: "lzw", ...higher }, "its TIFF data for 2 x 3 px cannot be unpacked"],
    [{ compression: "deflate", ...higher }, "its TIFF data for 2 x 3 px cannot be unpacked"],
    [{ compression: "packbits", ...higher }, "its TIFF data for 2 x 3 px cannot be unpacked"],
    ...[2, 3, 4].map((fax): [Partial<TiffFields>, string] => [
      { bits: 1, values: [1, 0, 1, 1], ...tag(259, 3, [fax]) },
      "its TIFF data for 2 x 2 px cannot be unpacked",
    ]),
  ];
  for (const [fields, sentence] of cases) {
    const file = tiffFile({ ...grey, ...fields });
    const error = assertThrows(() => decodeImage(file, "scan 7.tif"), InputError, sentence);
    assert(error.message.startsWith("scan 7.tif "), error.message);
  }
  const file = tiffFile(grey);
  for (let length = 4; length < file.length; length++) {
    // The last four bytes say that no other page follows.
    const read = () => decodeImage(file.subarray(0, length), "cut.tif");
    if (length < file.length - 4) assertThrows(read, InputError, "cut off");
    else assertEquals(read().pixels, Uint8Array.of(1, 2, 3, 4));
  }
});
