/**
 * A folder of lib/ imports only from itself and the folders above it; no files import each other in
 * a circle; the command line imports the library as its users do.
 */
import { assert, assertEquals } from "@std/assert";
import { libraryFiles } from "./support/library_files.ts";

/** The rooms of lib/, each importing only from those before it. */
const ROOMS = [
  "core",
  "image",
  "pictures",
  "page",
  "store",
  "dataset",
  "network",
  "plan",
  "engine",
  "formats",
  "train",
  "model",
  "predict",
  "evaluate",
  "webpage",
  "inspect",
  "report",
  "run",
  "mod.ts",
  "cli",
];

/** `import ... from "./x.ts"`, `export ... from`, `import("./x.ts")`; types count, too. */
const IMPORT = /^(?!\s*\*).*(?:\bfrom\s*|\bimport\s*\(?\s*)"(\.{1,2}\/[^"]+)"/gm;

/** The files that each file of lib/ imports, both as paths from the project's root. */
const IMPORTS: ReadonlyMap<string, readonly string[]> = new Map(
  libraryFiles().filter((file) => /\.(ts|js)$/.test(file)).map((file) => [file, importsOf(file)]),
);

function importsOf(file: string): string[] {
  return Deno.readTextFileSync(file).matchAll(IMPORT)
    .map(([, path]) => new URL(path, `file:///${file}`).pathname.slice(1))
    .filter((path) => path.startsWith("lib/")).toArray();
}

const roomOf = (path: string) => path.split("/")[1];

Deno.test("lib/ has the rooms of the list, and no other", () => {
  const rooms = new Set(IMPORTS.keys().map(roomOf));
  assertEquals([...rooms].sort(), [...ROOMS].sort());
});

Deno.test("a room imports only from itself and from those above it", () => {
  const upwards = [...IMPORTS].flatMap(([file, imports]) =>
    imports.filter((path) => ROOMS.indexOf(roomOf(path)) > ROOMS.indexOf(roomOf(file)))
      .map((path) => `${file} imports ${path}`)
  );
  assertEquals(upwards, []);
});

Deno.test("the command line imports nothing of the library but mod.ts", () => {
  const files = [...IMPORTS].filter(([file]) => roomOf(file) === "cli");
  const others = files.flatMap(([file, imports]) =>
    imports.filter((path) => roomOf(path) !== "cli" && path !== "lib/mod.ts")
      .map((path) => `${file} imports ${path}`)
  );
  assert(files.length > 0);
  assertEquals(others, []);
});

Deno.test("only the door and the command line know of Commander", () => {
  const knowing = [...IMPORTS.keys()].filter((file) =>
    /from "(@commander-js|commander)/.test(Deno.readTextFileSync(file))
  );
  assertEquals(new Set(knowing.map(roomOf)), new Set(["cli"]));
});

Deno.test("no file imports itself by way of others", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) circles.push([...way.slice(at), file].join(" -> "));
    if (at >= 0 || done.has(file)) return;
    for (const path of IMPORTS.get(file) ?? []) visit(path, [...way, file]);
    done.add(file);
  };
  for (const file of IMPORTS.keys()) visit(file, []);
  assertEquals(circles, []);
});

Deno.test("the files that lib/ imports from itself are found, and there", () => {
  const paths = [...IMPORTS.values()].flat();
  for (const path of paths) Deno.statSync(path);
  assert(paths.length > IMPORTS.size);
});
