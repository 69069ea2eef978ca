import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { inTemporaryFolder, link } from "../support/temporary.ts";

/** Exchanges the folder `sub` for a link to the outside. */
function exchange(root: string, outside: string): void {
  Deno.renameSync(`${root}/sub`, `${root}/aside`);
  link(outside, `${root}/sub`);
}

function restore(root: string): void {
  Deno.removeSync(`${root}/sub`);
  Deno.renameSync(`${root}/aside`, `${root}/sub`);
}

/** A folder `sub` that is exchanged for a link to the outside when a file is opened. */
async function swapping(
  swaps: { readonly back: boolean },
  use: (at: { data: DataFolder; outside: string }) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const [root, outside] = [`${folder}/data`, `${folder}/outside`];
    for (const path of [root, outside, `${root}/sub`]) Deno.mkdirSync(path);
    Deno.writeTextFileSync(`${root}/sub/a.txt`, "inside");
    Deno.writeTextFileSync(`${outside}/a.txt`, "secret");
    const data = await DataFolder.open(root);
    const { open } = Deno;
    let swapped = false;
    Deno.open = async (path, options) => {
      if (swapped || !String(path).includes("/sub/")) return await open(path, options);
      swapped = true;
      exchange(root, outside);
      const file = await open(path, options);
      if (swaps.back) restore(root);
      return file;
    };
    try {
      await use({ data, outside });
    } finally {
      Deno.open = open;
    }
  });
}

/** The texts of all files in a folder. */
const texts = (folder: string) =>
  [...Deno.readDirSync(folder)].map(({ name }) => Deno.readTextFileSync(`${folder}/${name}`));

Deno.test("a folder that becomes a link to the outside while a file is opened is refused", async () => {
  await swapping({ back: false }, async ({ data }) => {
    await assertRejects(() => data.readFile("sub/a.txt"), InputError, "leaves the data directory");
  });
  await swapping({ back: false }, async ({ data, outside }) => {
    await assertRejects(
      () => data.writeFile("sub/b.txt", "new"),
      InputError,
      "leaves the data directory",
    );
    assertEquals(texts(outside), ["secret"]);
  });
});

Deno.test("a folder that is a link only while a file is opened is read and written inside", async () => {
  await swapping({ back: true }, async ({ data }) => {
    assertEquals(await data.readText("sub/a.txt"), "inside");
  });
  await swapping({ back: true }, async ({ data, outside }) => {
    await data.writeFile("sub/a.txt", "new");
    assertEquals(await data.readText("sub/a.txt"), "new");
    // An empty file may have been made outside; nothing is written to it.
    assertEquals(texts(outside).filter((text) => text !== ""), ["secret"]);
  });
});

Deno.test("the empty file that was made outside is removed as soon as the link is there again", async () => {
  await swapping({ back: true }, async ({ data, outside }) => {
    const { remove } = Deno;
    let removals = 0;
    Deno.remove = async (path, options) => {
      if (++removals !== 2) return await remove(path, options);
      exchange(data.root, outside);
      await remove(path, options).finally(() => restore(data.root));
    };
    try {
      await data.writeFile("sub/b.txt", "new");
    } finally {
      Deno.remove = remove;
    }
    assertEquals(await data.readText("sub/b.txt"), "new");
    assertEquals(texts(outside), ["secret"]);
  });
});

Deno.test("a file that is replaced while it is opened is read again, as the new one", async () => {
  await inTemporaryFolder(async (root) => {
    const data = await DataFolder.open(root);
    await data.writeFile("a.txt", "old");
    const { open } = Deno;
    let replaced = false;
    Deno.open = async (path, options) => {
      const file = await open(path, options);
      if (replaced) return file;
      replaced = true;
      await data.writeFile("a.txt", "new");
      return file;
    };
    try {
      assertEquals(await data.readText("a.txt"), "new");
    } finally {
      Deno.open = open;
    }
  });
});

Deno.test("a file that grows or shrinks after its size was looked up is read to its end, up to the limit", async () => {
  await inTemporaryFolder(async (root) => {
    const data = await DataFolder.open(root);
    const bytes = Uint8Array.from({ length: 20_000 }, (_, k) => k % 251);
    await data.writeFile("a.bin", bytes);
    const { stat } = Deno;
    try {
      for (const size of [0, 1, 4096, 19_999, 20_000, 30_000]) {
        Deno.stat = async (path) => ({ ...await stat(path), size });
        assertEquals(await data.readFile("a.bin"), bytes, `${size}`);
      }
      Deno.stat = async (path) => ({ ...await stat(path), size: 5000 });
      await assertRejects(() => data.readFile("a.bin", { limit: 6000 }), InputError, "6000 bytes");
    } finally {
      Deno.stat = stat;
    }
  });
});
