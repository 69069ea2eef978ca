/**
 * The kernels without relaxed SIMD, for browsers that lack it.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { DeviceError } from "../../lib/core/errors.ts";
import { bestSimd, kernelModule, MOST_MEMORY_BYTES } from "../../lib/core/wasm.ts";
import { BackendEngine } from "../../lib/engine/backend_engine.ts";
import { CpuBackend } from "../../lib/engine/cpu/backend.ts";
import { DRAWS, testProperties } from "../support/property.ts";

const RELAXED = Deno.readFileSync("kernels_as/build/kernels.wasm");
const same = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((x, i) => x === b[i]);

Deno.test("a browser that refuses relaxed SIMD gets the plain build", () => {
  assertEquals(bestSimd(() => true), "relaxed");
  assertEquals(bestSimd((module) => !same(module, RELAXED)), "plain");
  assertThrows(() => bestSimd(() => false), DeviceError, "no WebAssembly SIMD");
});

Deno.test("both builds export the same kernels with the same arguments", () => {
  const exportsOf = (module: WebAssembly.Module) => WebAssembly.Module.exports(module);
  assertEquals(exportsOf(kernelModule("plain")), exportsOf(kernelModule("relaxed")));
});

Deno.test("the plain build has no relaxed instruction, the other has many", () => {
  assertEquals(relaxedInstructions(Deno.readFileSync("kernels_as/build/kernels_plain.wasm")), 0);
  assert(relaxedInstructions(RELAXED) > 100);
});

// The tolerances are those of all engines, although products are rounded before they are added.
const makeBackend = () => Promise.resolve(new CpuBackend(2, MOST_MEMORY_BYTES, "plain"));
testProperties(
  [{
    label: "CPU without relaxed SIMD",
    slow: false,
    engine: new BackendEngine(await makeBackend()),
    makeBackend,
  }],
  DRAWS.filter((_, index) => index % 3 === 0),
);

/** Counts f32x4.relaxed_madd and relaxed_nmadd: 0xfd with the codes 0x105 and 0x106 in LEB128. */
function relaxedInstructions(module: Uint8Array): number {
  let count = 0;
  for (let i = 0; i + 2 < module.length; i++) {
    const [prefix, low, high] = module.subarray(i, i + 3);
    if (prefix === 0xfd && (low === 0x85 || low === 0x86) && high === 0x02) count++;
  }
  return count;
}
