/**
 * Kernels stay short enough for every compiler. FXC, with which Deno compiles for DirectX 12, puts
 * all functions into the entry point, and takes minutes for some thousand operations.
 *
 * @module
 */
import { assert } from "@std/assert";
import { planOf, WORKLOADS_BY_NAME } from "../../../lib/engine/workloads.ts";
import { inlinedMultiplyAdds } from "../../support/inlined_multiply_adds.ts";
import { HARDWARE, shadersOf } from "../../support/shader_texts.ts";

const MOST_MULTIPLY_ADDS = 1000;

Deno.test("no kernel of a large network has more than 1000 multiply-adds when all is inlined", () => {
  const counts = new Map<string, number>();
  for (
    const { kernel, entry, code } of shadersOf([planOf(WORKLOADS_BY_NAME.get("E4")!)], HARDWARE)
  ) {
    const count = inlinedMultiplyAdds(code, entry);
    counts.set(kernel, Math.max(count, counts.get(kernel) ?? 0));
  }
  for (const [kernel, count] of counts) assert(count <= MOST_MULTIPLY_ADDS, `${kernel}: ${count}`);
  // The tiles of the convolutions are unrolled by hand.
  assert(counts.get("conv3x3_winograd")! > 200, `${counts.get("conv3x3_winograd")}`);
});

Deno.test("a function's multiply-adds are counted at each of its calls", () => {
  const code = `fn a() { x = fma(1, 2, 3); } // fma(
    fn b(i: u32) -> f32 { a(); a(); if (i > 0) { y = fma(fma(1, 2, 3), 4, 5); } }
    @compute @workgroup_size(8) fn main() { for (;;) { b(1); } a(); }`;
  assert(inlinedMultiplyAdds(code, "main") === 5);
});
