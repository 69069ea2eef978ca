/**
 * Temporary folders of tests.
 *
 * @module
 */

const PARENT = "tests/temporary";

/**
 * Makes an empty folder below tests/temporary and returns its absolute path. The test removes it.
 */
export function temporaryFolder(): string {
  Deno.mkdirSync(PARENT, { recursive: true });
  return Deno.realPathSync(Deno.makeTempDirSync({ dir: PARENT }));
}

/** Calls `use` with a new folder and always removes it afterwards. */
export async function inTemporaryFolder<Result>(
  use: (folder: string) => Result | Promise<Result>,
): Promise<Result> {
  const folder = temporaryFolder();
  try {
    return await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/**
 * Makes a symbolic link at `path` to `target`. Deno's own function would need access to every
 * file.
 */
export function link(target: string, path: string): void {
  const { success, stderr } = new Deno.Command("ln", { args: ["-s", target, path] }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
