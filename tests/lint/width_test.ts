import { assertEquals } from "@std/assert";
import { wideLines } from "./width.ts";

const words = (columns: number) => "word ".repeat(columns / 5).trimEnd().padEnd(columns, "s");
const WIDE = words(105);
const URL = `https://example.org/${"path/".repeat(20)}`;

Deno.test("a line of documentation may end at column 100, not beyond", () => {
  assertEquals(wideLines("a.md", `# Title\n${words(100)}\n${words(101)}\n`), [3]);
});

Deno.test("comments of every form are found, code is not", () => {
  const source = [
    `const text = "${WIDE}";`,
    `// ${WIDE}`,
    `  /** ${WIDE} */`,
    "/**",
    ` * ${WIDE}`,
    " */",
    `f("${WIDE}");`,
    `const x = 1; // ${WIDE}`,
  ].join("\n");
  for (const name of ["a.ts", "a.js", "a.wgsl"]) {
    assertEquals(wideLines(name, source), [2, 3, 5, 8]);
  }
});

Deno.test("a comment that ends is followed by code", () => {
  assertEquals(wideLines("a.ts", `/* one\n   two */\nf("${WIDE}");\n/* one */\nf("${WIDE}");`), []);
});

Deno.test("columns are characters, not UTF-16 units", () => {
  assertEquals(wideLines("a.md", "🙂 ".repeat(50)), []);
  assertEquals(wideLines("a.md", "🙂 ".repeat(51)), [1]);
});

Deno.test("lines without a place to break are allowed", () => {
  assertEquals(wideLines("a.md", `| ${WIDE} |`), []);
  assertEquals(wideLines("a.md", `See ${URL}`), []);
  assertEquals(wideLines("a.ts", `// deno-lint-ignore ${WIDE}`), []);
  assertEquals(wideLines("a.ts", `/**\n * | ${WIDE} |\n * ${URL}\n */`), []);
});

Deno.test("code blocks are allowed, and end", () => {
  assertEquals(wideLines("a.md", `\`\`\`sh\n${WIDE}\n\`\`\`\n${WIDE}`), [4]);
  assertEquals(wideLines("a.md", `Run:\n\n    ${WIDE}\n    ${WIDE}\n\n${WIDE}`), [6]);
  assertEquals(wideLines("a.ts", `/**\n * Run:\n *\n *     ${WIDE}\n * ${WIDE}\n */`), [5]);
});

Deno.test("indented lines of a list are prose", () => {
  assertEquals(wideLines("a.md", `- one\n    ${WIDE}\n\n    - ${WIDE}`), [2, 4]);
});
