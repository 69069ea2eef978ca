/** Divides tensors into runs of floats, each the work of one task. @module */
import type { Context } from "./context.ts";
import { bytesOf } from "./layout.ts";

/** Bytes of a run: the arrays of an update stay in the second-level cache. */
const RUN_BYTES = 64 * 1024;

/** A part of a tensor, or of several tensors of one layout. */
export interface Run {
  /** Where it begins in each tensor, as an address. */
  readonly addresses: readonly number[];
  /** The number of floats. */
  readonly count: number;
}

/** The runs of tensors that have one layout. */
export function runsOf(names: readonly string[], context: Context): Run[] {
  const addresses = names.map((name) => context.address(name));
  const bytes = bytesOf(context.spec(names[0]));
  return Array.from({ length: Math.ceil(bytes / RUN_BYTES) }, (_, i) => ({
    addresses: addresses.map((address) => address + i * RUN_BYTES),
    count: Math.min(RUN_BYTES, bytes - i * RUN_BYTES) / 4,
  }));
}
