import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { Hold, LOCK_FILE } from "../../lib/store/hold.ts";
import { apart, WAIT } from "../support/apart.ts";
import { inTemporaryFolder, link } from "../support/temporary.ts";

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

const HOLDS = (root: string) =>
  `const data = await DataFolder.open(${JSON.stringify(root)});
   const hold = await Hold.of(data, "runs/a", "train"); console.log("held");`;

/** Runs with a `tryLock` that the disk does not know. */
async function withoutLocks(use: () => Promise<void>): Promise<void> {
  const { tryLock } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.tryLock = () => Promise.reject(new Error("Unsupported (os error 95)"));
  try {
    await use();
  } finally {
    Deno.FsFile.prototype.tryLock = tryLock;
  }
}

Deno.test("a folder that another process holds is refused, and is free when that has ended", () =>
  inTemporaryFolder(async (root) => {
    const data = await DataFolder.open(root);
    const other = apart(root, `${HOLDS(root)} ${WAIT} await hold.release();`);
    assertEquals(await other.line(), "held");
    const error = await assertRejects(() => Hold.of(data, "runs/a", "report"), InputError);
    assertStringIncludes(error.message, `${root}/runs/a is in use by train, process `);
    assertStringIncludes(error.message, `delete ${root}/runs/a/${LOCK_FILE}`);
    await assertRejects(
      () => data.checkFree(`runs/a/${LOCK_FILE}`, "runs/a"),
      InputError,
      "in use by train",
    );
    assertEquals(await other.end(), "");
    assertEquals(namesIn(root), []);
    await data.checkFree(`runs/a/${LOCK_FILE}`, "runs/a");
    const hold = await Hold.of(data, "runs/a", "report");
    assertEquals(hold.takenOver, undefined);
    assertEquals(namesIn(`${root}/runs/a`), [LOCK_FILE]);
    await data.writeFile("runs/a/kept", "");
    await hold.release();
    assertEquals(namesIn(`${root}/runs/a`), ["kept"]);
  }));

Deno.test("the lock of a process that was killed is taken over at once, and that is said", () =>
  inTemporaryFolder(async (root) => {
    const other = apart(root, `${HOLDS(root)} ${WAIT}`);
    await other.line();
    await other.kill();
    assertEquals(namesIn(`${root}/runs/a`), [LOCK_FILE]);
    const data = await DataFolder.open(root);
    await data.checkFree(`runs/a/${LOCK_FILE}`, "runs/a");
    await using hold = await Hold.of(data, "runs/a", "train");
    assertStringIncludes(hold.takenOver!, "train (process ");
    assertStringIncludes(hold.takenOver!, "taken over");
  }));

Deno.test("a lock that finds no room on the disk leaves neither a file nor a folder", async () => {
  const { write } = Deno.FsFile.prototype;
  const hold = () =>
    inTemporaryFolder(async (root) => {
      const data = await DataFolder.open(root);
      Deno.FsFile.prototype.write = () =>
        Promise.reject(new Error("No space left on device (os error 28)"));
      try {
        await assertRejects(() => Hold.of(data, "runs/a", "train"), InputError, "disk is full");
      } finally {
        Deno.FsFile.prototype.write = write;
      }
      assertEquals(namesIn(root), []);
    });
  await hold();
  await withoutLocks(hold);
});

Deno.test("a link in place of a lock goes, and what it leads to stays as it is", async () => {
  const take = (...makers: ((target: string, path: string) => void)[]) =>
    inTemporaryFolder(async (root) => {
      const data = await DataFolder.open(root);
      Deno.mkdirSync(`${root}/runs/a`, { recursive: true });
      Deno.writeTextFileSync(`${root}/image.png`, "an image");
      const lock = `${root}/runs/a/${LOCK_FILE}`;
      for (const make of makers) {
        make(`${root}/image.png`, lock);
        const hold = await Hold.of(data, "runs/a", "train");
        assertEquals(hold.takenOver, undefined);
        await hold.release();
        assertEquals(Deno.readTextFileSync(`${root}/image.png`), "an image");
        assertEquals(namesIn(`${root}/runs/a`), []);
      }
    });
  await take(link, Deno.linkSync);
  await withoutLocks(() => take(link));
});

Deno.test("a directory that is gone does not keep a command from saying so", () =>
  inTemporaryFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/data`);
    const data = await DataFolder.open(`${folder}/data`);
    const work = async () => {
      await using _hold = await Hold.of(data, "runs/a", "train");
      Deno.removeSync(data.root, { recursive: true });
      await data.writeFile("runs/a/file", "text");
    };
    const error = await assertRejects(work, InputError);
    assertStringIncludes(error.message, "there is no such file or folder");
  }));

Deno.test("a lock that a backup gave a second name stays the lock of its process", () =>
  inTemporaryFolder(async (root) => {
    const data = await DataFolder.open(root);
    await using _hold = await Hold.of(data, "runs/a", "train");
    Deno.linkSync(`${root}/runs/a/${LOCK_FILE}`, `${root}/copy`);
    await assertRejects(() => Hold.of(data, "runs/a", "train"), InputError, "in use by train");
  }));

Deno.test("a directory that is itself a link is used under the name that the task was given", () =>
  inTemporaryFolder(async (folder) => {
    Deno.mkdirSync(`${folder}/data`);
    link(`${folder}/data`, `${folder}/link`);
    const code = `const data = await DataFolder.open(${JSON.stringify(`${folder}/link`)});
      const hold = await Hold.of(data, "runs/a", "train");
      await data.writeFile("runs/a/file", "text");
      await data.keepAs("runs/a/file", "runs/a/second");
      console.log(await data.readText("runs/a/second"));
      await hold.release();`;
    const other = apart(`${folder}/link`, code);
    assertEquals(await other.line(), "text");
    assertEquals(await other.end(), "");
    assertEquals(namesIn(`${folder}/data/runs/a`), ["file", "second"]);
  }));

Deno.test("one process cannot hold a folder twice either", () =>
  inTemporaryFolder(async (root) => {
    const data = await DataFolder.open(root);
    await using _hold = await Hold.of(data, "a", "train");
    const again = await DataFolder.open(root);
    await assertRejects(() => Hold.of(again, "a", "train"), InputError, "in use by train");
  }));

Deno.test("of many that want a folder at once, one gets it", () =>
  inTemporaryFolder(async (root) => {
    const data = await DataFolder.open(root);
    for (let round = 0; round < 10; round++) {
      const tries = await Promise.allSettled(
        Array.from({ length: 8 }, () => Hold.of(data, "runs/a", "train")),
      );
      const got = tries.filter(({ status }) => status === "fulfilled");
      assertEquals(got.length, 1);
      for (const one of tries) {
        if (one.status === "fulfilled") await one.value.release();
        else assert(one.reason instanceof InputError, one.reason);
      }
      assertEquals(await data.walk(), []);
    }
  }));

Deno.test("a lock file with any text is somebody's, and its text is never shown unchecked", () =>
  inTemporaryFolder(async (root) => {
    const data = await DataFolder.open(root);
    const texts = ["", "{", "null", `{"doing":"\\u001b[2J","process":1,"started":"now"}`];
    for (const text of [...texts, "x".repeat(5000)]) {
      Deno.writeTextFileSync(`${root}/${LOCK_FILE}`, text);
      const hold = await Hold.of(data, "", "train");
      assert(/^[\x20-\x7e]+$/.test(hold.takenOver!), hold.takenOver);
      assertStringIncludes(hold.takenOver!, "A process ended here");
      await hold.release();
    }
    Deno.mkdirSync(`${root}/${LOCK_FILE}`);
    await assertRejects(() => Hold.of(data, "", "train"), InputError, LOCK_FILE);
  }));

Deno.test("on a disk without locks the file is the lock, until nobody renews it", () =>
  withoutLocks(() =>
    inTemporaryFolder(async (root) => {
      const data = await DataFolder.open(root);
      const hold = await Hold.of(data, "a", "predict");
      await assertRejects(() => Hold.of(data, "a", "train"), InputError, "in use by predict");
      await assertRejects(() => data.checkFree(`a/${LOCK_FILE}`, "a"), InputError, "by predict");
      await hold.release();
      assertEquals(namesIn(root), []);

      await using lost = await Hold.of(data, "a", "predict");
      const [recent, old] = [60_000, 3_600_000].map((ms) => new Date(Date.now() - ms));
      Deno.utimeSync(`${root}/a/${LOCK_FILE}`, recent, recent);
      await assertRejects(() => Hold.of(data, "a", "train"), InputError, "in use by predict");
      Deno.utimeSync(`${root}/a/${LOCK_FILE}`, old, old);
      await data.checkFree(`a/${LOCK_FILE}`, "a");
      const taken = await Hold.of(data, "a", "train");
      assertStringIncludes(taken.takenOver!, "predict (process ");
      await assertRejects(() => Hold.of(data, "a", "train"), InputError, "in use by train");
      assertEquals(namesIn(`${root}/a`), [LOCK_FILE]);
      await taken.release();
      assert(lost.takenOver === undefined);
    })
  ));

Deno.test("makeNewFolder() tells one of many that the folder is new", () =>
  inTemporaryFolder(async (root) => {
    const data = await DataFolder.open(root);
    const made = await Promise.all(Array.from({ length: 20 }, () => data.makeNewFolder("a")));
    assertEquals(made.filter((isNew) => isNew).length, 1);
    await data.writeFile("file", "");
    assertEquals(await data.makeNewFolder("file"), false);
    await assertRejects(() => data.makeNewFolder("missing/a"), InputError, "missing/a");
    assertEquals(await data.removeIfEmpty("a"), true);
    assertEquals(await data.removeIfEmpty("a"), false);
    assertEquals(await data.removeIfEmpty("file"), false);
    assertEquals(namesIn(root), ["file"]);
  }));

Deno.test("two processes that write one file leave it whole at every moment, and nothing beside it", () =>
  inTemporaryFolder(async (root) => {
    const size = 4 * 2 ** 20;
    const code = (byte: number) =>
      `const data = await DataFolder.open(${JSON.stringify(root)});
       const bytes = new Uint8Array(${size}).fill(${byte});
       for (let k = 0; k < 10; k++) await data.writeFile("a.bin", bytes);
       console.log("done");`;
    const data = await DataFolder.open(root);
    await data.writeFile("a.bin", new Uint8Array(size));
    const writers = [1, 2].map((byte) => apart(root, code(byte)));
    let ended = 0;
    const lines = writers.map((writer) => writer.line().then((line) => (ended++, line)));
    do {
      const bytes = await data.readFile("a.bin");
      assertEquals(bytes.length, size);
      assert(bytes.every((byte) => byte === bytes[0]), "two files mixed");
    } while (ended < 2);
    assertEquals(await Promise.all(lines), ["done", "done"]);
    for (const writer of writers) assertEquals(await writer.end(), "");
    assertEquals(namesIn(root), ["a.bin"]);
  }));

Deno.test("the partial files of dead processes go, those of living ones stay", () =>
  inTemporaryFolder(async (root) => {
    // The partial files of an earlier version, of a killed process, and of a living one.
    Deno.writeTextFileSync(`${root}/.sonoseg-0123abcd.partial`, "old");
    const stopped = `Deno.FsFile.prototype.sync = async () => {
        console.log("writing");
        ${WAIT}
      };
      await (await DataFolder.open(${JSON.stringify(root)})).writeFile("a.bin", "new");`;
    const living = apart(root, stopped);
    await living.line();
    const dead = apart(root, stopped);
    await dead.line();
    await dead.kill();
    const partials = () => namesIn(root).filter((name) => name.endsWith(".partial"));
    assertEquals(partials().length, 2, `${partials()}`);
    await (await DataFolder.open(root)).writeFile("b.bin", "");
    assertEquals(partials().length, 1, `${partials()}`);
    await living.end();
    assertEquals(namesIn(root), ["a.bin", "b.bin"]);
  }));
