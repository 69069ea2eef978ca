/**
 * Compiles AssemblyScript in memory, in the one way in which the product's kernels and those of the
 * laboratory are compiled.
 *
 * The module imports its memory, so that all threads share one: 64 KiB pages, up to 4 GiB.
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
  "relaxed-simd",
  "--enable",
  "threads",
];

/** All that the code depends on beside its sources. */
export const COMPILER = [asc.version, ...OPTIONS].join("\0");

/**
 * The module of the files `entries` and all that they import; `readFile` gives a file's text, null
 * where there is none.
 *
 * @throws Error with the compiler's messages where the sources do not compile
 */
export async function compileModule(
  entries: readonly string[],
  readFile: (name: string) => string | null,
): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const messages: string[] = [];
  const stream = { write: (text: string) => (messages.push(text), true) };
  const { error } = await asc.main([...entries, ...OPTIONS], {
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
