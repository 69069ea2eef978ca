/**
 * Writes the interface of the kernels as a TypeScript file: the arguments of each kernel and the
 * fields of each record by name, and the constants that host and kernel share. Hosts import it, so
 * a missing or misspelt argument does not compile.
 *
 * The names come from the sources; the list of exports and the values of the constants come from
 * the compiled module.
 *
 * @module
 */
import { MOST_PAGES } from "./assemblyscript.ts";

/** A function's name and its parameters, each with its type. */
const FUNCTION = /^export function (\w+)\(([^)]*)\)/gm;

/** An unmanaged class, whose memory layout is its fields, one word each. */
const RECORD = /^@unmanaged\n(?:export )?class (\w+) {\n(.*?)^}/gms;

/** The first two parameters of a task kernel, which the thread passes. */
const FROM_THREAD = ["task", "scratch"];

/**
 * The text for the module `wasm`, compiled from `sources`.
 *
 * @throws {Error} when two sources export a function of a name that the module exports.
 */
export function interfaceText(
  wasm: Uint8Array<ArrayBuffer>,
  sources: readonly string[],
): string {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { memory } });
  const parameters = parametersOf(sources);
  const taskKernels: string[] = [];
  const functions: string[] = [];
  const constants: string[] = [];
  for (const [name, value] of Object.entries(exports).sort(([a], [b]) => a < b ? -1 : 1)) {
    if (value instanceof WebAssembly.Global) {
      constants.push(`export const ${name} = ${value.value};`);
      continue;
    }
    if (typeof value !== "function") continue;
    const lists = parameters.get(name) ?? [];
    if (lists.length !== 1) throw new Error(`${lists.length} sources export function ${name}`);
    const [names] = lists;
    const isTask = FROM_THREAD.every((given, i) => names[i] === given);
    const [list, own] = isTask ? [taskKernels, names.slice(2)] : [functions, names];
    list.push(`  ${name}: ${JSON.stringify(own)},`);
  }
  return `// Made by kernels_as/compile.ts from the kernels' sources.

/** Kernels that threads run, with the arguments after task and scratch. */
export const TASK_KERNELS = {
${taskKernels.join("\n")}
} as const;

/** Functions that are called directly, with their arguments. */
export const FUNCTIONS = {
${functions.join("\n")}
} as const;

/** Records of 32-bit words that kernels read, with their fields. */
export const RECORDS = {
${recordsOf(sources).join("\n")}
} as const;

// Constants; each is explained where its kernel exports it.
${constants.join("\n")}
`;
}

/**
 * Parameter names by function name. Names of unused parameters lose the underscore with which they
 * begin.
 */
function parametersOf(sources: readonly string[]): Map<string, string[][]> {
  const found = new Map<string, string[][]>();
  for (const source of sources) {
    for (const [, name, list] of source.matchAll(FUNCTION)) {
      const names = Array.from(list.matchAll(/_?(\w+):/g), ([, parameter]) => parameter);
      found.set(name, [...found.get(name) ?? [], names]);
    }
  }
  return found;
}

/** One line per record. */
function recordsOf(sources: readonly string[]): string[] {
  return sources.flatMap((source) =>
    Array.from(source.matchAll(RECORD), ([, name, fields]) => {
      const names = Array.from(fields.matchAll(/^ {2}(\w+):/gm), ([, field]) => field);
      return `  ${name}: ${JSON.stringify(names)},`;
    })
  ).sort();
}
