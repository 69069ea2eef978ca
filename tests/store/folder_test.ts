import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { spelled } from "../../lib/cli/options/flags.ts";
import { TASK } from "../../lib/cli/words/task.ts";
import { InputError } from "../../lib/core/errors.ts";
import { fileError } from "../../lib/store/file_errors.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { partialName } from "../../lib/store/partial_files.ts";
import { inTemporaryFolder, link } from "../support/temporary.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** A data directory beside a folder that must stay out of reach. */
async function withData(
  use: (at: { data: DataFolder; root: string; outside: string }) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const root = `${folder}/data`;
    const outside = `${folder}/outside`;
    Deno.mkdirSync(root);
    Deno.mkdirSync(outside);
    Deno.writeTextFileSync(`${outside}/secret.png`, "secret");
    await use({ data: await DataFolder.open(root), root, outside });
  });
}

/** Runs a module text in a process of its own, with flags for Deno. */
async function runApart(code: string, flags: string[], shell = ""): Promise<string> {
  const imports = `import { DataFolder } from "${new URL(
    "../../lib/store/folder.ts",
    import.meta.url,
  )}";`;
  const url = `data:application/typescript,${encodeURIComponent(`${imports}\n${code}`)}`;
  const run = [
    "run",
    "--quiet",
    "--no-prompt",
    "--cached-only",
    "--no-remote",
    "--config=deno.json",
    ...flags,
    url,
  ];
  const command = shell === ""
    ? new Deno.Command(Deno.execPath(), { args: run })
    : new Deno.Command("sh", { args: ["-c", `${shell} exec "$0" "$@"`, Deno.execPath(), ...run] });
  const { stdout, stderr } = await command.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

Deno.test("appendFile() adds to a file, and refuses a missing one, a link and a folder", () =>
  withData(async ({ data, root, outside }) => {
    await data.writeFile("a", "one");
    await data.appendFile("a", bytesOf(", two"));
    assertEquals(await data.readText("a"), "one, two");
    await assertRejects(() => data.appendFile("b", bytesOf("x")), InputError, "cannot write b");
    link(`${root}/a`, `${root}/inside`);
    link(`${outside}/secret.png`, `${root}/leads out`);
    for (const name of ["inside", "leads out", ""]) {
      await assertRejects(() => data.appendFile(name, bytesOf("x")), InputError);
    }
    assertEquals(await data.readText("a"), "one, two");
    assertEquals(Deno.readTextFileSync(`${outside}/secret.png`), "secret");
    assertEquals(namesIn(root).length, 3);
  }));

Deno.test("DataFolder.open() says how to set DATA_DIR when the folder is missing or none", async () => {
  await inTemporaryFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    const cases = [`${folder}/missing`, `${folder}/file`, `${folder}/file/below`, ""];
    for (const root of cases) {
      const error = await assertRejects(() => DataFolder.open(root), InputError);
      if (root !== cases[2]) {
        const words = spelled((error as InputError).sentence);
        assertStringIncludes(words, `DATA_DIR=/path/to/images ${TASK} train`);
      }
    }
  });
});

Deno.test("a home folder that the shell has not put in is named, and no folder ~ is made", async () => {
  for (const open of [DataFolder.open, DataFolder.openOrMake]) {
    await assertRejects(() => open("~/results"), InputError, "outside of quotes");
    await assertRejects(() => Deno.lstat("~"), Deno.errors.NotFound);
  }
});

Deno.test({
  name: "DataFolder.open() says how to set DATA_DIR when the task was not given the folder",
  permissions: { read: ["lib"] },
  fn: async () => {
    const error = await assertRejects(() => DataFolder.open("/usr"), InputError);
    const words = spelled((error as InputError).sentence);
    assertStringIncludes(words, `DATA_DIR=/path/to/images ${TASK} train`);
  },
});

Deno.test("resolve() takes relative paths from the data directory and keeps absolute ones inside", async () => {
  await withData(({ data, root }) => {
    assertEquals(data.resolve("a/b.png"), `${root}/a/b.png`);
    assertEquals(data.resolve("./a/../b.png"), `${root}/b.png`);
    assertEquals(data.resolve(`${root}/a`), `${root}/a`);
    assertEquals(data.resolve(""), root);
    assertEquals(data.relative(`${root}/a/b.png`), "a/b.png");
    assertEquals(data.relative("a/b.png"), "a/b.png");
    assertEquals(data.relative("."), "");
    return Promise.resolve();
  });
});

Deno.test("resolve() refuses paths outside and says how to set DATA_DIR", async () => {
  await withData(({ data, root }) => {
    for (const path of ["../outside", "a/../../outside", "/etc/passwd", `${root}x`, "/"]) {
      const error = assertThrows(() => data.resolve(path), InputError);
      assertStringIncludes(error.message, `${path} lies outside the data directory ${root}`);
      assertStringIncludes(error.message, "set DATA_DIR to a folder that holds it");
    }
    assertThrows(() => data.resolve("a\0b"), InputError, "zero byte");
    return Promise.resolve();
  });
});

Deno.test("resolve() knows both names of a data directory that is itself a link", async () => {
  await withData(async ({ root }) => {
    link(root, `${root}-link`);
    const data = await DataFolder.open(`${root}-link`);
    await data.writeFile("a.txt", bytesOf("a"));
    assertEquals(data.relative(`${root}/a.txt`), "a.txt");
    assertEquals(data.resolve(`${root}/a.txt`), `${root}-link/a.txt`);
    assertEquals(await data.readFile(`${root}/a.txt`), bytesOf("a"));
  });
});

Deno.test("readFile() returns the bytes and refuses what is no plain file", async () => {
  await withData(async ({ data, root }) => {
    Deno.mkdirSync(`${root}/folder`);
    Deno.writeTextFileSync(`${root}/a.txt`, "abc");
    assertEquals(await data.readFile("a.txt"), bytesOf("abc"));
    await assertRejects(() => data.readFile("b.txt"), InputError, "cannot read b.txt");
    await assertRejects(() => data.readFile("folder"), InputError, "folder is a folder");
    await assertRejects(() => data.readFile("a.txt/b"), InputError, "a.txt/b");
    await assertRejects(() => data.readFile("a".repeat(300)), InputError, "name is too long");
    await assertRejects(() => data.readFile("a.txt", { limit: 2 }), InputError, "at most 2");
  });
});

Deno.test("readFile() refuses a pipe instead of waiting for it", async () => {
  await withData(async ({ data, root }) => {
    await new Deno.Command("mkfifo", { args: [`${root}/pipe.png`] }).output();
    await assertRejects(() => data.readFile("pipe.png"), InputError, "not a plain file");
    assertEquals(await data.walk(), []);
  });
});

Deno.test("links that leave the data directory are refused by name", async () => {
  await withData(async ({ data, root, outside }) => {
    link(`${outside}/secret.png`, `${root}/file.png`);
    link("../outside", `${root}/folder`);
    link(`${outside}/new.png`, `${root}/nothing.png`);
    const refused = async (call: () => Promise<unknown>, name: string) => {
      const error = await assertRejects(call, InputError);
      assertStringIncludes(error.message, name);
    };
    await refused(() => data.readFile("file.png"), "file.png");
    await refused(() => data.readFile("folder/secret.png"), "folder/secret.png");
    await refused(() => data.list("folder"), "folder");
    await refused(() => data.walk("folder"), "folder");
    await refused(() => data.walk(), "file.png");
    await refused(() => data.list(), "file.png");
    await refused(() => data.exists("folder/secret.png"), "folder/secret.png");
    await refused(() => data.writeFile("file.png", bytesOf("x")), "file.png");
    await refused(() => data.writeFile("folder/new.png", bytesOf("x")), "folder");
    await refused(() => data.writeFile("folder/a/b/new.png", bytesOf("x")), "folder");
    await refused(() => data.writeFile("nothing.png", bytesOf("x")), "nothing.png");
    await refused(() => data.makeFolder("folder/made"), "folder");
    await refused(() => data.makeFolder("nothing.png/made"), "nothing.png");
    assertEquals(namesIn(outside), ["secret.png"]);
    assertEquals(Deno.readTextFileSync(`${outside}/secret.png`), "secret");
  });
});

Deno.test("links inside the data directory are followed", async () => {
  await withData(async ({ data, root }) => {
    Deno.mkdirSync(`${root}/all`);
    Deno.writeTextFileSync(`${root}/all/a.png`, "a");
    link("all/a.png", `${root}/b.png`);
    assertEquals(await data.readFile("b.png"), bytesOf("a"));
    assertEquals(await data.walk(), ["all/a.png", "b.png"]);
  });
});

Deno.test("walk() enters a linked folder once and survives a circle", async () => {
  await withData(async ({ data, root }) => {
    Deno.mkdirSync(`${root}/all`);
    Deno.writeTextFileSync(`${root}/all/a.png`, "a");
    link("..", `${root}/all/circle`);
    link("all", `${root}/some`);
    assertEquals(await data.walk(), ["all/a.png"]);
    link("turn", `${root}/turn`);
    await assertRejects(() => data.walk(), InputError, "turn");
  });
});

Deno.test("walk() lists nested files by code units and leaves out what is skipped", async () => {
  await withData(async ({ data, root }) => {
    for (const path of ["b", "a/c", "a/skipped/d", "a.d/e", "Z"]) {
      const name = `${root}/${path}`;
      Deno.mkdirSync(name.slice(0, name.lastIndexOf("/")), { recursive: true });
      Deno.writeTextFileSync(`${name}.png`, "");
    }
    link("a/skipped", `${root}/shortcut`);
    const files = await data.walk("", { skip: ({ name }) => name === "skipped" });
    assertEquals(files, ["Z.png", "a.d/e.png", "a/c.png", "b.png"]);
    assertEquals(await data.walk(`${root}/a`), ["a/c.png", "a/skipped/d.png"]);
    await assertRejects(() => data.walk("missing"), InputError, "missing");
    await assertRejects(() => data.walk("b.png"), InputError, "b.png");
  });
});

Deno.test("list() sorts by code units and tells files from folders", async () => {
  await withData(async ({ data, root }) => {
    Deno.mkdirSync(`${root}/a/sub`, { recursive: true });
    for (const name of ["b.png", "B.png", "10.png", "9.png"]) {
      Deno.writeTextFileSync(`${root}/a/${name}`, "");
    }
    const entries = await data.list("a");
    assertEquals(entries.map(({ name }) => name), ["10.png", "9.png", "B.png", "b.png", "sub"]);
    assertEquals(entries.at(-1), { name: "sub", path: "a/sub", kind: "folder" });
    assertEquals(entries[0], { name: "10.png", path: "a/10.png", kind: "file" });
  });
});

Deno.test("exists() and kindOf() tell what is there", async () => {
  await withData(async ({ data, root }) => {
    Deno.writeTextFileSync(`${root}/a`, "");
    assertEquals(await data.kindOf("a"), "file");
    assertEquals(await data.kindOf(""), "folder");
    assertEquals(await data.exists("a"), true);
    assertEquals(await data.exists("b"), false);
    assertEquals(await data.exists("a/b"), false);
  });
});

Deno.test("makeFolder() makes the folders above and is refused by a file in the way", async () => {
  await withData(async ({ data, root }) => {
    await data.makeFolder("runs/a/samples");
    await data.makeFolder("runs/a/samples");
    assert(Deno.statSync(`${root}/runs/a/samples`).isDirectory);
    Deno.writeTextFileSync(`${root}/file`, "");
    await assertRejects(() => data.makeFolder("file"), InputError, "file");
    await assertRejects(() => data.makeFolder("file/below"), InputError, "file/below");
  });
});

Deno.test("writeFile() replaces a file and leaves nothing else behind", async () => {
  await withData(async ({ data, root }) => {
    await data.writeFile("a.bin", bytesOf("old"));
    await data.writeFile("a.bin", bytesOf("new"));
    await data.writeFile("empty.bin", new Uint8Array(0));
    await data.writeFile("n".repeat(255), bytesOf("long name"));
    assertEquals(Deno.readTextFileSync(`${root}/a.bin`), "new");
    assertEquals(namesIn(root), ["a.bin", "empty.bin", "n".repeat(255)]);
    await assertRejects(() => data.writeFile("missing/a.bin", bytesOf("x")), InputError, "missing");
    await data.makeFolder("folder");
    await assertRejects(() => data.writeFile("folder", bytesOf("x")), InputError, "it is a folder");
    assertEquals(namesIn(root), ["a.bin", "empty.bin", "folder", "n".repeat(255)]);
  });
});

Deno.test("writeFile() replaces what a killed run left and does not follow a link planted there", async () => {
  await withData(async ({ data, root, outside }) => {
    link(`${outside}/secret.png`, `${root}/${partialName("a.bin")}`);
    await data.writeFile("a.bin", bytesOf("new"));
    assertEquals(Deno.readTextFileSync(`${outside}/secret.png`), "secret");
    assertEquals(Deno.lstatSync(`${root}/a.bin`).isSymlink, false);
    assertEquals(namesIn(root), ["a.bin"]);
  });
});

Deno.test("writeFile() keeps the old file when the new one does not fit", async () => {
  await withData(async ({ data, root }) => {
    await data.writeFile("last.bin", bytesOf("old"));
    // A limit on the size of files stops the writing half-way, as a full disk does.
    const output = await runApart(
      `try {
         await (await DataFolder.open("${root}")).writeFile("last.bin", new Uint8Array(1e6));
       } catch (error) { console.log(error.name, error.message); }`,
      [`--allow-read=${root}`, `--allow-write=${root}`],
      `trap "" XFSZ; ulimit -f 64;`,
    );
    assertEquals(
      output.trim(),
      "InputError cannot write last.bin: the file is larger than the system allows",
    );
    assertEquals(Deno.readTextFileSync(`${root}/last.bin`), "old");
    assertEquals(namesIn(root), ["last.bin"]);
  });
});

Deno.test("keepAs() keeps what a file holds under a second name, whatever is written to the first", () =>
  withData(async ({ data, root, outside }) => {
    await data.writeFile("a", bytesOf("one"));
    await data.keepAs("a", "b");
    await data.writeFile("a", bytesOf("two"));
    assertEquals(Deno.readTextFileSync(`${root}/b`), "one");
    await data.keepAs("a", "b");
    // Stopped here, the next time begins with two names of one file.
    await data.keepAs("a", "b");
    assertEquals(namesIn(root), ["a", "b"]);
    await data.writeFile("a", bytesOf("three"));
    assertEquals(Deno.readTextFileSync(`${root}/b`), "two");
    await assertRejects(() => data.keepAs("missing", "b"), InputError, "missing");
    link(`${outside}/secret.png`, `${root}/link`);
    await assertRejects(() => data.keepAs("link", "b"), InputError, "leaves the data directory");
    assertEquals(Deno.readTextFileSync(`${root}/b`), "two");
    assertEquals(namesIn(root), ["a", "b", "link"]);
  }));

Deno.test("an unreadable folder is named", async () => {
  await withData(async ({ root }) => {
    Deno.mkdirSync(`${root}/locked/inner`, { recursive: true });
    const output = await runApart(
      `try { await (await DataFolder.open("${root}")).walk(); }
       catch (error) { console.log(error.name, error.message); }`,
      [`--allow-read=${root}`, `--deny-read=${root}/locked`],
    );
    assertStringIncludes(output, "InputError");
    assertStringIncludes(output, " locked:");
  });
});

Deno.test("fileError() makes one sentence of the system's errors and leaves bugs alone", () => {
  const sentence = (error: Error) => {
    const result = fileError(error, "cannot write a.png");
    assert(result instanceof InputError);
    return result.message;
  };
  assertEquals(
    sentence(new Error("No space left on device (os error 28)")),
    "cannot write a.png: the disk is full; make room and try again",
  );
  assertStringIncludes(
    sentence(new Error("Input/output error (os error 5)")),
    "Input/output error",
  );
  assertStringIncludes(sentence(new Deno.errors.PermissionDenied("x")), "permission denied");
  const other = "set OUT_DIR to a folder that may be written";
  assertStringIncludes(sentence(new Deno.errors.PermissionDenied("x")), other);
  assertEquals(
    sentence(new Error("Read-only file system (os error 30)")),
    `cannot write a.png: the disk is read-only; ${other}`,
  );
  const reading = fileError(new Deno.errors.PermissionDenied("x"), "cannot read a.png");
  assert(reading instanceof InputError && !reading.message.includes("OUT_DIR"));
  assertStringIncludes(sentence(new Deno.errors.IsADirectory("x")), "it is a folder");
  const bug = new TypeError("x is not a function");
  assertEquals(fileError(bug, "cannot write a.png"), bug);
  const abort = new DOMException("stopped", "AbortError");
  assertEquals(fileError(abort, "cannot write a.png"), abort);
});

Deno.test("DataFolder refuses text by its size, before it reads it, and bytes that are no text", () =>
  withData(async ({ data, root }) => {
    // Files with holes: they take no room on the disk.
    for (
      const [name, bytes] of [["large.json", 2 ** 28 + 1], ["huge.json", 3 * 2 ** 30]] as const
    ) {
      Deno.writeTextFileSync(`${root}/${name}`, "");
      Deno.truncateSync(`${root}/${name}`, bytes);
      const refused = () => data.readText(name);
      await assertRejects(refused, InputError, `${name} has ${bytes} bytes, expected at most`);
    }
    Deno.writeTextFileSync(`${root}/a.csv`, "\ufefffile,patient\n");
    assertEquals(await data.readText("a.csv", { limit: 16 }), "file,patient\n");
    await assertRejects(() => data.readText("a.csv", { limit: 15 }), InputError, "at most 15");
    Deno.writeFileSync(`${root}/latin.csv`, Uint8Array.of(0x4c, 0xe4, 0x73));
    await assertRejects(
      () => data.readText("latin.csv"),
      InputError,
      "latin.csv is no text in UTF-8",
    );
  }));
