/**
 * Compiles AssemblyScript in memory. The product's kernels and those of the laboratory are compiled
 * with the same options.
 *
 * The module imports its memory, of up to 4 GiB, so that all threads share it.
 *
 * @module
 */
import asc from "assemblyscript/asc";

/** The largest memory of a module, in pages of 64 KiB. */
export const MOST_PAGES = 65536;

const WASM = "module.wasm";
const OPTIONS = [
  "--outFile",
  WASM,
  "-O3",
  "--noAssert",
  "--runtime",
  "stub",
  "--importMemory",
  "--sharedMemory",
  "--initialMemory",
  "1",
  "--maximumMemory",
  `${MOST_PAGES}`,
  "--enable",
  "threads",
];

/** The options of the two kinds of module, see fma.ts. */
const SIMD = { relaxed: ["--enable", "relaxed-simd"], plain: ["--enable", "simd"] };

/** Which SIMD instructions a module uses. */
export type Simd = keyof typeof SIMD;

/** Everything except the sources on which the code depends. */
export const COMPILER = JSON.stringify([asc.version, OPTIONS, SIMD]);

/**
 * Compiles the files `entries` and their imports to a module. `readFile` returns a file's text,
 * null where there is no such file.
 *
 * @throws {Error} with the compiler's messages when the sources do not compile.
 */
export async function compileModule(
  entries: readonly string[],
  readFile: (name: string) => string | null,
  simd: Simd = "relaxed",
): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const messages: string[] = [];
  const stream = { write: (text: string) => (messages.push(text), true) };
  const { error } = await asc.main([...entries, ...OPTIONS, ...SIMD[simd]], {
    readFile,
    writeFile: (name: string, contents: string | Uint8Array) => {
      if (name === WASM) wasm = new Uint8Array(contents as Uint8Array);
    },
    listFiles: () => [],
    stdout: stream,
    stderr: stream,
  });
  if (error || !wasm) {
    throw new Error(`${entries} does not compile:\n${messages.join("")}`, { cause: error });
  }
  return wasm;
}
