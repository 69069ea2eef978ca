/**
 * The work of dispatches, counted from a plan: multiplications, bytes, workgroups.
 *
 * @module
 */
import type { Dispatch } from "../../../lib/engine/gpu/context.ts";
import { type KernelName, KERNELS } from "../../../lib/engine/gpu/kernels.ts";
import { GROUP } from "../../../lib/engine/gpu/pipelines.ts";
import type { StepDispatch } from "./dispatches.ts";

/** Kernels whose arithmetic takes long, by the algorithm that sets their speed. */
export type Algorithm = "winograd" | "winogradGradient" | "transposed" | "direct";

const ALGORITHMS: Partial<Record<KernelName, Algorithm>> = {
  conv3x3_winograd: "winograd",
  conv3x3_winograd_weight_gradient: "winogradGradient",
  convtranspose2: "transposed",
  convtranspose2_tiled: "transposed",
  convtranspose2_gradient: "transposed",
  convtranspose2_source_gradient_tiled: "transposed",
  convtranspose2_weight_gradient_tiled: "transposed",
  conv3x3_direct: "direct",
  conv3x3_tiled: "direct",
  conv3x3_weight_gradient: "direct",
  conv3x3_weight_gradient_tiled: "direct",
  pointwise: "direct",
};

/** Multiplications of an algorithm for each one of the direct sum: F(4, 3) has 6 for 12. */
const PRODUCTS: Record<Algorithm, number> = {
  winograd: 6 / 12,
  winogradGradient: 6 / 12,
  transposed: 1,
  direct: 1,
};

/** Bindings that a kernel's entry point both reads and writes: they count twice. */
const UPDATED: {
  readonly [Kernel in KernelName]?: {
    readonly entry: (typeof KERNELS)[Kernel]["entries"][number];
    readonly bindings: readonly (typeof KERNELS)[Kernel]["bindings"][number][];
  };
} = {
  adam: { entry: "update", bindings: ["parameter", "firstMoment", "secondMoment"] },
  sgd: { entry: "update", bindings: ["parameter", "momentum"] },
  average: { entry: "average", bindings: ["averaged"] },
  accumulate: { entry: "accumulate", bindings: ["accumulated"] },
  batchnorm_gradient: { entry: "apply", bindings: ["gradient"] },
};

/** What a dispatch has to do. */
export interface Work {
  /** Kernel and entry point. */
  readonly name: string;
  readonly algorithm: Algorithm | undefined;
  /** FLOP of the direct sum; 0 for kernels whose arithmetic is nothing beside their bytes. */
  readonly flops: number;
  /** FLOP of the products that the algorithm computes. */
  readonly products: number;
  /** Bytes read and written if each is read once: those of all bound regions. */
  readonly bytes: number;
  readonly workgroups: number;
  /** Invocations of a workgroup. */
  readonly group: number;
}

/** The work of a dispatch. */
export function workOf({ dispatch }: StepDispatch): Work {
  const { kernel, entry, invocations, group = GROUP, cost } = dispatch;
  const algorithm = ALGORITHMS[kernel];
  const flops = algorithm ? cost : 0;
  return {
    name: `${kernel} ${entry}`,
    algorithm,
    flops,
    products: algorithm ? flops * PRODUCTS[algorithm] : 0,
    bytes: bytesOf(dispatch),
    workgroups: Math.ceil(invocations / group),
    group,
  };
}

function bytesOf({ kernel, entry, bindings }: Dispatch): number {
  const names: readonly string[] = KERNELS[kernel].bindings;
  const rule = UPDATED[kernel];
  const updated: readonly string[] = rule?.entry === entry ? rule.bindings : [];
  const counted = new Map<number, number>();
  bindings.forEach((region, index) => {
    if (!region) return;
    const bytes = (updated.includes(names[index]) ? 2 : 1) * region.bytes;
    // The same region may be bound twice.
    counted.set(region.at, Math.max(counted.get(region.at) ?? 0, bytes));
  });
  return counted.values().reduce((sum, bytes) => sum + bytes, 0);
}
