/** Tables with the size of the pixels of images, and which source of it goes first. @module */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { load } from "../../lib/dataset/load.ts";
import { readSpacingTable, spacingTableInWords } from "../../lib/dataset/spacing_table.ts";
import { Spacings, withoutSpacing } from "../../lib/dataset/spacings.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { greyOf } from "../../lib/image/depth.ts";
import { MemoryStore } from "../support/memory_store.ts";

const IMAGES = ["a/1.png", "a/2.png", "b/1.png", "c.png"];
const HEADER = "image,mm_per_px_x,mm_per_px_y\n";

const utf8 = (text: string) => new TextEncoder().encode(text);
const table = (text: string) => readSpacingTable(utf8(text), IMAGES, "t.csv");

Deno.test("a table gives images their spacings, x along a row and y along a column", () => {
  const found = table(
    `\ufeff${HEADER}a/1.png,0.1,0.2\r\n2,1e-1,.25\r\nscan.png,1,1\r\n\r\nc,,\r\n`,
  );
  assertEquals([...found.spacings], [
    ["a/1.png", { x: 0.1, y: 0.2 }],
    ["a/2.png", { x: 0.1, y: 0.25 }],
  ]);
  assertEquals(found.unknown, ["scan.png"]);
  assertEquals(
    spacingTableInWords(found),
    't.csv: images by "image"; 1 row names no image (scan.png)',
  );
});

Deno.test("columns stand in any order, with others beside; equal rows may repeat", () => {
  const { spacings } = table(
    "MM per px Y;Scanner;File;mm_per_px_x\n0.2;1;c.png;0.1\n0.2;2;c.png;0.10\n",
  );
  assertEquals([...spacings], [["c.png", { x: 0.1, y: 0.2 }]]);
});

Deno.test("a table that says no spacing is refused by a sentence with the place", () => {
  const refuses = (text: string, words: string) =>
    assertThrows(() => table(text), InputError, words);
  for (const bad of ["0", "-0.1", "1000", "nan", "0x1", "0.1mm", "1e999", "Infinity", '"0,1"']) {
    const cell = bad.replaceAll('"', "");
    refuses(
      `${HEADER}c.png,${bad},0.1\n`,
      `t.csv gives c.png the mm_per_px_x "${cell}"; expected a number above 0 and below 1000`,
    );
  }
  refuses(`${HEADER}c.png,0.1,\n`, 't.csv gives c.png the mm_per_px_y ""');
  refuses(`${HEADER}c.png,0.1\n`, 't.csv gives c.png the mm_per_px_y ""');
  refuses(
    `${HEADER}c.png,0.1,0.1\nc,0.1,0.2\n`,
    "gives the pixels of c.png two sizes: 0.1 mm; and 0.1 mm along a row, 0.2 mm along a column",
  );
  refuses(`${HEADER}1.png,1,1\n`, "a/1.png or b/1.png; give the path");
  refuses(`${HEADER}x.png,1,1\n`, "t.csv names none of the 4 images, such as a/1.png");
  refuses(HEADER, "names none of the 4 images");
  refuses("image,mm_per_px_x\nc.png,1\n", 'has no column "mm_per_px_y"; it has image, mm_per_px_x');
  refuses("", 'has no column "mm_per_px_x"; it is empty');
  refuses("image,mm_per_px_x,mm per px x,mm_per_px_y\n", "has 2 columns mm_per_px_x");
});

Deno.test("a row of the table goes before the option, and that before what the file says", async () => {
  const grey = { width: 2, height: 1, pixels: new Uint8Array(2) };
  const own = { x: 0.7, y: 0.8 };
  const store = new MemoryStore([["t.csv", utf8(`${HEADER}c.png,0.1,0.2\n`)]]);
  const spacingsOf = async (mmPerPx: number | null, spacings: string | null) => {
    const given = await Spacings.of(store, { mmPerPx, spacings }, IMAGES);
    return ["c.png", "a/1.png"].map((path) => given.applied(path, { ...grey, spacing: own }));
  };
  const found = async (...given: Parameters<typeof spacingsOf>) =>
    (await spacingsOf(...given)).map(({ spacing }) => spacing);
  assertEquals(await found(0.5, "t.csv"), [{ x: 0.1, y: 0.2 }, { x: 0.5, y: 0.5 }]);
  assertEquals(await found(null, "t.csv"), [{ x: 0.1, y: 0.2 }, own]);
  assertEquals(await found(0.5, null), [{ x: 0.5, y: 0.5 }, { x: 0.5, y: 0.5 }]);
  assertEquals(await found(null, null), [own, own]);
  const none = await Spacings.of(store, {}, IMAGES);
  assertEquals("spacing" in none.applied("c.png", grey), false);
  await assertRejects(() => Spacings.of(store, { spacings: "no.csv" }, IMAGES), InputError);
});

Deno.test("what a decoder says of the spacing stays with the grey image", () => {
  const decoded = { width: 1, height: 1, channels: 1, pixels: new Uint8Array(1), bitDepth: 8 };
  const spacing = { x: 0.1, y: 0.3 };
  assertEquals(greyOf({ ...decoded, channels: 1, format: "png", spacing }).spacing, spacing);
});

Deno.test("load() gives each image its spacing", async () => {
  const png = encodeGrey({ width: 3, height: 2, pixels: new Uint8Array(6) });
  const store = new MemoryStore([
    ["c.png", png],
    ["a/1.png", png],
    ["t.csv", utf8(`${HEADER}c.png,0.1,0.2\n`)],
  ]);
  const spacings = await Spacings.of(store, { spacings: "t.csv" }, IMAGES);
  const pairs = ["c.png", "a/1.png"].map((image) => ({ image, masks: [] }));
  const loaded = await Array.fromAsync(load(store, pairs, { spacings }));
  assertEquals(loaded.map(({ image }) => image!.grey.spacing), [{ x: 0.1, y: 0.2 }, undefined]);
});

Deno.test("withoutSpacing() counts images only where some are known and some are not", () => {
  assertEquals(
    withoutSpacing([["a.png", true], ["b.png", false], ["c.png", false]]),
    "the size of the pixels is not known in 2 of 3 images (such as b.png)",
  );
  for (const isKnown of [true, false]) {
    assertEquals(withoutSpacing([["a.png", isKnown]]), undefined);
  }
  assertEquals(withoutSpacing([]), undefined);
});
