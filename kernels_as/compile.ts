/**
 * Builds kernels_as/index.ts into kernels_as/build/kernels.wasm; does nothing while the sources are unchanged.
 * `deno task setup` runs it; it needs to read the project and to write kernels_as/build.
 *
 * The module imports its memory, so that all threads share one: 64 KiB pages, up to 4 GiB.
 *
 * @module
 */
import asc from "assemblyscript/asc";
import { readKernelSource } from "./read_source.ts";

const FOLDER = "kernels_as";
const BUILD = `${FOLDER}/build`;
const WASM = `${BUILD}/kernels.wasm`;
const STAMP = `${BUILD}/sources.sha256`;
const OPTIONS = [
  "index.ts",
  "--outFile",
  "kernels.wasm",
  "-O3",
  "--noAssert",
  "--runtime",
  "stub",
  "--importMemory",
  "--sharedMemory",
  "--initialMemory",
  "1",
  "--maximumMemory",
  "65536",
  "--enable",
  "relaxed-simd",
  "--enable",
  "threads",
];

/** What runs here rather than in the module. */
const TOOLS = ["compile.ts", "read_source.ts"];

const sources = new Map<string, string>();
for (const { isFile, name } of Deno.readDirSync(FOLDER)) {
  if (isFile && name.endsWith(".ts") && !TOOLS.includes(name)) {
    sources.set(name, readKernelSource(`${FOLDER}/${name}`));
  }
}

const stamp = await fingerprint();
if (!isUpToDate()) {
  const wasm = await compile();
  Deno.mkdirSync(BUILD, { recursive: true });
  Deno.writeFileSync(WASM, wasm);
  Deno.writeTextFileSync(STAMP, stamp);
  console.error(`Built ${WASM}: ${wasm.length} bytes from ${sources.size} files`);
}

/** The hash of everything that the result depends on. */
async function fingerprint(): Promise<string> {
  const names = [...sources.keys()].sort();
  const all = names.map((name) => `${name}\n${sources.get(name)}`);
  const text = [asc.version, ...OPTIONS, ...all].join("\0");
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

async function compile(): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const messages: string[] = [];
  const stream = { write: (text: string) => (messages.push(text), true) };
  const { error } = await asc.main(OPTIONS, {
    readFile: (name: string) => sources.get(name) ?? null,
    writeFile: (name: string, contents: string | Uint8Array) => {
      if (name === "kernels.wasm") wasm = new Uint8Array(contents as Uint8Array);
    },
    listFiles: () => [],
    stdout: stream,
    stderr: stream,
  });
  if (error || !wasm) {
    throw new Error(`the kernels do not compile:\n${messages.join("")}`, { cause: error });
  }
  return wasm;
}
