/** The names that hosts use are those of the kernels' texts. */
import { assertEquals } from "@std/assert";
import { dispatch } from "../../../lib/engine/gpu/dispatch.ts";
import { KERNELS, SHARED } from "../../../lib/engine/gpu/kernels.ts";

const BINDING = /@binding\((\d+)\) var<storage, read_write> (\w+)/g;

for (const [name, kernel] of Object.entries(KERNELS)) {
  const text = withoutComments(kernel.text);

  Deno.test(`${name}: slab, bindings and entries are those of the text, in order`, () => {
    const [, fields] = text.match(/struct Slab \{(.*?)\}/s)!;
    assertEquals(namesIn(fields, /(\w+):/g), [...kernel.slab]);
    const bindings = Array.from(text.matchAll(BINDING), ([, index, name]) => ({ index, name }));
    const expected = kernel.bindings.map((name, i) => ({ index: `${i + 1}`, name }));
    assertEquals(bindings, expected);
    assertEquals(namesIn(text, /@compute[^\n]*\nfn (\w+)/g), [...kernel.entries]);
  });

  Deno.test(`${name}: the host gives every constant that the text lacks, and no other`, () => {
    const declared = namesIn(withoutComments(SHARED) + text, /\bconst (\w+)/g);
    const used = new Set(namesIn(text, /\b([A-Z][A-Z0-9_]*)\b/g));
    // The workgroup's size comes from the dispatch, see pipelines.ts.
    const free = [...used].filter((each) => each !== "GROUP" && !declared.includes(each));
    assertEquals(free.sort(), [...kernel.constants].sort());
  });
}

Deno.test("a missing or a misspelt name does not compile", () => {
  const rest = { entry: "reduce", constants: {}, invocations: 1, cost: 1 } as const;
  const bindings = { partials: undefined, out: undefined };
  const slab = { vectors: 1, firstPartial: 2, partialCount: 3, partials: 4, total: 5 };
  assertEquals(dispatch("reduce", { ...rest, bindings, slab }).slab, [1, 2, 3, 4, 5]);
  const { total: _, ...short } = slab;
  // @ts-expect-error: `total` is missing.
  dispatch("reduce", { ...rest, bindings, slab: short });
  // @ts-expect-error: the binding is called `partials`.
  dispatch("reduce", { ...rest, bindings: { part: undefined, out: undefined }, slab });
  const images = { logits: undefined, mask: undefined, partials: undefined, result: undefined };
  const counts = { images: 1, values: 2, partialCount: 3 };
  const totals = {
    entry: "totals",
    invocations: 1,
    cost: 1,
    bindings: images,
    slab: counts,
  } as const;
  assertEquals(dispatch("overlap", { ...totals, constants: { PARTIAL_VALUES: 4 } }).constants, {
    PARTIAL_VALUES: 4,
  });
  // @ts-expect-error: the constant is called `PARTIAL_VALUES`.
  dispatch("overlap", { ...totals, constants: { CHUNK: 4 } });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/\/\/.*/g, "");
}

function namesIn(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), ([, name]) => name);
}
