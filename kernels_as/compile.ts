/**
 * Builds kernels_as/index.ts into kernels_as/build/kernels.wasm; does nothing while the sources are unchanged.
 * `deno task setup` runs it; it needs to read the project and to write kernels_as/build.
 *
 * @module
 */
import { compileModule, COMPILER } from "./assemblyscript.ts";
import { readKernelSource } from "./read_source.ts";

const FOLDER = "kernels_as";
const BUILD = `${FOLDER}/build`;
const WASM = `${BUILD}/kernels.wasm`;
const STAMP = `${BUILD}/sources.sha256`;

/** What runs here rather than in the module. */
const TOOLS = ["assemblyscript.ts", "compile.ts", "read_source.ts"];

const sources = new Map<string, string>();
for (const { isFile, name } of Deno.readDirSync(FOLDER)) {
  if (isFile && name.endsWith(".ts") && !TOOLS.includes(name)) {
    sources.set(name, readKernelSource(`${FOLDER}/${name}`));
  }
}

const stamp = await fingerprint();
if (!isUpToDate()) {
  const wasm = await compileModule(["index.ts"], (name) => sources.get(name) ?? null);
  Deno.mkdirSync(BUILD, { recursive: true });
  Deno.writeFileSync(WASM, wasm);
  Deno.writeTextFileSync(STAMP, stamp);
  console.error(`Built ${WASM}: ${wasm.length} bytes from ${sources.size} files`);
}

/** The hash of everything that the result depends on. */
async function fingerprint(): Promise<string> {
  const names = [...sources.keys()].sort();
  const all = names.map((name) => `${name}\n${sources.get(name)}`);
  const text = [COMPILER, ...all].join("\0");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex();
}

function isUpToDate(): boolean {
  try {
    Deno.statSync(WASM);
    return Deno.readTextFileSync(STAMP) === stamp;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
