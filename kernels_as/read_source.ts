/**
 * Reads the source of a kernel. `@inline`, AssemblyScript's decorator of functions, is written as a
 * comment, `// @inline`: TypeScript knows decorators of classes only, and its tools complain about
 * the others or, like `deno fmt`, quietly remove them.
 *
 * @module
 */

/** The text of a kernel file, with its decorators. */
export function readKernelSource(path: string): string {
  return Deno.readTextFileSync(path).replaceAll(/^\/\/ (?=@inline$)/gm, "");
}
