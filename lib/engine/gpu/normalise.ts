/** Hosts kernels_wgsl/normalise.wgsl. @module */
import { elementCount } from "../../core/tensor.ts";
import type { Normalise } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";

export function normalise(step: Normalise, context: Context): Dispatch[] {
  const vectors = Math.ceil(elementCount(context.shape(step.image)) / 4);
  const values = context.table(new Uint32Array(normalisedBytes(step).buffer));
  return [dispatch("normalise", {
    entry: "normalise",
    constants: {},
    bindings: { image: context.place(step.image), values, out: context.place(step.out) },
    slab: { vectors },
    invocations: vectors,
    cost: vectors * 40,
  })];
}

/** The normalised value of every byte, each operation rounded to float32 in PyTorch's order. */
function normalisedBytes({ mean, std }: Normalise): Float32Array<ArrayBuffer> {
  const f32 = Math.fround;
  return Float32Array.from(
    { length: 256 },
    (_, byte) => f32(f32(byte * f32(1 / 255)) - f32(mean)) / f32(std),
  );
}
