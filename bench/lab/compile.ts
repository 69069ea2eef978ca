/**
 * Compiles a lab file in memory, with the options of the product.
 *
 * @module
 */
import asc from "assemblyscript/asc";
import { readKernelSource } from "../../kernels_as/read_source.ts";

const OPTIONS = [
  "--outFile",
  "lab.wasm",
  "-O3",
  "--noAssert",
  "--runtime",
  "stub",
  "--importMemory",
  "--enable",
  "relaxed-simd",
];

/** A kernel: addresses and counts in. */
export type LabKernel = (...args: number[]) => void;

/** The exported functions of a file in bench/lab/kernels, and `peak`, working on a memory of so many bytes. */
export async function compileLab(
  file: string,
  bytes: number,
): Promise<{ kernels: Record<string, LabKernel>; memory: ArrayBufferLike }> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const messages: string[] = [];
  const stream = { write: (text: string) => (messages.push(text), true) };
  const entries = [`bench/lab/kernels/${file}`, "kernels_as/peak.ts"];
  const { error } = await asc.main([...entries, ...OPTIONS], {
    readFile: readSource,
    writeFile: (name: string, contents: string | Uint8Array) => {
      if (name === "lab.wasm") wasm = new Uint8Array(contents as Uint8Array);
    },
    listFiles: () => [],
    stdout: stream,
    stderr: stream,
  });
  if (error || !wasm) throw new Error(`${file} does not compile:\n${messages.join("")}`);
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / 65536) });
  const { instance } = await WebAssembly.instantiate(wasm, { env: { memory } });
  return {
    kernels: instance.exports as unknown as Record<string, LabKernel>,
    memory: memory.buffer,
  };
}

/** The text of a source file below the project's folder; null where there is none. */
function readSource(name: string): string | null {
  try {
    return readKernelSource(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
