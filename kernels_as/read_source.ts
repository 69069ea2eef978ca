/**
 * Reads the source of a kernel. `@inline`, AssemblyScript's decorator of functions, is written as a
 * comment, `// @inline`. TypeScript has decorators of classes only: its tools reject others or,
 * like `deno fmt`, remove them without a message.
 *
 * @module
 */

/** The text of a kernel file, with its decorators. */
export function readKernelSource(path: string): string {
  return Deno.readTextFileSync(path).replaceAll(/^( *)\/\/ (?=@inline$)/gm, "$1");
}
