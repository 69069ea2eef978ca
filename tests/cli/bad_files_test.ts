import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeGrey, encodeRgb } from "../../lib/image/codecs/encode.ts";
import { pngData, pngFile } from "../support/png.ts";
import { run } from "../support/program.ts";
import { filesOf, writeSmallData } from "../support/small_data.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const SIDE = 64;
const OPTIONS = ["--size", "32", "--base-channels", "2", "--epochs", "1", "--name", "a"];
const text = (words: string) => new TextEncoder().encode(words);

/** What becomes of a good file, and what must be said of it. */
type Damage = readonly [
  damaged: (good: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBufferLike>,
  words: string,
];

const TRUNCATED: Damage = [
  (good) => good.slice(0, good.length >> 1),
  "is cut off: the file ends after",
];

const UNREADABLE: Record<string, Damage> = {
  truncated: TRUNCATED,
  corrupt: [
    (good) => good.map((byte, at) => (at === good.length >> 1 ? byte ^ 8 : byte)),
    "is damaged: the checksum",
  ],
  empty: [() => new Uint8Array(0), "seems to be an empty file"],
  "zero-sized": [
    () => pngFile({ width: 0, height: SIDE }, pngData(new Uint8Array(0))),
    "is 0 x 64 px",
  ],
  "too large": [
    () => pngFile({ width: 20000, height: 20000 }, pngData(new Uint8Array(20001))),
    "is 20000 x 20000 px, more than Sonoseg reads",
  ],
  "a text": [() => text("no picture"), "seems to be text"],
  "another format": [() => text("%PDF-1.7\n"), "seems to be a PDF"],
  "half a JPEG header": [
    () => new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16]),
    "cut off inside its JPEG header",
  ],
};

const NO_MASKS: Record<string, Damage> = {
  truncated: TRUNCATED,
  "a colour map": [
    () => encodeRgb(new Uint8Array(3 * SIDE ** 2).map((_, i) => i % 5 * 60), SIDE, SIDE),
    "looks like a colour map",
  ],
  "a label map": [
    () => mask((row) => row >> 4),
    "looks like a label map (grey levels 0 (25.0 %), 1 (25.0 %), 2",
  ],
  "of one grey level": [() => mask(() => 7), "has the grey level 7 everywhere"],
};

for (
  const [file, damages] of [["", UNREADABLE], ["_mask", NO_MASKS]] as const
) {
  const path = `benign/benign (1)${file}.png`;
  for (const [what, [damaged, words]] of Object.entries(damages)) {
    Deno.test(`train names ${file === "" ? "an image" : "a mask"} that is ${what}, and writes nothing`, () =>
      inTemporaryFolder(async (data) => {
        writeSmallData(data, 6);
        Deno.writeFileSync(`${data}/${path}`, damaged(Deno.readFileSync(`${data}/${path}`)));
        const before = filesOf(data);
        const { code, stdout, stderr } = await run("train", data, ...OPTIONS);
        assertEquals([code, stdout], [2, ""], stderr);
        assert(
          stderr.startsWith(`error: ${path} `) && stderr.trim().split("\n").length === 1,
          stderr,
        );
        assertStringIncludes(stderr, words);
        assertEquals(filesOf(data), before);
      }));
  }
}

Deno.test("train scales masks of 0 and 1 or two other levels, keeps soft edges, and says both", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    Deno.writeFileSync(`${data}/benign/benign (1)_mask.png`, mask((row) => Number(row > 40)));
    Deno.writeFileSync(`${data}/benign/benign (2)_mask.png`, mask((row) => row > 40 ? 77 : 3));
    const soft = (row: number) => Math.max(0, Math.min(255, (row - 40) * 64));
    Deno.writeFileSync(`${data}/benign/benign (3)_mask.png`, mask(soft));
    const { code, stdout, stderr } = await run("train", data, ...OPTIONS);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(
      stdout,
      "note: 2 masks of two other levels or colours taken as black and white",
    );
    for (const name of ["benign/benign (1)_mask.png", "benign/benign (2)_mask.png"]) {
      assertStringIncludes(stdout, name);
    }
    const [, softEdged] = /soft edges +(\d+) mask/.exec(stdout)!;
    assert(Number(softEdged) >= 1, stdout);
  }));

Deno.test("train reads JPEG, 16 bits, colours and other sizes side by side, in nested folders", () =>
  inTemporaryFolder(async (data) => {
    writeSmallData(data, 6);
    const jpeg = "tests/golden/preprocess/jpeg_variants/baseline_420.jpg";
    const folder = `${data}/more/deep er/a, b`;
    Deno.mkdirSync(folder, { recursive: true });
    Deno.copyFileSync(jpeg, `${folder}/Photo.JPG`);
    Deno.writeFileSync(`${folder}/Photo_mask.png`, mask((row) => row > 30 ? 255 : 0));
    const sixteen = pngFile(
      { width: 40, height: 30, bitDepth: 16 },
      pngData(Uint8Array.from({ length: 30 * 81 }, (_, at) => (at % 81 === 0 ? 0 : at & 255))),
    );
    Deno.writeFileSync(`${folder}/deep.png`, sixteen);
    Deno.writeFileSync(`${folder}/deep_mask.png`, mask(() => 0));
    const { code, stdout, stderr } = await run("train", data, ...OPTIONS);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "8 images: 6 to train, 2 to validate");
    assertStringIncludes(stdout, "1 image, converted to grey");
    const split = Deno.readTextFileSync(`${data}/runs/a/split.json`);
    assertStringIncludes(split, "more/deep er/a, b/Photo.JPG");
  }));

/** A grey PNG whose level depends on the row. */
function mask(level: (row: number) => number): Uint8Array<ArrayBufferLike> {
  const pixels = Uint8Array.from({ length: SIDE ** 2 }, (_, at) => level(Math.floor(at / SIDE)));
  return encodeGrey({ width: SIDE, height: SIDE, pixels });
}
