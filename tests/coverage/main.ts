/**
 * Prints how many lines of each folder of `lib` the tests run, and the files with few:
 * `deno task coverage`. Commands that tests start as processes of their own are counted, workers
 * and processes that were killed are not.
 *
 * @module
 */
import { libraryFiles } from "../support/library_files.ts";
import { byFolder, type Lines, linesOf, shareOf } from "./lines.ts";

/** Files below this share are listed. */
const ENOUGH = 0.8;

const files = new Map(
  [...linesOf(Deno.readTextFileSync(Deno.args[0]), Deno.cwd())]
    .filter(([path]) => path.startsWith("lib/")),
);
const few = [...files].filter(([, lines]) => shareOf(lines) < ENOUGH);
const unknown = libraryFiles().filter((path) => path.endsWith(".ts") && !files.has(path))
  .toArray().sort();

for (const [folder, lines] of byFolder(files)) print(folder, lines);
const all = [...files.values()].reduce(
  (a, b) => ({ all: a.all + b.all, run: a.run + b.run }),
  { all: 0, run: 0 },
);
print("all", all);
console.log(`\nfiles below ${100 * ENOUGH} %`);
for (const [path, lines] of few.sort(([a], [b]) => a < b ? -1 : 1)) print(path, lines);
console.log(`\nfiles that are never loaded (those that hold nothing but types are not)`);
for (const path of unknown) console.log(path);

function print(name: string, lines: Lines): void {
  const share = `${(100 * shareOf(lines)).toFixed(1)} %`;
  console.log(`${name.padEnd(44)}${share.padStart(8)}${`${lines.run}/${lines.all}`.padStart(14)}`);
}
