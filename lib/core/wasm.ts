/**
 * The compiled WebAssembly module, and instances of its kernels.
 *
 * There are two builds of the module. The relaxed one is the faster, and a browser without relaxed
 * SIMD refuses it (Safari up to 27.2). The plain one runs wherever there is SIMD.
 *
 * @module
 */
import { FUNCTIONS, RECORDS, TASK_KERNELS } from "../../kernels_as/build/kernels.ts";
import relaxedBytes from "../../kernels_as/build/kernels.wasm" with { type: "bytes" };
import plainBytes from "../../kernels_as/build/kernels_plain.wasm" with { type: "bytes" };
import { DeviceError } from "./errors.ts";

/** A kernel takes numbers (addresses, counts, factors) and returns at most one number. */
export type Kernel = (...args: number[]) => number;

/** The kernels by name. */
export type Kernels = Record<string, Kernel>;

/** A number for each of these names. */
export type Named<Names extends readonly string[]> = Readonly<Record<Names[number], number>>;

/** A kernel that threads run, task by task. */
export type TaskKernel = keyof typeof TASK_KERNELS;

/** The arguments of a task kernel by name. */
export type TaskArguments<Kernel extends TaskKernel> = Named<(typeof TASK_KERNELS)[Kernel]>;

/** The name of a function that is called directly. */
export type FunctionName = keyof typeof FUNCTIONS;

/** The arguments by name of a function that is called directly. */
export type FunctionArguments<Name extends FunctionName> = Named<(typeof FUNCTIONS)[Name]>;

/** The functions that are called directly, with their arguments by name. */
export type NamedFunctions = {
  readonly [Name in FunctionName]: (args: FunctionArguments<Name>) => number;
};

/** The size of a WebAssembly page. */
export const PAGE_BYTES = 65536;

/** The largest size of a 32-bit memory, in bytes. */
export const MOST_MEMORY_BYTES = 65536 * PAGE_BYTES;

/** Which SIMD instructions a module uses. */
export type Simd = "relaxed" | "plain";

const BUILDS = { relaxed: relaxedBytes, plain: plainBytes };
const compiled: Partial<Record<Simd, WebAssembly.Module>> = {};

/**
 * The better of the two builds that `validate` accepts.
 *
 * @throws {DeviceError} when it accepts neither.
 */
export function bestSimd(
  validate: (module: Uint8Array<ArrayBuffer>) => boolean = WebAssembly.validate,
): Simd {
  for (const simd of ["relaxed", "plain"] as const) if (validate(BUILDS[simd])) return simd;
  throw new DeviceError("this browser has no WebAssembly SIMD and threads; use a newer one");
}

/** The module, compiled at the first call. Threads share it; each instance is given a memory. */
export function kernelModule(simd = bestSimd()): WebAssembly.Module {
  return compiled[simd] ??= new WebAssembly.Module(BUILDS[simd]);
}

/** A shared memory that can grow up to `mostBytes`. */
export function sharedMemory(bytes: number, mostBytes = MOST_MEMORY_BYTES): WebAssembly.Memory {
  return new WebAssembly.Memory({
    initial: Math.max(1, Math.ceil(bytes / PAGE_BYTES)),
    maximum: Math.ceil(mostBytes / PAGE_BYTES),
    shared: true,
  });
}

/** The kernels, working on `memory`. */
export function instantiate(memory: WebAssembly.Memory, module = kernelModule()): Kernels {
  const instance = new WebAssembly.Instance(module, { env: { memory } });
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

/** The arguments of a function that is called directly, in its order. */
export function functionArguments<Name extends FunctionName>(
  name: Name,
  args: FunctionArguments<Name>,
): number[] {
  return inOrder(FUNCTIONS[name], args);
}

/** A task kernel's arguments in its order. */
export function argumentsOf<Kernel extends TaskKernel>(
  kernel: Kernel,
  args: TaskArguments<Kernel>,
): number[] {
  return inOrder(TASK_KERNELS[kernel], args);
}

/** A record that kernels read, as 32-bit words; a float is stored as its bits. */
export function recordWords<Kind extends keyof typeof RECORDS>(
  kind: Kind,
  fields: Named<(typeof RECORDS)[Kind]>,
): number[] {
  return inOrder(RECORDS[kind], fields);
}

/** The bits of a float32 as an unsigned word. */
export function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}

/**
 * The values of `names`, in order. Throws for a missing name and for an unknown one: types cannot
 * check the constants of optimisers, which plans hold, and names that are spread into `values`.
 */
function inOrder(names: readonly string[], values: Readonly<Record<string, number>>): number[] {
  const surplus = Object.keys(values).find((name) => !names.includes(name));
  if (surplus !== undefined) throw new Error(`no argument of these is called ${surplus}: ${names}`);
  return names.map((name) => {
    if (!(name in values)) throw new Error(`argument ${name} is missing`);
    return values[name];
  });
}
