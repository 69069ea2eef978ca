/**
 * Only lib/cli knows how flags are spelled and commands are called; the rest of lib/ mentions
 * settings and commands.
 */
import { assertEquals } from "@std/assert";
import { libraryFiles } from "./support/library_files.ts";

const sources = () =>
  libraryFiles().filter((path) => /\.(ts|js|html)$/.test(path) && !path.startsWith("lib/cli/"));

/** A line without its comment; style sheets have custom properties, such as `var(--blue)`. */
function code(line: string): string {
  return /^\s*(\*|\/\*|\/\/)/.test(line)
    ? ""
    : line.replace(/ \/\/ .*$/, "").replaceAll("var(--", "");
}

const FLAG = /(?<![\w-])--[a-z]|deno task/;

Deno.test("no message of the library holds a flag or a task", () => {
  const found = [...sources()].flatMap((path) =>
    Deno.readTextFileSync(path).split("\n").map(code).filter((line) => FLAG.test(line))
      .map((line) => `${path}: ${line.trim()}`)
  );
  assertEquals(found, []);
});

Deno.test("the search finds flags and tasks, and passes over comments and styles", () => {
  const lines = [
    'throw new InputError("try a lower --lr");',
    "`see deno task doctor`",
    "// with --lr",
    " * `--lr`",
    'fill: "var(--blue)",',
    "for (let left = n; left-- > 0;) a--b;",
  ];
  assertEquals(lines.map((line) => FLAG.test(code(line))), [
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
