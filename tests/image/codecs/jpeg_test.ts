import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { InputError } from "../../../lib/core/errors.ts";
import { decodeImage } from "../../../lib/image/codecs/decode.ts";
import { assertCloseValues } from "../../support/compare.ts";
import { adobe, JFIF, type JpegFields, jpegFile, segment } from "../../support/jpeg.ts";
import { joined } from "../../../lib/core/joined.ts";

const GOLDEN = "tests/golden/preprocess/jpeg_variants";

/** Files that libjpeg wrote. */
const GOLDEN_FILES = [...Deno.readDirSync(GOLDEN)].map(({ name }) => name).sort()
  .map((name) => ({ name, bytes: Deno.readFileSync(`${GOLDEN}/${name}`) }));

const golden = (name: string) => Deno.readFileSync(`${GOLDEN}/${name}`);

const END = Uint8Array.of(0xff, 0xd9);

/** The first pixel of each block of a file of one row of blocks. */
function colours(bytes: Uint8Array): number[][] {
  const { width, channels, pixels } = decodeImage(bytes, "it");
  return Array.from(
    { length: width / 8 },
    (_, x) => [...pixels.subarray(8 * x * channels, (8 * x + 1) * channels)],
  );
}

/** Three components of two blocks: in RGB a red and a blue. */
function twoColours(ids: string, before: Uint8Array[] = []): JpegFields {
  const levels = [[200, 30], [60, 40], [20, 220]];
  const components = levels.map((levels, i) => ({ id: ids.charCodeAt(i), levels }));
  return { width: 16, height: 8, components, before };
}

function sentence(bytes: Uint8Array): string {
  return assertThrows(() => decodeImage(bytes, "a.jpg"), InputError).message;
}

const RGB = [[200, 60, 20], [30, 40, 220]];
/** What these levels are as Y, Cb, Cr (JFIF's formulas, rounded and cut to 0 to 255). */
const YCBCR = [[49, 255, 79], [159, 0, 0]];

Deno.test("colours are RGB or YCbCr as libjpeg decides it", () => {
  const cases: [string, Uint8Array[], number[][]][] = [
    ["\x01\x02\x03", [], YCBCR],
    ["RGB", [], RGB],
    ["RGB", [JFIF], YCBCR],
    ["RGB", [adobe(1)], YCBCR],
    ["\x01\x02\x03", [adobe(0)], RGB],
    ["\x01\x02\x03", [adobe(1)], YCBCR],
    ["\x01\x02\x03", [JFIF, adobe(0)], YCBCR],
    ["\x00\x01\x02", [], YCBCR],
    ["rgb", [], YCBCR],
  ];
  for (const [ids, before, expected] of cases) {
    for (const more of [{}, { apart: true }, { withoutTables: true }, { progressive: true }]) {
      const file = jpegFile({ ...twoColours(ids, before), ...more });
      assertCloseValues(ids, colours(file).flat(), expected.flat(), 1);
    }
  }
});

Deno.test("four components are inks, with and without Adobe's marker", () => {
  const ink = golden("cmyk.jpg");
  const plain = withoutSegments(ink, 0xee);
  assert(plain.length < ink.length);
  assertEquals(decodeImage(plain, "it"), decodeImage(ink, "it"));
  const asYcck = joined([ink.subarray(0, 2), adobe(2), plain.subarray(2)]);
  assertNotEquals(decodeImage(asYcck, "it"), decodeImage(ink, "it"));
});

Deno.test("a frame of a film, without Huffman tables, means the standard ones", () => {
  const whole = golden("baseline_420.jpg");
  const frame = withoutSegments(whole, 0xc4);
  assert(frame.length < whole.length - 400);
  assertEquals(decodeImage(frame, "it"), decodeImage(whole, "it"));
  const message = sentence(withoutSegments(golden("progressive.jpg"), 0xc4));
  assertEquals(
    message,
    "a.jpg is damaged: its JPEG data needs the Huffman table DC 0, which the file does not hold.",
  );
});

Deno.test("flat blocks have exactly their levels, in every kind of file", () => {
  const levels = Array.from({ length: 12 }, (_, i) => 1 + i * 23);
  const grey = { width: 30, height: 23, components: [{ id: 1, levels }] };
  const expected = Uint8Array.from(
    { length: 30 * 23 },
    (_, i) => levels[Math.floor(Math.floor(i / 30) / 8) * 4 + Math.floor(i % 30 / 8)],
  );
  const kinds: Partial<JpegFields>[] = [
    {},
    { progressive: true },
    { progressive: true, passes: 7 },
    { restart: 1 },
    { restart: 5 },
    { restart: 3, progressive: true, passes: 0 },
    { withoutTables: true },
    { components: [{ id: 7, sampling: 0x22, levels }] },
  ];
  for (const kind of kinds) {
    const file = jpegFile({ ...grey, ...kind });
    if (kind.passes === 0) assertMissingScans(file);
    else assertEquals(decodeImage(file, "it").pixels, expected);
  }
});

function assertMissingScans(file: Uint8Array): void {
  assertEquals(
    sentence(file),
    "a.jpg is cut off: its last JPEG scans are missing; copy it again.",
  );
}

Deno.test("what lies around the data does no harm", () => {
  for (const { name, bytes } of GOLDEN_FILES) {
    const { pixels } = decodeImage(bytes, name);
    const end = bytes.length - 2;
    const scan = bytes.findLastIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xda);
    const before = (at: number, ...some: number[]) =>
      joined([bytes.subarray(0, at), Uint8Array.from(some), bytes.subarray(at)]);
    const harmless = [
      joined([bytes, new Uint8Array(517), Uint8Array.of(0xff, 0xd8, 0xff, 0xc4)]),
      joined([bytes, bytes]),
      before(2, 0xff, 0xff, 0xff, 0xff),
      before(2, ...segment(0xfe, [0xff, 0xd8, 0xff, 0xda, 0xff, 0xc0, 0xff, 0xd9])),
      before(2, ...segment(0xe1, bytes)),
      before(scan, 0x11, 0x22, 0xff, 0x00),
      before(end, 0x00, 0x00, 0x12, 0x34),
      before(end, 0xff, 0xff),
      before(end, 0xff, 0x00),
      before(end, 0xff, 0xd0, 0xff, 0xd5),
    ];
    for (const [i, file] of harmless.entries()) {
      assertEquals(decodeImage(file, name).pixels, pixels, `${name}, ${i}`);
    }
  }
});

Deno.test("a cut file is recognised behind any end marker", () => {
  for (const { name, bytes } of GOLDEN_FILES) {
    const step = Math.max(1, Math.floor(bytes.length / 150));
    for (let length = 2; length < bytes.length - 8; length += step) {
      const message = sentence(joined([bytes.subarray(0, length), END]));
      assert(/cut off|damaged/.test(message), `${name} ${length}: ${message}`);
    }
    // The last bytes hold the last blocks. All but the filling of the last byte is needed.
    sentence(joined([bytes.subarray(0, bytes.length - 5), END]));
  }
});

Deno.test("data for fewer rows than the header claims is cut off", () => {
  for (const { name, bytes } of GOLDEN_FILES) {
    const taller = bytes.slice();
    const at = taller.findIndex((byte, i) => byte === 0xff && [0xc0, 0xc2].includes(taller[i + 1]));
    const height = taller[at + 5] << 8 | taller[at + 6];
    taller.set([2000 >> 8, 2000 & 255], at + 5);
    assert(height < 2000);
    const message = sentence(taller);
    assert(message.includes("is cut off: "), `${name}: ${message}`);
    assert(/ends after \d+ % of the image/.test(message), message);
  }
});

Deno.test("each scan must be there, to its last bit", () => {
  const levels = [100, 150, 200, 250];
  const component = (id: number) => ({ id, levels });
  const size = { width: 16, height: 16 };
  const grey = { ...size, components: [component(1)] };
  const colour = { ...size, components: [component(1), component(2), component(3)] };
  assertMissingScans(jpegFile({ ...grey, progressive: true, low: 1 }));
  const apart = jpegFile({ ...colour, apart: true });
  const last = apart.findLastIndex((byte, i) => byte === 0xff && apart[i + 1] === 0xda);
  assertEquals(
    sentence(joined([apart.subarray(0, last), END])),
    "a.jpg is cut off: it has no JPEG data for component 3 of 3; copy it again.",
  );
});

Deno.test("a lost or wrong restart marker is damage", () => {
  const file = jpegFile({
    width: 64,
    height: 8,
    components: [{ id: 1, levels: [9, 99, 9, 99, 9, 99, 9, 99] }],
    restart: 2,
  });
  const second = file.findIndex((byte, i) => byte === 0xff && file[i + 1] === 0xd1);
  const wrong = file.slice();
  wrong[second + 1] = 0xd4;
  const lost = joined([file.subarray(0, second), file.subarray(second + 2)]);
  for (const damaged of [wrong, lost]) {
    assertEquals(
      sentence(damaged),
      "a.jpg is damaged: its JPEG data has lost a restart marker; copy it again.",
    );
  }
});

Deno.test("scans that code the image again and again are refused before they are decoded", () => {
  const levels = Array(64).fill(77);
  const file = (passes: number) =>
    jpegFile({
      width: 64,
      height: 64,
      components: [{ id: 1, levels }],
      progressive: true,
      passes,
    });
  assertEquals(decodeImage(file(99), "it").pixels, new Uint8Array(64 * 64).fill(77));
  for (const passes of [100, 20_000]) {
    assertEquals(
      sentence(file(passes)),
      "a.jpg codes its JPEG data more than 100 times over, so that unpacking would take long; save " +
        "it as an ordinary JPEG, or as PNG.",
    );
  }
});

Deno.test("damaged headers are named", () => {
  const good = jpegFile({ width: 8, height: 8, components: [{ id: 1, levels: [50] }] });
  const at = (marker: number) =>
    good.findIndex((byte, i) => byte === 0xff && good[i + 1] === marker);
  const changed = (marker: number, offset: number, value: number) => {
    const bytes = good.slice();
    bytes[at(marker) + offset] = value;
    return bytes;
  };
  const frame = good.subarray(at(0xc0), at(0xc4));
  const cases: [Uint8Array, string][] = [
    [changed(0xdb, 9, 0), "a quantisation table of its JPEG header is wrong"],
    [changed(0xdb, 4, 0x20), "a quantisation table of its JPEG header is wrong"],
    [changed(0xdb, 4, 3), "needs the quantisation table 0, which the file does not hold"],
    [changed(0xc4, 5, 9), "a Huffman table of its JPEG header is wrong"],
    [changed(0xc0, 11, 0x51), "its JPEG frame header is wrong"],
    [changed(0xda, 5, 9), "the header of a JPEG scan is wrong"],
    [changed(0xda, 6, 0x20), "needs the Huffman table DC 2, which the file does not hold"],
    [joined([good.subarray(0, at(0xda)), END]), "it is a JPEG file without an image"],
    [
      joined([good.subarray(0, at(0xda)), frame, good.subarray(at(0xda))]),
      "two JPEG frame headers",
    ],
    [joined([good.subarray(0, at(0xc0)), good.subarray(at(0xc4))]), "without a frame header"],
  ];
  for (const [bytes, words] of cases) {
    const message = sentence(bytes);
    assert(message.startsWith("a.jpg is damaged: ") && message.includes(words), message);
  }
});

/** The file without the segments of a kind before its first scan. */
function withoutSegments(bytes: Uint8Array, marker: number): Uint8Array {
  const parts = [bytes.subarray(0, 2)];
  let at = 2;
  while (bytes[at + 1] !== 0xda) {
    const end = at + 2 + (bytes[at + 2] << 8 | bytes[at + 3]);
    if (bytes[at + 1] !== marker) parts.push(bytes.subarray(at, end));
    at = end;
  }
  return joined([...parts, bytes.subarray(at)]);
}
