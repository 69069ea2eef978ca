/**
 * Compiles a lab file in memory, as the product's kernels are compiled.
 *
 * @module
 */
import { compileModule, MOST_PAGES } from "../../kernels_as/assemblyscript.ts";
import { readKernelSource } from "../../kernels_as/read_source.ts";

/** A kernel; its arguments are addresses and counts. */
export type LabKernel = (...args: number[]) => void;

/**
 * Compiles a file in bench/lab/kernels; returns its exported functions and `peak`, on a memory of
 * `bytes` bytes.
 */
export async function compileLab(
  file: string,
  bytes: number,
): Promise<{ kernels: Record<string, LabKernel>; memory: ArrayBufferLike }> {
  const wasm = await compileModule(
    [`bench/lab/kernels/${file}`, "kernels_as/peak.ts"],
    readSource,
  );
  const initial = Math.ceil(bytes / 65536);
  const memory = new WebAssembly.Memory({ initial, maximum: MOST_PAGES, shared: true });
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
