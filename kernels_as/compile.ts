/**
 * Builds kernels_as/index.ts into kernels_as/build: kernels.wasm, kernels_plain.wasm (without
 * relaxed SIMD), and kernels.ts with the names of the kernels' arguments. It does nothing while the
 * sources are unchanged and the results are whole. `deno task setup` runs it. It needs permission
 * to read the project and to write kernels_as/build.
 *
 * @module
 */
import { compileModule, COMPILER, type Simd } from "./assemblyscript.ts";
import { interfaceText } from "./interface.ts";
import { readKernelSource } from "./read_source.ts";

const FOLDER = "kernels_as";
const BUILD = `${FOLDER}/build`;
const WASM = `${BUILD}/kernels.wasm`;
const PLAIN = `${BUILD}/kernels_plain.wasm`;
const INTERFACE = `${BUILD}/kernels.ts`;
/** Two hashes, a line each: of the sources, and of the files made from them. */
const STAMP = `${BUILD}/build.sha256`;

/** Files of the build, which are no part of the module. */
const TOOLS = ["assemblyscript.ts", "compile.ts", "interface.ts", "read_source.ts"];

const texts = new Map<string, string>();
for (const { isFile, name } of Deno.readDirSync(FOLDER)) {
  if (isFile && name.endsWith(".ts")) texts.set(name, readKernelSource(`${FOLDER}/${name}`));
}
const sources = new Map([...texts].filter(([name]) => !TOOLS.includes(name)));

const sourcesHash = await hashOfSources();
if (!await isUpToDate()) {
  const compile = (simd: Simd) =>
    compileModule(["index.ts"], (name) => sources.get(name) ?? null, simd);
  const wasm = await compile("relaxed");
  const plain = await compile("plain");
  const names = new TextEncoder().encode(interfaceText(wasm, [...sources.values()]));
  Deno.mkdirSync(BUILD, { recursive: true });
  put(WASM, wasm);
  put(PLAIN, plain);
  put(INTERFACE, names);
  const results = await hashOfResults([wasm, plain, names]);
  put(STAMP, new TextEncoder().encode(`${sourcesHash}\n${results}\n`));
  console.error(`Built ${WASM}: ${wasm.length} bytes from ${sources.size} files`);
}

/** The hash of everything on which the result depends. */
function hashOfSources(): Promise<string> {
  const all = [...texts.keys()].sort().map((name) => `${name}\n${texts.get(name)}`);
  return sha256(new TextEncoder().encode([COMPILER, ...all].join("\0")));
}

/** The hash of the built files. */
async function hashOfResults(files: readonly Uint8Array[]): Promise<string> {
  const hashes = await Promise.all(files.map(sha256));
  return sha256(new TextEncoder().encode(hashes.join(" ")));
}

async function isUpToDate(): Promise<boolean> {
  try {
    const files = [WASM, PLAIN, INTERFACE].map((file) => Deno.readFileSync(file));
    const results = await hashOfResults(files);
    return Deno.readTextFileSync(STAMP) === `${sourcesHash}\n${results}\n`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Writes a file beside its final name and renames it. A reader sees the old file or the new one,
 * and several builds at once do not disturb each other.
 */
function put(path: string, bytes: Uint8Array): void {
  const partial = `${path}.${Deno.pid}.partial`;
  Deno.writeFileSync(partial, bytes);
  Deno.renameSync(partial, path);
}

async function sha256(bytes: Uint8Array): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice())).toHex();
}
