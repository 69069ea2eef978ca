import { assert, assertEquals } from "@std/assert";
import { mutantsOf, mutated } from "./mutants.ts";
import { PARTS, sourcesOf } from "./parts.ts";

/** What the faults make of a line. */
function faults(text: string, file = "a.ts"): string[] {
  return mutantsOf(file, text).map((mutant) => mutated(text, mutant));
}

Deno.test("an operator between two operands becomes its counterpart", () => {
  const operators = [
    ["a + b", "a - b"],
    ["a * b", "a / b"],
    ["a % b", "a * b"],
    ["a < b", "a <= b"],
    ["a >= b", "a > b"],
    ["a === b", "a !== b"],
    ["a == b", "a != b"],
    ["a && b", "a || b"],
    ["a << b", "a >> b"],
    ["a += b", "a -= b"],
    ["a++", "a--"],
  ];
  for (const [text, fault] of operators) assertEquals(faults(text), [fault], text);
  assertEquals(faults("a &&\n  b"), ["a ||\n  b"]);
});

Deno.test("signs and negations are taken away, assertions stay", () => {
  assertEquals(faults("f(-a, !b)"), ["f(a, !b)", "f(-a, b)"]);
  assertEquals(faults("a!.b - c![d]"), ["a!.b + c![d]"]);
});

Deno.test("numbers: 0 and 1 become each other, others move by one, fractions are doubled", () => {
  assertEquals(faults("f(0, 1)"), ["f(1, 1)", "f(0, 0)"]);
  assertEquals(faults("f(1_000)"), ["f(1001)", "f(999)"]);
  assertEquals(faults("f(0.25)"), ["f(0.5)"]);
  assertEquals(faults("f(1e-5)"), ["f(0.00002)"]);
  assertEquals(faults("f(0x10u, 0f, 3n)", "a.wgsl"), [
    "f(17u, 0f, 3n)",
    "f(15u, 0f, 3n)",
    "f(0x10u, 1f, 3n)",
    "f(0x10u, 0f, 4n)",
    "f(0x10u, 0f, 2n)",
  ]);
});

Deno.test("true and false, min and max, and functions of vectors change places", () => {
  assertEquals(faults("f({ true: true })"), ["f({ true: false })"]);
  assertEquals(faults("Math.max(a, b)"), ["Math.min(a, b)"]);
  assertEquals(faults("f32x4.add(a, b)"), ["f32x4.sub(a, b)"]);
  assertEquals(faults("set.add(max)"), []);
  assertEquals(faults("fn max(a: u32) {}", "a.wgsl"), []);
});

Deno.test("early exits are left out", () => {
  assertEquals(faults("for (;;) {\n  if (a) continue;\n}"), ["for (;;) {\n  if (a) ;\n}"]);
  assertEquals(faults("function f() {\n  return a;\n}"), []);
});

Deno.test("a loop does not count the wrong way", () => {
  assertEquals(faults("for (let i = a; i < b; i++) c++;"), [
    "for (let i = a; i <= b; i++) c++;",
    "for (let i = a; i < b; i++) c--;",
  ]);
});

Deno.test("comments, strings, templates and regular expressions stay", () => {
  const texts = [
    "// 1 + 1",
    "/* a < b\n 1 */",
    `f("1 + 1", '0', "\\" + 1")`,
    "f(`${a + 1} of ${[1].map((x) => `${x + { a: 1 }.a} < ${1}`)}, \\` + 1`)",
    "f(/1 && [/]1/u)",
  ];
  for (const text of texts) assertEquals(faults(text), [], text);
  assertEquals(faults("f(`1`, 1, `1`)"), ["f(`1`, 0, `1`)"]);
});

Deno.test("imports, attributes and types stay", () => {
  const texts = [
    `import * as a from "b";`,
    `import {\n  a,\n} from "1";`,
    `export * from "b";`,
    "type A = 0 | 1 | true;",
    "interface A {\n  readonly a: 0 | Map<string, 1>;\n}",
    "function f(a: 0 | 1): true {\n  return a as 1;\n}",
  ];
  for (const text of texts) assertEquals(faults(text), [], text);
  assertEquals(faults("const a = load<f32>(b) * <f32> c;"), ["const a = load<f32>(b) / <f32> c;"]);
  assertEquals(faults("@group(0) @binding(1) var<storage, read> a: array<vec4f>;", "a.wgsl"), []);
});

Deno.test("a fault knows its line and shows it", () => {
  const [first, second] = mutantsOf("a.ts", "f(a);\n\nf(1 - a);");
  assertEquals([first.line, first.original, first.replacement], [3, "1", "0"]);
  assertEquals([second.line, second.original, second.replacement], [3, "-", "+"]);
  assertEquals(second.shown, "f(1 [- → +] a);");
});

Deno.test("every part has sources and tests", () => {
  for (const [name, part] of Object.entries(PARTS)) {
    assert(sourcesOf(part).length > 0, name);
    for (const path of part.tests.flatMap(({ files }) => files)) assert(Deno.statSync(path), path);
  }
  assertEquals(sourcesOf(PARTS.adam), ["kernels_as/update.ts"]);
});
