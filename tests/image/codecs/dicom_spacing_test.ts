/** The sizes of pixels that DICOM files tell. */
import { assertEquals } from "@std/assert";
import { decodeGrey } from "../../../lib/image/codecs/decode.ts";
import { type DicomSpacing, readDicomSpacings } from "../../../lib/image/codecs/dicom_spacing.ts";
import { type DicomField, dicomFile } from "../../support/dicom.ts";

const spacings = (fields: readonly DicomField[], syntax = "1.2.1") =>
  readDicomSpacings(
    dicomFile({ width: 2, height: 2, pixels: new Uint8Array(4), fields, syntax }),
    "a.dcm",
  );

/** A region; by default tissue in centimetres, 0.01 cm a pixel across and 0.02 cm down. */
function region(
  { format = 1, type = 1, units = [3, 3], deltas = [0.01, 0.02], box = [10, 20, 110, 220] } = {},
): DicomField[] {
  return [
    [0x00186012, "US", [format]],
    [0x00186014, "US", [type]],
    ...box.map((edge, i) => [0x00186018 + 2 * i, "UL", [edge]] as const),
    [0x00186024, "US", [units[0]]],
    [0x00186026, "US", [units[1]]],
    [0x0018602c, "FD", [deltas[0]]],
    [0x0018602e, "FD", [deltas[1]]],
  ];
}

const sequence = (...items: DicomField[][]): DicomField => [0x00186011, "SQ", items];
const BOX = { left: 10, top: 20, right: 110, bottom: 220 };
const REGION: DicomSpacing = {
  x: 0.1,
  y: 0.2,
  source: "SequenceOfUltrasoundRegions",
  region: BOX,
};

Deno.test("each region of tissue tells its size of pixels, along x and along y", () => {
  const second = region({ deltas: [-0.03, 0.05], box: [200, 0, 300, 99] });
  for (const syntax of ["1.2", "1.2.1", "1.2.2", "1.2.1.99"]) {
    assertEquals(spacings([sequence(region(), second)], syntax), [
      REGION,
      {
        x: 0.3,
        y: 0.5,
        source: "SequenceOfUltrasoundRegions",
        region: { left: 200, top: 0, right: 300, bottom: 99 },
      },
    ]);
  }
});

Deno.test("regions of Doppler and M-mode, and those without a size, tell none", () => {
  const none = [
    region({ format: 3 }),
    region({ type: 3 }),
    region({ units: [4, 3] }),
    region({ units: [3, 7] }),
    region({ deltas: [0, 0.02] }),
    region({ deltas: [0.01, NaN] }),
    region({ box: [10, 20, 9, 220] }),
    region().slice(0, -1),
    [],
  ];
  assertEquals(spacings([sequence(...none, region())]), [REGION]);
  assertEquals(spacings([]), []);
});

Deno.test("PixelSpacing, then ImagerPixelSpacing follow; both have y first", () => {
  const fields: DicomField[] = [
    [0x00280030, "DS", "0.4\\0.3"],
    [0x00181164, "DS", "0.6\\0.5 "],
  ];
  assertEquals(spacings([...fields, sequence(region())]), [
    REGION,
    { x: 0.3, y: 0.4, source: "PixelSpacing" },
    { x: 0.5, y: 0.6, source: "ImagerPixelSpacing" },
  ]);
  for (const text of ["0.4", "0.4\\x", "0\\0.3", "-1\\0.3", "1e999\\1"]) {
    assertEquals(spacings([[0x00280030, "DS", text]]), []);
  }
});

Deno.test("an image has the size of pixels in which the regions of its surest source agree", () => {
  const spacingOf = (...fields: DicomField[]) =>
    decodeGrey(dicomFile({ width: 2, height: 2, pixels: new Uint8Array(4), fields }), "a").spacing;
  const doppler = region({ format: 3, units: [4, 7], deltas: [0.005, 20] });
  const other: DicomField = [0x00280030, "DS", "0.4\\0.3"];
  const same = region({ box: [200, 0, 300, 99] });
  assertEquals(spacingOf(sequence(region(), doppler, same), other), { x: 0.1, y: 0.2 });
  assertEquals(spacingOf(sequence(region({ deltas: [0.0085, -0.0085] }))), { x: 0.085, y: 0.085 });
  assertEquals(spacingOf(sequence(region(), region({ deltas: [0.02, 0.02] })), other), undefined);
  assertEquals(spacingOf(sequence(doppler), other), { x: 0.3, y: 0.4 });
  assertEquals(spacingOf(sequence(doppler)), undefined);
  assertEquals(spacingOf(), undefined);
});
