/** Makes dispatches from named constants, bindings and slab fields. @module */
import type { Bound, Constant, Dispatch } from "./context.ts";
import { type KernelName, KERNELS } from "./kernels.ts";

/** A value for each name of one of a kernel's lists. */
type Named<Kernel extends KernelName, List extends "constants" | "bindings" | "slab", Value> =
  Readonly<Record<(typeof KERNELS)[Kernel][List][number], Value>>;

/** The constants of a kernel by name. */
export type ConstantsOf<Kernel extends KernelName> = Named<Kernel, "constants", Constant>;

/** A dispatch of a kernel. The names are those of the kernel's text. */
export interface DispatchOf<Kernel extends KernelName>
  extends Pick<Dispatch, "invocations" | "group" | "cost"> {
  readonly entry: (typeof KERNELS)[Kernel]["entries"][number];
  readonly constants: ConstantsOf<Kernel>;
  /** Undefined where this call has no such tensor. */
  readonly bindings: Named<Kernel, "bindings", Bound | undefined>;
  readonly slab: Named<Kernel, "slab", number>;
}

/** Puts the bindings and slab fields of a dispatch into the kernel's order. */
export function dispatch<Kernel extends KernelName>(
  kernel: Kernel,
  { bindings, slab, ...rest }: DispatchOf<Kernel>,
): Dispatch {
  const names = KERNELS[kernel];
  return {
    ...rest,
    kernel,
    bindings: inOrder(names.bindings, bindings),
    slab: inOrder(names.slab, slab),
  };
}

function inOrder<Value>(names: readonly string[], values: Readonly<Record<string, Value>>) {
  return names.map((name) => values[name]);
}
