/**
 * The compiled WebAssembly module and how to get at its kernels.
 *
 * @module
 */
import { FUNCTIONS, RECORDS, TASK_KERNELS } from "../../kernels_as/build/kernels.ts";
import bytes from "../../kernels_as/build/kernels.wasm" with { type: "bytes" };

/** A kernel: numbers in (addresses, counts, factors), at most one number out. */
export type Kernel = (...args: number[]) => number;

/** The kernels by name. */
export type Kernels = Record<string, Kernel>;

/** A number for each of these names. */
export type Named<Names extends readonly string[]> = Readonly<Record<Names[number], number>>;

/** A kernel that threads run, task by task. */
export type TaskKernel = keyof typeof TASK_KERNELS;

/** The arguments of a task kernel by name. */
export type TaskArguments<Kernel extends TaskKernel> = Named<(typeof TASK_KERNELS)[Kernel]>;

/** The functions that are called directly, with their arguments by name. */
export type NamedFunctions = {
  readonly [Name in keyof typeof FUNCTIONS]: (args: Named<(typeof FUNCTIONS)[Name]>) => number;
};

/** The size of a WebAssembly page. */
export const PAGE_BYTES = 65536;

/** The most that a 32-bit memory can hold. */
export const MOST_MEMORY_BYTES = 65536 * PAGE_BYTES;

/** The compiled module; threads share it and bring their memory. */
export const kernelModule: WebAssembly.Module = new WebAssembly.Module(bytes);

/** A memory that every thread can see, growing up to `mostBytes`. */
export function sharedMemory(bytes: number, mostBytes = MOST_MEMORY_BYTES): WebAssembly.Memory {
  return new WebAssembly.Memory({
    initial: Math.max(1, Math.ceil(bytes / PAGE_BYTES)),
    maximum: Math.ceil(mostBytes / PAGE_BYTES),
    shared: true,
  });
}

/** The kernels, working on `memory`. */
export function instantiate(memory: WebAssembly.Memory): Kernels {
  const instance = new WebAssembly.Instance(kernelModule, { env: { memory } });
  return instance.exports as unknown as Kernels;
}

/** The functions that are called directly, working on `memory`. */
export function instantiateFunctions(memory: WebAssembly.Memory): NamedFunctions {
  const kernels = instantiate(memory);
  const entries = Object.entries(FUNCTIONS).map(([name, names]) => {
    const call = (args: Readonly<Record<string, number>>) => kernels[name](...inOrder(names, args));
    return [name, call];
  });
  return Object.fromEntries(entries);
}

/** A task kernel's arguments in its order. */
export function argumentsOf<Kernel extends TaskKernel>(
  kernel: Kernel,
  args: TaskArguments<Kernel>,
): number[] {
  return inOrder(TASK_KERNELS[kernel], args);
}

/** A record that kernels read, as words; a float is given by its bits. */
export function recordWords<Kind extends keyof typeof RECORDS>(
  kind: Kind,
  fields: Named<(typeof RECORDS)[Kind]>,
): number[] {
  return inOrder(RECORDS[kind], fields);
}

/**
 * The values of `names`. Types hold every name to its place; the names of an optimiser's constants,
 * which plans hold, and names spread into `values` escape them.
 */
function inOrder(names: readonly string[], values: Readonly<Record<string, number>>): number[] {
  const surplus = Object.keys(values).find((name) => !names.includes(name));
  if (surplus !== undefined) throw new Error(`no argument of these is called ${surplus}: ${names}`);
  return names.map((name) => {
    if (!(name in values)) throw new Error(`argument ${name} is missing`);
    return values[name];
  });
}
