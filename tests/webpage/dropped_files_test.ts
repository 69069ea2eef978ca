import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { MOST_FILE_BYTES } from "../../lib/image/codecs/header.ts";
import { findInputs } from "../../lib/predict/inputs.ts";
import { bytesOf, DroppedFiles } from "../../lib/webpage/dropped_files.ts";
import { MemoryStore } from "../support/memory_store.ts";

/** Files of all kinds, at the top and in folders. */
const PATHS = [
  ...["one.png", "two.jpg", "notes.txt"],
  ...["set/benign/a.png", "set/benign/a_mask.png", "set/b.tif", "set/.hidden.png", "set/x.dcm"],
  ...["set/y.jp2", "set/DICOMDIR"],
  ...["set/old/predictions.json", "set/old/a_overlay.png", "set/runs/r/best.png"],
  ...["set/phantoms/phantoms.json", "set/phantoms/p.png", "set/raw"],
];

const bytes = new Uint8Array(200);
const DICOM = bytes.slice();
DICOM.set(new TextEncoder().encode("DICM"), 128);
const contents = PATHS.map((path) => [path, /raw$|DICOMDIR$/.test(path) ? DICOM : bytes] as const);
const told = { masks: null, maskPattern: null };

Deno.test("dropped files are found as predict finds them on a disk", async () => {
  const dropped = new DroppedFiles(
    contents.map(([path, content]) => ({ path, file: new Blob([content]) })),
  );
  const given = ["one.png", "set", "missing.png", "notes.txt"];
  const found = await findInputs(dropped, given, told);
  assertEquals(found, await findInputs(new MemoryStore(contents), given, told));
  assertEquals(found.images.map(({ path, stem }) => [path, stem]), [
    ["one.png", "one"],
    ["set/b.tif", "b"],
    ["set/benign/a.png", "benign/a"],
    ["set/phantoms/p.png", "phantoms/p"],
    ["set/raw", "raw"],
    ["set/x.dcm", "x"],
    ["notes.txt", "notes"],
  ]);
  assertEquals(found.masks, ["set/benign/a_mask.png"]);
  assertEquals([...found.leftOut.files], [["hidden", 1], [".jp2", 1]]);
});

Deno.test("bytesOf() names a file that is too large, and one that cannot be read any more", async () => {
  const large = { size: MOST_FILE_BYTES + 1 } as Blob;
  await assertRejects(() => bytesOf("a.png", large), InputError, "a.png has 536870913 bytes");
  const gone = { size: 1, arrayBuffer: () => Promise.reject(new Error("gone")) } as unknown as Blob;
  await assertRejects(() => bytesOf("a.png", gone), InputError, "a.png cannot be read (gone)");
  assertEquals(await bytesOf("a.png", new Blob([Uint8Array.of(1, 2)])), Uint8Array.of(1, 2));
});
