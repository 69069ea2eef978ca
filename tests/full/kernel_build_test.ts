import { assertEquals, assertStringIncludes } from "@std/assert";
import { inTemporaryFolder } from "../support/temporary.ts";

const BUILD = "kernels_as/build";
const MADE = ["kernels.ts", "kernels.wasm", "kernels_plain.wasm"];

/** Copies what the build reads, without its results. */
function copySources(folder: string): void {
  Deno.mkdirSync(`${folder}/kernels_as`);
  for (const file of ["deno.json", "deno.lock"]) Deno.copyFileSync(file, `${folder}/${file}`);
  for (const { isFile, name } of Deno.readDirSync("kernels_as")) {
    if (isFile) Deno.copyFileSync(`kernels_as/${name}`, `${folder}/kernels_as/${name}`);
  }
}

/** Runs the build as the task `setup` does; returns what it said. */
async function build(folder: string): Promise<string> {
  const flags = ["run", "--no-prompt", "--cached-only", "--allow-read=.", "--ignore-env"];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...flags, `--allow-write=${BUILD}`, "kernels_as/compile.ts"],
    cwd: folder,
  }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  return said;
}

Deno.test("the build of the kernels repairs damaged results, and several at once end well", () =>
  inTemporaryFolder(async (folder) => {
    copySources(folder);
    const read = () => MADE.map((name) => Deno.readFileSync(`${folder}/${BUILD}/${name}`));
    const first = await Promise.all(Array.from({ length: 4 }, () => build(folder)));
    assertStringIncludes(first.join(""), "Built kernels_as/build/kernels.wasm");
    const whole = read();
    assertEquals(
      [...Deno.readDirSync(`${folder}/${BUILD}`)].map(({ name }) => name).sort(),
      ["build.sha256", ...MADE],
    );
    assertEquals(await build(folder), "", "nothing has changed");
    for (const [index, name] of MADE.entries()) {
      const path = `${folder}/${BUILD}/${name}`;
      Deno.writeFileSync(path, whole[index].subarray(0, 1000));
      assertStringIncludes(await build(folder), "Built");
      assertEquals(read(), whole, name);
    }
    Deno.removeSync(`${folder}/${BUILD}/kernels.wasm`);
    assertStringIncludes(await build(folder), "Built");
    assertEquals(read(), whole);
  }));
