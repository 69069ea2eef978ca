/** What kernels have in common. @module */
import activation from "../../../../kernels_wgsl/activation.wgsl" with { type: "text" };
import constantSourceText from "../../../../kernels_wgsl/constant_source.wgsl" with {
  type: "text",
};
import singleSource from "../../../../kernels_wgsl/single_source.wgsl" with { type: "text" };

/** A kernel: its text, and the names in it. */
export interface Kernel {
  /** The text after the named constants and `SHARED`. */
  readonly text: string;
  readonly entries: readonly string[];
  /** Named constants put before the text. */
  readonly constants: readonly string[];
  /** Storage buffers, from binding 1 on. */
  readonly bindings: readonly string[];
  /** The fields of the record `slab`, binding 0. */
  readonly slab: readonly string[];
}

/** The text before a kernel that reads one source, and the slab fields that say how. */
export const oneSource = activation + singleSource;
export const READING = ["hasNorm", "hasRelu"] as const;

/** The same with constants, for kernels that add up the blocks of a pixel. */
export const constantSource = activation + constantSourceText;
export const CONSTANT_READING = ["NORM", "BLOCKS", "RELU"] as const;
