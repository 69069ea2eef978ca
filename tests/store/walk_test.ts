/** Walks through folders: how often each is looked at, what is refused, what is never followed. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import type { Entry } from "../../lib/store/store.ts";
import { MOST_DEPTH, type WalkedEntry, walkFolder, type WalkSource } from "../../lib/store/walk.ts";
import { latin1File, latin1Folder } from "../support/latin1.ts";
import { inTemporaryFolder, link } from "../support/temporary.ts";

/** A store whose folders are given by their entries; it counts the calls. */
function counting(folders: Record<string, WalkedEntry[]>, links: Record<string, string> = {}) {
  const counts = { entries: 0, target: 0 };
  const source: WalkSource = {
    entries(path: string) {
      counts.entries++;
      return Promise.resolve(folders[path] ?? []);
    },
    target(path: string) {
      counts.target++;
      return Promise.resolve(links[path] ?? path);
    },
    kindOf: (path: string) => Promise.resolve((links[path] ?? path) in folders ? "folder" : "file"),
  };
  return { source, counts };
}

/** Folders in folders, each with one file. */
function chain(length: number): Record<string, WalkedEntry[]> {
  const folders: Record<string, WalkedEntry[]> = {};
  for (let path = "", depth = 0; depth <= length; depth++) {
    const inner = (name: string) => path === "" ? name : `${path}/${name}`;
    folders[path] = [{ name: "a", path: inner("a"), kind: "file" }];
    if (depth < length) folders[path].push({ name: "d", path: inner("d"), kind: "folder" });
    path = inner("d");
  }
  return folders;
}

Deno.test("a walk lists each folder once, however deep it lies, and resolves only its start", async () => {
  for (const length of [1, 10, MOST_DEPTH]) {
    const { source, counts } = counting(chain(length));
    assertEquals((await walkFolder(source, "")).length, length + 1);
    assertEquals(counts, { entries: length + 1, target: 1 });
  }
});

Deno.test("a walk refuses folders in folders beyond its limit, with a short sentence", async () => {
  const { source } = counting(chain(MOST_DEPTH + 1));
  const { message } = await assertRejects(() => walkFolder(source, ""), InputError);
  assertStringIncludes(message, "more than 100 deep");
  assertEquals(message.length < 300, true);
});

Deno.test("a walk asks once for each folder that many links lead to", async () => {
  const names = Array.from({ length: 50 }, (_, i) => `l${i}`);
  const links = Object.fromEntries(names.map((name) => [name, "deep/real"]));
  const folders: Record<string, WalkedEntry[]> = {
    "": names.map((name) => ({ name, path: name, kind: "link" })),
    deep: [],
    "deep/real": [],
    l0: [{ name: "a", path: "l0/a", kind: "file" }],
  };
  const { source, counts } = counting(folders, links);
  const asked: string[] = [];
  const files = await walkFolder(source, "", {
    skipFolder({ path }) {
      asked.push(path);
      return false;
    },
  });
  assertEquals(files, ["l0/a"]);
  assertEquals(asked.toSorted(), ["", "deep", "deep/real", "l0"]);
  assertEquals(counts.entries, 4);
});

const inData = (use: (data: DataFolder) => Promise<void>) =>
  inTemporaryFolder(async (folder) => use(await DataFolder.open(folder)));

Deno.test("names that are not UTF-8 are refused, or told with their kind", () =>
  inData(async (data) => {
    await data.makeFolder("inner");
    // This name is proper UTF-8 and can be opened.
    await data.writeFile("inner/\ufffd.png", "");
    latin1File(`${data.root}/inner`, "L\\344sion.png");
    latin1Folder(`${data.root}/inner`, "gutartig \\344");
    const error = await assertRejects(() => data.walk(), InputError);
    assertStringIncludes(error.message, "this name is not in UTF-8");
    assertStringIncludes(error.message, "convmv");
    const told: Entry[] = [];
    const files = await data.walk("", { unreadable: (entry) => told.push(entry) });
    assertEquals(files, ["inner/\ufffd.png"]);
    assertEquals(told, [
      { name: "L\ufffdsion.png", path: "inner/L\ufffdsion.png", kind: "file" },
      { name: "gutartig \ufffd", path: "inner/gutartig \ufffd", kind: "folder" },
    ]);
  }));

Deno.test("a pipe is told, and never listed or opened", () =>
  inData(async (data) => {
    await new Deno.Command("mkfifo", { args: [`${data.root}/a.png`] }).output();
    link("a.png", `${data.root}/b.png`);
    const told: string[] = [];
    assertEquals(await data.walk("", { special: ({ path }) => told.push(path) }), []);
    assertEquals(told, ["a.png", "b.png"]);
    await assertRejects(() => data.readStart("a.png", 4), InputError, "not a plain file");
  }));

Deno.test("readStart() reads no more than the beginning", () =>
  inData(async (data) => {
    await data.writeFile("a", "abcdef");
    const text = async (length: number) =>
      new TextDecoder().decode(await data.readStart("a", length));
    assertEquals([await text(3), await text(6), await text(100)], ["abc", "abcdef", "abcdef"]);
    await assertRejects(() => data.readStart("", 1), InputError, "is a folder");
    await assertRejects(() => data.readStart("b", 1), InputError, "no such file");
  }));

Deno.test("nothing is written or removed through a link to a folder", () =>
  inData(async (data) => {
    await data.makeFolder("benign");
    await data.writeFile("benign/a.png", "image");
    await data.makeFolder("runs/r");
    link("../../benign", `${data.root}/runs/r/samples`);
    const refused = (call: () => Promise<unknown>) =>
      assertRejects(call, InputError, "runs/r/samples is a link");
    await refused(() => data.writeFile("runs/r/samples/a.png", "panel"));
    await refused(() => data.writeFile("runs/r/samples/deep/a.png", "panel"));
    await refused(() => data.keepAs("benign/a.png", "runs/r/samples/b.png"));
    await refused(() => data.makeFolder("runs/r/samples"));
    await refused(() => data.makeFolder("runs/r/samples/deep"));
    await refused(() => data.remove("runs/r/samples/a.png"));
    assertEquals(await data.walk(), ["benign/a.png"]);
    assertEquals(await data.readText("benign/a.png"), "image");
    // The link itself is replaced, and its target stays.
    link("../../benign/a.png", `${data.root}/runs/r/loss.png`);
    await data.writeFile("runs/r/loss.png", "loss");
    await data.remove("runs/r/samples");
    assertEquals(await data.readText("benign/a.png"), "image");
    assertEquals(await data.readText("runs/r/loss.png"), "loss");
  }));
