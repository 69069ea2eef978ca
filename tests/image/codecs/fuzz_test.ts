/** Damaged images. @module */
import { crc32 } from "node:zlib";
import { InputError } from "../../../lib/core/errors.ts";
import { readImageHeader } from "../../../lib/image/codecs/codecs.ts";
import { decodeImage } from "../../../lib/image/codecs/decode.ts";
import { readDicomSpacings } from "../../../lib/image/codecs/dicom_spacing.ts";
import { orientationOf } from "../../../lib/image/codecs/exif.ts";
import { encodeGreyJpeg } from "../../../lib/image/codecs/jpeg_encode.ts";
import { readJpegFile } from "../../../lib/image/codecs/jpeg_file.ts";
import { checkScans } from "../../../lib/image/codecs/jpeg_scans.js";
import { bmpFile } from "../../support/bmp.ts";

import { type DicomFile, dicomFile, losslessJpeg, rleData } from "../../support/dicom.ts";
import { testTarget } from "../../support/fuzz.ts";
import { goldenDicoms } from "../../support/golden_dicoms.ts";
import { goldenFormats } from "../../support/golden_formats.ts";
import { seeded } from "../../support/seeded.ts";
import { exifBlock, tiffFile } from "../../support/tiff.ts";

const GOLDEN = "tests/golden/preprocess";

function filesIn(folder: string): Uint8Array[] {
  return [...Deno.readDirSync(`${GOLDEN}/${folder}`)].map(({ name }) => name).sort()
    .map((name) => Deno.readFileSync(`${GOLDEN}/${folder}/${name}`));
}

const golden = (ending: string) => goldenFormats(ending).map(({ bytes }) => bytes);

/** TIFF files of the kinds that Pillow does not write: tiles, planes, BigTIFF, big endian. */
function ownTiffs(): Uint8Array[] {
  const fields = { width: 33, height: 17, samples: 3, values: seeded(33 * 17 * 3, 256) };
  return [
    tiffFile({ ...fields, tile: [16, 16], compression: "lzw" }),
    tiffFile({
      ...fields,
      planar: true,
      rowsPerStrip: 5,
      bigEndian: true,
      compression: "packbits",
    }),
    tiffFile({ ...fields, bigTiff: true, rowsPerStrip: 4, compression: "deflate", predictor: 2 }),
    tiffFile({ ...fields, tags: [[274, 3, [6]]], bigTiff: true, bigEndian: true, next: 8 }),
    tiffFile({ ...fields, bits: 12, bigEndian: true, compression: "lzw" }),
    tiffFile({ ...fields, bits: 64, sampleFormat: 2, tile: [16, 16], compression: "deflate" }),
  ];
}

/** Two BMP files packed with run lengths. */
function packedBmps(): Uint8Array[] {
  const palette = Uint8Array.from({ length: 48 }, (_, i) => 5 * i);
  const rows = Uint8Array.of(3, 1, 0, 3, 2, 3, 4, 0, 0, 0, 2, 7, 0, 2, 1, 1, 2, 5, 0, 0, 0, 1);
  return [1, 2].map((compression) =>
    bmpFile({ width: 6, height: 4, bits: compression === 1 ? 8 : 4, rows, palette, compression })
  );
}

/** DICOM files of the packings that are read by own code, and JPEG. */
function ownDicoms(): Uint8Array[] {
  const width = 16, height = 12;
  const values = seeded(width * height, 256);
  const grey = Uint8Array.from(values);
  const file = (fields: Partial<DicomFile>) =>
    dicomFile({ width, height, pixels: grey, marks: true, ...fields });
  const region = [[0x00186012, "US", [1]], [0x0018602c, "FD", [0.01]]] as const;
  const palette = [0, 1, 2].flatMap((k) => [
    [0x00281101 + k, "US", [256, 0, 8]] as const,
    [0x00281201 + k, "OW", Uint8Array.from({ length: 256 }, (_, i) => i)] as const,
  ]);
  const lossless = losslessJpeg({ width, height, values, bits: 8, predictor: 4 });
  return [
    file({ fields: [[0x00186011, "SQ", [region, region]]] }),
    file({ syntax: "1.2", fields: [[0x00281050, "DS", "99"], [0x00281051, "DS", "70"]] }),
    file({ syntax: "1.2.1.99", photometric: "PALETTE COLOR", fields: palette }),
    file({ syntax: "1.2.2", allocated: 16, stored: 12, width: 8 }),
    file({ syntax: "1.2.5", pixels: [rleData([grey])] }),
    file({ syntax: "1.2.4.70", pixels: [lossless] }),
    file({ syntax: "1.2.4.50", pixels: [encodeGreyJpeg({ width, height, pixels: grey }, 80)] }),
  ];
}

const dicoms = ownDicoms();
const packedDicoms = goldenDicoms().map(({ bytes }) => bytes);
const tiffs = [...golden(".tif"), ...ownTiffs()];
const bmps = [...golden(".bmp"), ...packedBmps()];
const gifs = golden(".gif");
const webps = golden(".webp");
const pngs = filesIn("png_variants");
const jpegs = filesIn("jpeg_variants");

/** A PNG file with the right checksum in each chunk, so that the damage gets past them. */
function withChecksums(bytes: Uint8Array): Uint8Array {
  const repaired = bytes.slice();
  const view = new DataView(repaired.buffer);
  for (let at = 8; at + 12 <= repaired.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > repaired.length) break;
    view.setUint32(end, crc32(repaired.subarray(at + 4, end)));
    at = end + 4;
  }
  return repaired;
}

/**
 * What the pixels of an image may take that the header check lets through: four bytes each, and a
 * few copies.
 */
function pixelBytes(bytes: Uint8Array): number {
  try {
    const { width, height } = readImageHeader(bytes, "it");
    return 16 * width * height;
  } catch (error) {
    if (error instanceof InputError) return 0;
    throw error;
  }
}

const decode = (bytes: Uint8Array) => void decodeImage(bytes, "it");
const ONE_OF = 50;

testTarget({
  name: "readImageHeader()",
  seeds: [...pngs, ...jpegs, ...tiffs, ...bmps, ...gifs, ...webps, ...dicoms],
  read: (bytes) => void readImageHeader(bytes, "it"),
});
testTarget({
  name: "readImageHeader() of headers alone, with right checksums",
  seeds: [...pngs, ...jpegs].map((bytes) => bytes.slice(0, bytes[0] === 0x89 ? 45 : 700)),
  repair: withChecksums,
  read: (bytes) => void readImageHeader(bytes, "it"),
});
testTarget({
  name: "readJpegFile() and checkScans()",
  seeds: jpegs,
  allows: pixelBytes,
  read(bytes) {
    readImageHeader(bytes, "it");
    const { data, scans } = readJpegFile(bytes, "it");
    const missing = checkScans(data, scans);
    if (missing !== undefined) throw new InputError(missing);
  },
});
testTarget({
  name: "decodeImage() of PNG files",
  seeds: pngs,
  oneOf: ONE_OF,
  allows: pixelBytes,
  read: decode,
});
testTarget({
  name: "decodeImage() of PNG files with right checksums",
  seeds: pngs,
  oneOf: ONE_OF,
  repair: withChecksums,
  allows: pixelBytes,
  read: decode,
});
testTarget({
  name: "decodeImage() of JPEG files",
  seeds: jpegs,
  oneOf: ONE_OF,
  allows: pixelBytes,
  read: decode,
});
for (
  const [format, seeds] of [
    ["TIFF", tiffs],
    ["BMP", bmps],
    ["GIF", gifs],
    ["WebP", webps],
    ["DICOM", dicoms],
  ] as const
) {
  testTarget({
    name: `decodeImage() of ${format} files`,
    seeds,
    allows: pixelBytes,
    read: decode,
  });
}
testTarget({
  name: "readDicomSpacings()",
  seeds: dicoms,
  read: (bytes) => void readDicomSpacings(bytes, "it"),
});
testTarget({
  name: "decodeImage() of JPEG-LS and JPEG 2000 in DICOM",
  seeds: packedDicoms,
  oneOf: ONE_OF,
  allows: pixelBytes,
  read: decode,
});
testTarget({
  name: "orientationOf()",
  seeds: [exifBlock(6), exifBlock(8, true), ...tiffs],
  read: (bytes) => void orientationOf(bytes),
  takesAll: true,
});
testTarget({
  name: "decodeImage() of mixed files",
  seeds: [...jpegs, ...pngs, ...tiffs, ...bmps, ...gifs, ...webps],
  oneOf: ONE_OF,
  allows: pixelBytes,
  read: decode,
});
