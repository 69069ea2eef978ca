/** Which files of a folder are images, and what is counted as left out. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { discover } from "../../lib/dataset/discover.ts";
import { findImageFiles, listImages } from "../../lib/dataset/image_files.ts";
import { filesInWords, leftOutLines, NOTHING, sumOf } from "../../lib/dataset/left_out.ts";
import { writePhantoms } from "../../lib/dataset/phantoms/folder.ts";
import { PHANTOMS_FILE, PHANTOMS_TEXT } from "../../lib/dataset/phantoms/marker.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { latin1File, latin1Folder } from "../support/latin1.ts";
import { MemoryStore } from "../support/memory_store.ts";
import { inTemporaryFolder, link } from "../support/temporary.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0);
const DICOM = bytesOf("\0".repeat(128) + "DICM" + "\0".repeat(50));

/** A store with these files; a name alone is an empty file. */
function storeWith(...files: (string | readonly [string, Uint8Array])[]): MemoryStore {
  return new MemoryStore(
    files.map((file) => typeof file === "string" ? [file, new Uint8Array()] : file),
  );
}

Deno.test("DICOM files without an ending are images; what only looks like one is counted by kind", async () => {
  const data = storeWith(
    "a.png",
    "a_mask.PNG",
    "series/b.jpg",
    ...["series/1.PCX", "2.pcx", "heart.nii.gz", "x.HEIC", "film.avi", "paper.pdf", "m.mat"],
    ...["series/c.dcm", "d.IMA"],
    ["IM0001", DICOM],
    ["DICOMDIR", DICOM],
    ["disc/dicomdir", DICOM],
    ["1.2.840.113619.2.5.17", DICOM],
    ["series/noending", PNG],
    ["README", bytesOf("text")],
    ...["notes.txt", "table.csv", "Thumbs.db", "desktop.ini", "archive.zip", "v1.2"],
    ...["._a.png", "series/._b.jpg", ".DS_Store", "__MACOSX/a.png", "__MACOSX/._a.png"],
  );
  const { images, leftOut, unreadable } = await findImageFiles(data);
  assertEquals(images, [
    ...["1.2.840.113619.2.5.17", "IM0001", "a.png", "a_mask.PNG", "d.IMA"],
    ...["series/b.jpg", "series/c.dcm"],
  ]);
  assertEquals(unreadable, []);
  assertEquals(
    filesInWords(leftOut),
    "2 .pcx, 2 hidden, 1 .avi, 1 .heic, 1 .mat, 1 .nii.gz, 1 .pdf, 1 PNG without ending",
  );
  // Only files without an ending are looked into.
  assertEquals(data.reads.toSorted(), [
    "1.2.840.113619.2.5.17",
    "IM0001",
    "README",
    "series/noending",
    "v1.2",
  ]);
  assertEquals(leftOutLines(leftOut).map(String), [`left out: ${filesInWords(leftOut)}`]);
});

Deno.test("thumbnails, snapshots and deleted files of systems are no images", async () => {
  const data = storeWith(
    "a.png",
    "@eaDir/a.png/SYNOPHOTO_THUMB_M.jpg",
    "#recycle/b.png",
    "$RECYCLE.BIN/S-1-5/$R1.png",
    "x/System Volume Information/c.png",
    "lost+found/d.png",
  );
  assertEquals((await findImageFiles(data)).images, ["a.png"]);
});

Deno.test("links to what is left out are counted", () =>
  inTemporaryFolder(async (root) => {
    const data = await DataFolder.open(root);
    await data.makeFolder(".git/annex");
    for (const path of [".git/annex/key", "a.png"]) await data.writeFile(path, "");
    for (const name of ["b.png", "c.png", "notes.txt"]) link(".git/annex/key", `${root}/${name}`);
    const { images, leftOut } = await findImageFiles(data);
    assertEquals(images, ["a.png"]);
    assertEquals(filesInWords(leftOut), "2 linked to hidden files or outputs");
  }));

Deno.test("of a file without an ending the first 132 bytes are read", async () => {
  const lengths: number[] = [];
  const data = storeWith(["IM1", DICOM]);
  const read = data.readStart.bind(data);
  data.readStart = (path, length) => {
    lengths.push(length);
    return read(path, length);
  };
  assertEquals(await listImages(data), ["IM1"]);
  assertEquals(lengths, [132]);
});

Deno.test("outputs and runs are left out without a word", async () => {
  const data = storeWith("a.png", "runs/r/loss.png", "o/predictions.json", "o/b.tga", "o/b.png");
  const { images, leftOut } = await findImageFiles(data);
  assertEquals(images, ["a.png"]);
  assertEquals(leftOut, NOTHING);
  assertEquals(leftOutLines(leftOut), []);
});

Deno.test("where there is no image, the other files are named", async () => {
  const error = await assertRejects(() => listImages(storeWith("a.tga", "b.jp2")), InputError);
  assertStringIncludes(error.message, "there are no images in memory:/");
  assertStringIncludes(error.message, "other files, which are not read: 1 .jp2, 1 .tga");
});

Deno.test("several searches are summed up", () => {
  const one = { ...NOTHING, files: new Map([[".tga", 1], [".jp2", 2]]), phantoms: ["p"] };
  const two = { ...NOTHING, files: new Map([[".tga", 3]]), phantoms: ["p"] };
  assertEquals(filesInWords(sumOf([one, two])), "4 .tga, 2 .jp2");
  assertEquals(sumOf([one, two]).phantoms, ["p"]);
});

const CASE = ["own/a.png", "own/a_mask.png"] as const;

Deno.test("folders of phantoms are taken when they are named, or alone", async () => {
  const data = storeWith(...CASE);
  await writePhantoms(data, "phantoms", { count: 2, seed: 5 });
  const own = await findImageFiles(data);
  assertEquals(own.images, [...CASE]);
  assertEquals(own.leftOut.phantoms, ["phantoms"]);
  assertEquals(leftOutLines(own.leftOut).map(String), [
    "left out: phantoms/ (written by phantoms); name the folder to use it: images phantoms",
  ]);
  const phantoms = await findImageFiles(data, { within: "phantoms" });
  assertEquals(phantoms.images.length, 4);
  assertEquals(phantoms.leftOut, NOTHING);
  assertEquals((await listImages(data, "phantoms/benign")).length, 2);
  // A split that names one of them takes the folder.
  const named = await findImageFiles(data, { named: ["phantoms/benign/benign (1).png"] });
  assertEquals(named.images.length, 6);

  for (const path of CASE) await data.remove(path);
  const alone = await findImageFiles(data);
  assertEquals(alone.images, phantoms.images);
  assertEquals(alone.leftOut.phantoms, []);
});

Deno.test("phantoms that an earlier version wrote, without the marker, are recognised", async () => {
  const data = storeWith(...CASE);
  await writePhantoms(data, "old", { count: 1, seed: 0 });
  await data.remove(`old/${PHANTOMS_FILE}`);
  assertEquals((await findImageFiles(data)).leftOut.phantoms, ["old"]);
  // The same folders and names with other images are no phantoms.
  await data.writeFile("old/benign/benign (1).png", PNG);
  assertEquals((await findImageFiles(data)).images.length, 4);
});

Deno.test("a file of the marker's name with another content marks nothing", async () => {
  const data = storeWith(...CASE, "p/b.png", [`p/${PHANTOMS_FILE}`, bytesOf("{}")]);
  assertEquals((await listImages(data)).length, 3);
  await data.writeFile(`p/${PHANTOMS_FILE}`, PHANTOMS_TEXT);
  assertEquals(await listImages(data), [...CASE]);
});

Deno.test("writePhantoms() marks its folder and does not count the marker", async () => {
  const data = storeWith();
  assertEquals((await writePhantoms(data, "p", { count: 1, seed: 1 })).kept, 0);
  assertEquals(await data.readText(`p/${PHANTOMS_FILE}`), PHANTOMS_TEXT);
  assertEquals(await writePhantoms(data, "p", { count: 1, seed: 1 }), {
    folder: "p",
    images: 1,
    masks: 1,
    kept: 2,
  });
  await data.writeFile(`p/${PHANTOMS_FILE}`, "mine");
  await assertRejects(
    () => writePhantoms(data, "p", { count: 1, seed: 1 }),
    InputError,
    `p/${PHANTOMS_FILE} is there already and is another file`,
  );
});

Deno.test("writePhantoms() never marks a folder of other files, nor one of runs", async () => {
  const data = new MemoryStore();
  await data.writeFile("mine/a/a.png", "an image");
  const wish = { count: 1, seed: 1 };
  for (const folder of ["mine", "mine/a", "runs", "runs/a"]) {
    const error = await assertRejects(() => writePhantoms(data, folder, wish), InputError);
    assertMatch(error.message, /holds other files already|the runs|a place for a run/);
  }
  assertEquals([...data.files.keys()], ["mine/a/a.png"]);
  // Phantoms of an earlier version have no marker; it is added.
  await writePhantoms(data, "p", wish);
  await data.remove("p/phantoms.json");
  assertEquals((await writePhantoms(data, "p", wish)).kept, 2);
  assert(await data.exists("p/phantoms.json"));
  // More of them are made in a marked folder.
  await data.writeFile("p/notes.txt", "");
  assertEquals((await writePhantoms(data, "p", { ...wish, count: 2 })).kept, 2);
});

Deno.test("names that are not UTF-8 are refused by training and told to others", () =>
  inTemporaryFolder(async (root) => {
    const data = await DataFolder.open(root);
    await data.makeFolder("b");
    await data.writeFile("b/a.png", "");
    await data.writeFile("b/a_mask.png", "");
    // What is no image concerns nobody; what looks like one is counted.
    latin1File(root, "Notiz \\344.txt");
    latin1File(root, "\\344.tga");
    latin1File(root, ".\\344.png");
    assertEquals((await discover(data, { maskPattern: ["_mask"] })).pairs.length, 1);
    assertEquals(filesInWords((await findImageFiles(data)).leftOut), "1 .tga, 1 hidden");

    latin1Folder(root, "gutartig_\\344");
    const refused = (words: string) =>
      assertRejects(() => discover(data, { maskPattern: ["_mask"] }), InputError, words);
    await refused("gutartig_\ufffd: this name is not in UTF-8");
    latin1File(root, "L\\344sion.png");
    const { message } = await refused("2 names are not in UTF-8");
    assertStringIncludes(message, "\n  L\ufffdsion.png\n  gutartig_\ufffd");
    assertEquals((await findImageFiles(data)).unreadable, ["L\ufffdsion.png", "gutartig_\ufffd"]);
  }));
