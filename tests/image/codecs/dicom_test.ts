/** DICOM files as a writer of our own makes them: pixels, refusals, and what no message tells. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { decodeGrey, decodeImage } from "../../../lib/image/codecs/decode.ts";
import { PIXEL_DATA } from "../../../lib/image/codecs/dicom_elements.ts";
import { readDicomHeader } from "../../../lib/image/codecs/dicom_header.ts";
import { encodeGreyJpeg } from "../../../lib/image/codecs/jpeg_encode.ts";
import {
  type DicomField,
  type DicomFile,
  dicomFile,
  losslessJpeg,
  rleData,
  SECRET,
} from "../../support/dicom.ts";
import { goldenDicoms } from "../../support/golden_dicoms.ts";
import { seeded } from "../../support/seeded.ts";

const WIDTH = 13, HEIGHT = 7;
const size = { width: WIDTH, height: HEIGHT };
const GREY = Uint8Array.from(seeded(WIDTH * HEIGHT, 256));
const RGB = Uint8Array.from(seeded(3 * WIDTH * HEIGHT, 256));

const decoded = (file: Partial<DicomFile>) =>
  decodeImage(dicomFile({ ...size, pixels: GREY, ...file }), "a.dcm");
const pixelsOf = (file: Partial<DicomFile>) => decoded(file).pixels;
const refusal = (file: Partial<DicomFile>) => assertThrows(() => decoded(file), InputError).message;

/** Two bytes of each number. */
function words(numbers: readonly number[], little = true): Uint8Array {
  const bytes = new Uint8Array(2 * numbers.length);
  const view = new DataView(bytes.buffer);
  for (const [i, number] of numbers.entries()) view.setUint16(2 * i, number & 0xffff, little);
  return bytes;
}

/** Every sample of one channel, and so on. */
function planes(values: Uint8Array, channels: number): Uint8Array[] {
  return Array.from(
    { length: channels },
    (_, k) => values.filter((_, i) => i % channels === k),
  );
}

const joinedPlanes = (parts: readonly Uint8Array[]) =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

Deno.test("8-bit grey is read in every transfer syntax of pixels that are not packed", () => {
  for (const syntax of ["1.2", "1.2.1", "1.2.1.99", "1.2.2"]) {
    const { pixels, ...facts } = decoded({ syntax });
    assertEquals(pixels, GREY, syntax);
    assertEquals(facts, { ...size, channels: 1, bitDepth: 8, format: "dicom" });
  }
  assertEquals(pixelsOf({ syntax: "1.2.1.98", pixels: [GREY] }), GREY);
  assertEquals(
    pixelsOf({ photometric: "MONOCHROME1", pixels: GREY.map((value) => 255 - value) }),
    GREY,
  );
  // In words of 16 bits, big endian has the second of two pixels first.
  const swapped = Uint8Array.from([...GREY, 0], (_, i) => [...GREY, 0][i ^ 1]);
  assertEquals(pixelsOf({ syntax: "1.2.2", pixelType: "OW", pixels: swapped }), GREY);
});

Deno.test("colours are read by pixel and by plane, as RGB and as YBR", () => {
  const rgb = { samples: 3, photometric: "RGB" };
  assertEquals(pixelsOf({ ...rgb, pixels: RGB }), RGB);
  const apart = planes(RGB, 3);
  assertEquals(pixelsOf({ ...rgb, planar: 1, pixels: joinedPlanes(apart) }), RGB);
  assertEquals(pixelsOf({ ...rgb, syntax: "1.2.5", pixels: [rleData(apart)] }), RGB);
  // Grey, the strongest red and blue, black.
  const ybr = Uint8Array.of(77, 128, 128, 76, 85, 255, 29, 255, 107, 0, 128, 128);
  const shown = Uint8Array.of(77, 77, 77, 254, 0, 0, 0, 0, 254, 0, 0, 0);
  const four = { width: 4, height: 1, samples: 3 };
  assertEquals(pixelsOf({ ...four, photometric: "YBR_FULL", pixels: ybr }), shown);
  const halves = Uint8Array.of(77, 76, 128, 128, 0, 255, 128, 128);
  const greys = [77, 76, 0, 255].flatMap((y) => [y, y, y]);
  assertEquals(
    pixelsOf({ ...four, photometric: "YBR_FULL_422", pixels: halves }),
    Uint8Array.from(greys),
  );
  const partial = Uint8Array.of(16, 235, 128, 128, 16, 16, 128, 128);
  assertEquals(
    pixelsOf({ ...four, photometric: "YBR_PARTIAL_422", pixels: partial }),
    Uint8Array.of(0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0),
  );
  // The grey of colours is that of any other format.
  const grey = decodeGrey(
    dicomFile({ width: 1, height: 1, ...rgb, pixels: Uint8Array.of(255, 0, 0) }),
    "a",
  );
  assertEquals(grey.pixels, Uint8Array.of(76));
});

Deno.test("RLE is read with 8 and with 16 bits", () => {
  assertEquals(pixelsOf({ syntax: "1.2.5", pixels: [rleData([GREY])] }), GREY);
  const data = rleData([GREY, GREY.map((value) => 255 - value)]);
  const deep = {
    syntax: "1.2.5",
    allocated: 16,
    pixels: [data.subarray(0, 70), data.subarray(70)],
  };
  const { wide, pixels } = decoded(deep);
  assertEquals(pixels, GREY);
  assertEquals(wide, Uint16Array.from(GREY, (value) => value << 8 | 255 - value));
});

Deno.test("JPEG baseline is read, in one fragment or in several", () => {
  const flat = new Uint8Array(64).fill(100);
  const jpeg = encodeGreyJpeg({ width: 8, height: 8, pixels: flat }, 100);
  const file = { width: 8, height: 8, syntax: "1.2.4.50" };
  assertEquals(pixelsOf({ ...file, pixels: [jpeg] }), flat);
  assertEquals(pixelsOf({ ...file, pixels: [jpeg.slice(0, 100), jpeg.slice(100)] }), flat);
  assertStringIncludes(
    refusal({ ...file, height: 9, pixels: [jpeg] }),
    "its header says 8 x 9 px of 1 samples, its packed pixels are 8 x 8 px of 1",
  );
});

Deno.test("lossless JPEG is read with every predictor, shift, depth and restart", () => {
  for (let predictor = 1; predictor <= 7; predictor++) {
    for (const [bits, restart, shift] of [[8, 0, 0], [8, 2 * WIDTH, 0], [8, 0, 2], [16, 0, 0]]) {
      const values = seeded(WIDTH * HEIGHT, 2 ** bits).map((value) => value >> shift << shift);
      const jpeg = losslessJpeg({ ...size, values, bits, predictor, restart, shift });
      const file = { syntax: "1.2.4.57", allocated: bits, pixels: [jpeg] };
      const { pixels, wide } = decoded(file);
      assertEquals([...(wide ?? pixels)], values, `${predictor} ${bits} ${restart} ${shift}`);
    }
  }
  const jpeg = losslessJpeg({ ...size, values: [...RGB], bits: 8, predictor: 1, components: 3 });
  const rgb = { samples: 3, photometric: "RGB", syntax: "1.2.4.70" };
  assertEquals(pixelsOf({ ...rgb, pixels: [jpeg] }), RGB);
  assertStringIncludes(
    refusal({ ...rgb, pixels: [Uint8Array.of(...jpeg.slice(0, 200), 0xff, 0xd9)] }),
    "a.dcm is cut off: its lossless JPEG data",
  );
});

Deno.test("JPEG-LS and JPEG 2000 are read, by pixel, row and plane, in up to 16 bits", () => {
  for (const { name, bytes, shown } of goldenDicoms()) {
    assertEquals(decodeImage(bytes, name).pixels, shown, name);
  }
});

Deno.test("JPEG-LS and JPEG 2000 that end early are refused wherever they are cut", () => {
  for (const [name, syntax] of [["mono2_jls", "1.2.4.80"], ["mono2_j2k", "1.2.4.90"]]) {
    const { bytes } = goldenDicoms().find((file) => file.name === name)!;
    const { elements, width, height } = readDicomHeader(bytes, name);
    const [, code] = elements.fragments(elements.get(PIXEL_DATA)!.at, 2);
    const file = { syntax, width, height };
    assert(pixelsOf({ ...file, pixels: [code] }).length > 0);
    for (let cut = 0; cut < code.length - 4; cut += 31) {
      // An end of image behind the cut makes it look whole.
      for (const end of [[], [0xff, 0xd9]]) {
        const message = refusal({
          ...file,
          pixels: [Uint8Array.of(...code.slice(0, cut), ...end)],
        });
        assert(/damaged|cut off/.test(message), message);
      }
    }
  }
});

Deno.test("bits in use, their place and their sign are obeyed", () => {
  const deep = { allocated: 16, stored: 12 };
  const codes = [0, 15, 16, 2048, 4095];
  const five = { width: 5, height: 1 };
  const shown = Uint8Array.of(0, 0, 1, 128, 255);
  assertEquals(pixelsOf({ ...five, ...deep, pixels: words(codes) }), shown);
  assertEquals(
    pixelsOf({ ...five, ...deep, syntax: "1.2.2", pixels: words(codes, false) }),
    shown,
  );
  // Overlays lie in bits that are not in use.
  const noisy = codes.map((code) => code | 0xa000);
  assertEquals(pixelsOf({ ...five, ...deep, pixels: words(noisy) }), shown);
  const high = codes.map((code) => code << 4 | 9);
  assertEquals(pixelsOf({ ...five, ...deep, highBit: 15, pixels: words(high) }), shown);
  const signed = codes.map((code) => code - 2048 & 0xfff);
  assertEquals(pixelsOf({ ...five, ...deep, signed: 1, pixels: words(signed) }), shown);
  assertEquals(
    pixelsOf({ ...five, stored: 2, pixels: Uint8Array.of(0, 1, 2, 3, 7) }),
    Uint8Array.of(0, 85, 170, 255, 255),
  );
  // Of 16 bits nobody knows how many are used.
  const all = decoded({ ...five, allocated: 16, pixels: words(codes) });
  assertEquals([...all.wide!], codes);
  assertEquals(
    decodeGrey(dicomFile({ ...five, allocated: 16, pixels: words(codes) }), "a").pixels,
    shown,
  );
});

Deno.test("rescale, window and tables say what is shown", () => {
  const five = { width: 5, height: 1, pixels: Uint8Array.of(0, 50, 100, 150, 200) };
  const shown = (...fields: DicomField[]) => [...pixelsOf({ ...five, fields })];
  const window: DicomField[] = [[0x00281050, "DS", "100\\5"], [0x00281051, "DS", "101\\7"]];
  assertEquals(shown(...window), [0, 1, 129, 255, 255]);
  assertEquals(shown([0x00281050, "DS", "128"], [0x00281051, "DS", "256"]), [0, 50, 100, 150, 200]);
  assertEquals(shown(...window, [0x00281056, "CS", "LINEAR_EXACT"]), [0, 1, 128, 254, 255]);
  assertEquals(shown(...window, [0x00281056, "CS", "SIGMOID"]), [5, 31, 128, 224, 250]);
  const rescale: DicomField[] = [[0x00281052, "DS", "-100"], [0x00281053, "DS", "2"]];
  assertEquals(shown(...window, ...rescale), [0, 0, 129, 255, 255]);
  assertEquals(shown(...rescale), [0, 50, 100, 150, 200]);
  assertEquals(shown([0x00281053, "DS", "-1"], [0x00281052, "DS", "0"]), [255, 205, 155, 105, 55]);
  assertEquals(shown([0x00280120, "US", [150]]), [0, 50, 100, 0, 200]);
  assertEquals(shown([0x00280120, "US", [150]], [0x00280121, "US", [100]]), [0, 50, 0, 0, 200]);
  const table: DicomField[] = [
    [0x00283002, "US", [3, 50, 16]],
    [0x00283006, "OW", words([65535, 0, 32768])],
  ];
  assertEquals(shown([0x00283010, "SQ", [table]]), [255, 255, 128, 128, 128]);
  assertEquals(shown([0x00283000, "SQ", [table]]), [255, 255, 128, 128, 128]);
  // A window of no width, or of no number, is none.
  assertEquals(
    shown([0x00281050, "DS", "100"], [0x00281051, "DS", "0"]),
    [0, 50, 100, 150, 200],
  );
});

Deno.test("palettes become RGB", () => {
  const levels = Array.from({ length: 256 }, (_, i) => i);
  const palette = (bits: number, write: (values: number[]) => Uint8Array): DicomField[] =>
    [levels, levels.map((level) => 255 - level), levels.map(() => 7)].flatMap((values, k) => [
      [0x00281101 + k, "US", [256, 0, bits]] as const,
      [0x00281201 + k, "OW", write(values)] as const,
    ]);
  const shown = Uint8Array.from([...GREY].flatMap((value) => [value, 255 - value, 7]));
  const photometric = "PALETTE COLOR";
  for (
    const [bits, write] of [
      [16, (values: number[]) => words(values.map((value) => 257 * value))],
      [16, (values: number[]) => words(values)],
      [8, (values: number[]) => Uint8Array.from(values)],
    ] as const
  ) assertEquals(pixelsOf({ photometric, fields: palette(bits, write) }), shown);
  assertStringIncludes(refusal({ photometric }), "palette is missing or segmented");
  const short = palette(8, (values) => Uint8Array.from(values.slice(0, 100)));
  assertStringIncludes(refusal({ photometric, fields: short }), "a DICOM table");
});

Deno.test("nested data sets are passed over, whatever their form", () => {
  const nested: DicomField = [0x00081140, "SQ", [
    [[0x00080016, "UI", "1.2"], [0x00200000, "SQ", [[[0x00280010, "US", [1]]]]]],
    [],
  ]];
  for (const syntax of ["1.2", "1.2.1", "1.2.2"]) {
    for (const marks of [false, true]) {
      assertEquals(pixelsOf({ syntax, marks, fields: [nested] }), GREY);
    }
  }
});

Deno.test("what cannot be read is named, with what to do", () => {
  for (
    const [syntax, ...parts] of [
      ["1.2.4.102", "MPEG-4 AVC/H.264 High Profile", "save its frames"],
      ["1.2.4.107", "HEVC/H.265 Main Profile", "save its frames"],
      ["1.2.4.201", "High-Throughput JPEG 2000 Lossless", "gdcmconv -w"],
      ["1.2.4.110", "JPEG XL Lossless", "dcmdjpeg"],
      ["1.2.4.9999", "another kind (1.2.840.10008.1.2.4.9999)", "dcmdjpeg"],
    ]
  ) {
    const message = refusal({ syntax, pixels: [GREY] });
    for (const part of ["a.dcm is a DICOM file whose pixels are packed as", ...parts]) {
      assertStringIncludes(message, part);
    }
  }
  for (
    const [sopClass, what] of [
      ["88.33", "a Structured Report"],
      ["104.1", "an Encapsulated PDF"],
      ["11.1", "a Presentation State"],
    ]
  ) {
    assertStringIncludes(
      refusal({ sopClass: `1.2.840.10008.5.1.4.1.1.${sopClass}`, without: [0x7fe00010] }),
      `it holds ${what}`,
    );
  }
  for (
    const [file, part] of [
      [{ without: [0x7fe00010] }, "without pixels (SOP class 1.2.840.10008.5.1.4.1.1.6.1)"],
      [{ without: [0x00020010] }, "does not say the transfer syntax"],
      [{ without: [0x00280010] }, "does not say the rows"],
      [{ fields: [[0x00280008, "IS", "12"]] }, "with 12 frames"],
      [{ allocated: 32 }, "samples of 32 bits"],
      [{ allocated: 1, stored: 1 }, "samples of 1 bits"],
      [{ stored: 9 }, "samples of 8 bits use 9 bits"],
      [{ photometric: "CMYK" }, "CMYK colours"],
      [{ photometric: "RGB" }, "1 samples per pixel for RGB colours"],
      [{ width: 20000 }, "20000 x 7 px, more than Sonoseg reads"],
      [{ pixels: GREY.subarray(0, 50) }, "a.dcm is cut off: it has 50 of the 91 bytes"],
      [{ syntax: "1.2.5", pixels: [GREY.subarray(0, 50)] }, "its RLE data is cut off"],
      [{ syntax: "1.2.5", pixels: [rleData([GREY, GREY])] }, "has 2 segments, not 1"],
      [{ syntax: "1.2.4.50", pixels: [GREY] }, "do not begin as JPEG does"],
      [{ syntax: "1.2.4.70", pixels: [GREY] }, "the first marker is missing"],
      [{ syntax: "1.2.4.80", pixels: [GREY] }, "header of its JPEG-LS data is wrong"],
      [{ syntax: "1.2.4.90", pixels: [GREY] }, "header of its JPEG 2000 data is wrong"],
      [{ syntax: "1.2.4.90", pixels: [] }, "it has no packed pixels"],
    ] as [Partial<DicomFile>, string][]
  ) assertStringIncludes(refusal(file), part);
});

Deno.test("no message tells whose image it is", () => {
  const whole = dicomFile({ ...size, pixels: GREY });
  const text = new TextDecoder("latin1");
  assertStringIncludes(text.decode(whole), SECRET);
  const messages = new Set<string>();
  // The last byte is filling.
  for (let cut = 132; cut < whole.length - 1; cut++) {
    messages.add(assertThrows(() => decodeImage(whole.slice(0, cut), "a"), InputError).message);
  }
  // Every element in turn holds the name.
  for (const tag of [0x00080016, 0x00280004, 0x00280008, 0x00281050]) {
    try {
      decoded({ fields: [[tag, "LO", SECRET]] });
    } catch (error) {
      assert(error instanceof InputError);
      messages.add(error.message);
    }
  }
  messages.add(refusal({ syntax: SECRET }));
  assert(messages.size > 4);
  for (const message of messages) assert(!message.includes("Secret"), message);
});
