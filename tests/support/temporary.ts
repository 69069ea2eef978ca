/**
 * Temporary folders of tests.
 *
 * @module
 */
import { killStarted } from "./program.ts";

const PARENT = "tests/temporary";

/** Some file systems give up the files of a killed process a moment after its end. */
const REMOVALS = 20;
const REMOVAL_WAIT_MS = 100;

/**
 * Makes an empty folder below tests/temporary and returns its absolute path. The test removes it.
 */
export function temporaryFolder(): string {
  Deno.mkdirSync(PARENT, { recursive: true });
  return Deno.realPathSync(Deno.makeTempDirSync({ dir: PARENT }));
}

/**
 * Calls `use` with a new folder and always removes it afterwards. Where `use` fails, the programs
 * that it started are killed first: they would write on, and the removal would fail in its place.
 */
export async function inTemporaryFolder<Result>(
  use: (folder: string) => Result | Promise<Result>,
): Promise<Result> {
  const folder = temporaryFolder();
  let result: Result;
  try {
    result = await use(folder);
  } catch (error) {
    await killStarted();
    await remove(folder).catch((left) => console.error(left));
    throw error;
  }
  await remove(folder);
  return result;
}

async function remove(folder: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (attempt === REMOVALS) throw error;
      await new Promise((resolve) => setTimeout(resolve, REMOVAL_WAIT_MS));
    }
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
