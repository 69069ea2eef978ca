/** What the build tells hosts of the CPU's kernels: arguments by name, records, constants. */
import { assertEquals, assertThrows } from "@std/assert";
import { FUNCTIONS, RECORDS, TASK_KERNELS } from "../../kernels_as/build/kernels.ts";
import { interfaceText } from "../../kernels_as/interface.ts";
import {
  argumentsOf,
  instantiate,
  instantiateFunctions,
  recordWords,
  sharedMemory,
} from "../../lib/core/wasm.ts";
import { job } from "../../lib/engine/cpu/job.ts";
import { elementStride } from "../../lib/engine/cpu/tiles.ts";

Deno.test("every function of the module has as many names as parameters", () => {
  const kernels = instantiate(sharedMemory(0));
  for (const [name, names] of Object.entries(TASK_KERNELS)) {
    assertEquals(kernels[name].length, names.length + 2, name);
  }
  for (const [name, names] of Object.entries(FUNCTIONS)) {
    assertEquals(kernels[name].length, names.length, name);
  }
  const listed = Object.keys(TASK_KERNELS).length + Object.keys(FUNCTIONS).length;
  assertEquals(Object.values(kernels).filter((each) => typeof each === "function").length, listed);
});

Deno.test("arguments go to a kernel in the order of its parameters", () => {
  assertEquals(argumentsOf("upsample2", { out: 2, sources: 1 }), [1, 2]);
  assertEquals(job("maxpool2", 5, { out: 7, sources: 6 }), {
    kernel: "maxpool2",
    tasks: 5,
    args: [6, 7],
  });
});

Deno.test("a missing or a misspelt argument does not compile; a spread one is refused when it runs", () => {
  // @ts-expect-error: `out` is missing.
  assertThrows(() => job("upsample2", 1, { sources: 1 }), Error, "argument out is missing");
  // @ts-expect-error: the argument is called `out`.
  assertThrows(() => job("upsample2", 1, { sources: 1, outs: 2 }));
  // @ts-expect-error: no kernel is called so.
  assertThrows(() => job("upsample3", 1, { sources: 1, out: 2 }));
  const common = { sources: 1, outs: 3 };
  const refused = () => job("upsample2", 1, { ...common, out: 2 });
  assertThrows(refused, Error, "no argument of these is called outs");
});

Deno.test("records have one word for each field", () => {
  const words = recordWords("Target", {
    left: 6,
    top: 5,
    width: 4,
    height: 3,
    blocks: 2,
    data: 1,
  });
  assertEquals(words, [1, 2, 3, 4, 5, 6]);
  assertEquals(RECORDS.UpdateRun.length, 6);
});

Deno.test("the text refuses a function that two sources export", () => {
  const wasm = Deno.readFileSync("kernels_as/build/kernels.wasm");
  const sources = [...Deno.readDirSync("kernels_as")]
    .filter(({ isFile, name }) => isFile && name !== "compile.ts" && name !== "interface.ts")
    .map(({ name }) => Deno.readTextFileSync(`kernels_as/${name}`));
  assertEquals(interfaceText(wasm, sources), Deno.readTextFileSync("kernels_as/build/kernels.ts"));
  const twice = [...sources, "export function adam(task: i32): void {}"];
  assertThrows(() => interfaceText(wasm, twice), Error, "2 sources export function adam");
});

Deno.test("host and kernels put a tile's elements equally far apart", () => {
  const kernels = instantiateFunctions(sharedMemory(0));
  for (let bytes = 0; bytes < 10_000; bytes += 4) {
    assertEquals(kernels.elementStride({ bytes }), elementStride(bytes));
  }
});
