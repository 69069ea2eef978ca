/** Hosts kernels_wgsl/normalise.wgsl. @module */
import { UNIT_OF_BYTE } from "../../core/batch.ts";
import type { Region } from "../../plan/memory_plan.ts";
import type { Normalise } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { dispatch } from "./dispatch.ts";
import { VECTOR_BYTES } from "./layout.ts";

export function normalise(step: Normalise, context: Context): Dispatch[] {
  const places = { image: context.place(step.image), out: context.place(step.out) };
  return [byTable(normalisedBytes(step), places, context)];
}

/** The dispatch that turns the bytes of `image` into the floats of `out`; `values` has 256. */
export function byTable(
  values: Float32Array<ArrayBuffer>,
  { image, out }: { readonly image: Region; readonly out: Region },
  context: Context,
): Dispatch {
  const vectors = out.bytes / VECTOR_BYTES;
  return dispatch("normalise", {
    entry: "normalise",
    constants: {},
    bindings: { image, values: context.table(new Uint32Array(values.buffer)), out },
    slab: { vectors },
    invocations: vectors,
    cost: vectors * 40,
  });
}

/** The normalised value of every byte, each operation rounded to float32 in PyTorch's order. */
function normalisedBytes({ mean, std }: Normalise): Float32Array<ArrayBuffer> {
  const f32 = Math.fround;
  return UNIT_OF_BYTE.map((unit) => f32(unit - f32(mean)) / f32(std));
}
