/**
 * The WGSL kernels: texts, entry points, and the names of constants, bindings and slab fields. A
 * test compares the names with the texts.
 *
 * @module
 */
import shared from "../../../kernels_wgsl/shared.wgsl" with { type: "text" };
import { CONVOLUTIONS } from "./kernels/convolutions.ts";
import { MAPS } from "./kernels/maps.ts";
import { TRAINING } from "./kernels/training.ts";

/** The text before every kernel. */
export const SHARED: string = shared;

/** The kernels by the names of their files. */
export const KERNELS = { ...CONVOLUTIONS, ...MAPS, ...TRAINING } as const;

/** A kernel's name, which is that of its file. */
export type KernelName = keyof typeof KERNELS;
