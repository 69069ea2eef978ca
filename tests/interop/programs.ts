/**
 * Foreign programs with which files are exchanged. Where one is missing its tests are skipped, loudly; in continuous
 * integration (`CI` is set) they fail instead.
 *
 * @module
 */

/** Runs a program to its end; throws with what it said where it fails. */
export function runProgram(program: string, args: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args: [...args] }).outputSync();
  if (!success) throw new Error(`${program} ${args.join(" ")}:\n${decode(stderr)}`);
  return decode(stdout);
}

/** Whether a program is there and works; `install` says how to get it. */
export function isAvailable(what: string, install: string, probe: () => void): boolean {
  try {
    probe();
    return true;
  } catch (error) {
    if (Deno.env.get("CI")) throw error;
    console.warn(`*** ${what} is not there: its tests are skipped. To run them: ${install} ***`);
    return false;
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
