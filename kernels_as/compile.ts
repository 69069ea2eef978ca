/**
 * Builds kernels_as/index.ts into kernels_as/build: kernels.wasm, and kernels.ts with the names of
 * its kernels' arguments. It does nothing while the sources are unchanged. `deno task setup` runs
 * it. It needs permission to read the project and to write kernels_as/build.
 *
 * @module
 */
import { compileModule, COMPILER } from "./assemblyscript.ts";
import { interfaceText } from "./interface.ts";
import { readKernelSource } from "./read_source.ts";

const FOLDER = "kernels_as";
const BUILD = `${FOLDER}/build`;
const WASM = `${BUILD}/kernels.wasm`;
const INTERFACE = `${BUILD}/kernels.ts`;
const STAMP = `${BUILD}/sources.sha256`;

/** Files of the build, which are no part of the module. */
const TOOLS = ["assemblyscript.ts", "compile.ts", "interface.ts", "read_source.ts"];

const texts = new Map<string, string>();
for (const { isFile, name } of Deno.readDirSync(FOLDER)) {
  if (isFile && name.endsWith(".ts")) texts.set(name, readKernelSource(`${FOLDER}/${name}`));
}
const sources = new Map([...texts].filter(([name]) => !TOOLS.includes(name)));

const stamp = await fingerprint();
if (!isUpToDate()) {
  const wasm = await compileModule(["index.ts"], (name) => sources.get(name) ?? null);
  Deno.mkdirSync(BUILD, { recursive: true });
  Deno.writeFileSync(WASM, wasm);
  Deno.writeTextFileSync(INTERFACE, interfaceText(wasm, [...sources.values()]));
  Deno.writeTextFileSync(STAMP, stamp);
  console.error(`Built ${WASM}: ${wasm.length} bytes from ${sources.size} files`);
}

/** The hash of everything on which the result depends. */
async function fingerprint(): Promise<string> {
  const all = [...texts.keys()].sort().map((name) => `${name}\n${texts.get(name)}`);
  const text = [COMPILER, ...all].join("\0");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

function isUpToDate(): boolean {
  try {
    Deno.statSync(WASM);
    Deno.statSync(INTERFACE);
    return Deno.readTextFileSync(STAMP) === stamp;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
