/**
 * How commands are spelled in hints and in the help. Users run them as tasks of deno.json. `-q`
 * hides the shell text of a task.
 *
 * @module
 */

/**
 * The words before the name of a command, for a user who started the program with this executable.
 * `npx` keeps what it fetches in folders named `_npx`: such a user may have no `deno` to call.
 */
export function taskWords(executable: string, version: string): string {
  return /[\\/]_npx[\\/]/.test(executable) ? `npx deno@${version} task -q` : "deno task -q";
}

/** The words before the name of a command. */
export const TASK = taskWords(Deno.execPath(), Deno.version.deno);

/** A command with its arguments, ready to be copied into a shell. */
export function task(...words: readonly string[]): string {
  return [TASK, ...words].join(" ");
}
