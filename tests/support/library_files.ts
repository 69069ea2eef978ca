/**
 * The files of the library, for tests that hold all of them to a rule.
 *
 * @module
 */

/** A script that builds the program of the page, and what it builds: no part of the library. */
const OTHERS = ["lib/webpage/bundle.ts", "lib/webpage/build"];

/** The paths of all files of lib/. */
export function* libraryFiles(folder = "lib"): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (OTHERS.includes(path)) continue;
    if (isDirectory) yield* libraryFiles(path);
    else yield path;
  }
}
