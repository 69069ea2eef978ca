/** Files that another process removes while they are looked at, such as its partial files. */
import { assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { DataFolder } from "../../lib/store/folder.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

/** A folder with `a`, `b` and `sub/c`; what `path` names is removed after a first look at it. */
async function vanishing(path: string, use: (data: DataFolder) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (root) => {
    Deno.mkdirSync(`${root}/sub`);
    for (const name of ["a", "b", "sub/c"]) Deno.writeTextFileSync(`${root}/${name}`, name);
    const data = await DataFolder.open(root);
    const { lstat } = Deno;
    let isThere = true;
    Deno.lstat = async (looked) => {
      const status = await lstat(looked);
      if (isThere && looked === `${root}/${path}`) {
        isThere = false;
        Deno.removeSync(`${root}/${path}`, { recursive: true });
      }
      return status;
    };
    try {
      await use(data);
      assertEquals(isThere, false);
    } finally {
      Deno.lstat = lstat;
    }
  });
}

Deno.test("list() leaves out what vanishes meanwhile", async () => {
  await vanishing("b", async (data) => {
    assertEquals((await data.list()).map(({ name, kind }) => [name, kind]), [
      ["a", "file"],
      ["sub", "folder"],
    ]);
  });
});

Deno.test("walk() passes over a folder that vanishes meanwhile, but not over its own", async () => {
  await vanishing("sub", async (data) => assertEquals(await data.walk(), ["a", "b"]));
  await vanishing("sub", async (data) => {
    await assertRejects(() => data.walk("sub"), InputError, "there is no such file or folder");
  });
});

Deno.test("what vanishes meanwhile is not there", async () => {
  await vanishing("b", async (data) => assertEquals(await data.kindOf("b"), undefined));
  await vanishing("b", async (data) => {
    await assertRejects(
      () => data.readFile("b"),
      InputError,
      "cannot read b: there is no such file or folder",
    );
  });
});
