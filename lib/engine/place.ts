/**
 * Where a plan's tensors lie: a pure function of the plan and of an engine's layout. A tensor holds its
 * place from the first step that touches it to the last; tensors whose lives do not meet may share memory.
 *
 * @module
 */
import type { Plan } from "./plan.ts";
import { tensorsOf } from "./tensors_of.ts";

/** Offsets in bytes by tensor name, and how many bytes they span. */
export interface Placement {
  readonly offsets: ReadonlyMap<string, number>;
  readonly bytes: number;
}

/** Every offset is a multiple of this: a cache line, and enough for any vector. */
export const ALIGNMENT = 64;

/** `bytes` rounded up to a multiple of {@linkcode ALIGNMENT}. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Places tensors one after the other, sharing nothing. */
export function placeInOrder(
  names: Iterable<string>,
  bytesOf: (name: string) => number,
): Placement {
  const offsets = new Map<string, number>();
  let bytes = 0;
  for (const name of names) {
    offsets.set(name, bytes);
    bytes += aligned(bytesOf(name));
  }
  return { offsets, bytes };
}

/** From the step that first touches a tensor to the one that last does, both included. */
interface Lifetime {
  readonly name: string;
  readonly bytes: number;
  first: number;
  last: number;
}

/**
 * Places the tensors that live within one run of the plan: the largest first, each at the lowest offset
 * at which it meets no tensor that lives at the same time (greedy by size, after Pisarchyk and Lee, 2020).
 */
export function placeByLifetime(plan: Plan, bytesOf: (name: string) => number): Placement {
  const placed: (Lifetime & { offset: number })[] = [];
  const offsets = new Map<string, number>();
  let bytes = 0;
  const lifetimes = lifetimesOf(plan, bytesOf).sort((a, b) => b.bytes - a.bytes);
  for (const tensor of lifetimes) {
    const neighbours = placed
      .filter((other) => other.first <= tensor.last && tensor.first <= other.last)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of neighbours) {
      if (offset + tensor.bytes <= other.offset) break;
      offset = Math.max(offset, other.offset + other.bytes);
    }
    placed.push({ ...tensor, offset });
    offsets.set(tensor.name, offset);
    bytes = Math.max(bytes, offset + tensor.bytes);
  }
  return { offsets, bytes };
}

function lifetimesOf(plan: Plan, bytesOf: (name: string) => number): Lifetime[] {
  const persistent = new Set(plan.persistent);
  const lifetimes = new Map<string, Lifetime>();
  const touch = (name: string, index: number) => {
    if (persistent.has(name)) return;
    const known = lifetimes.get(name);
    if (known) known.last = Math.max(known.last, index);
    else lifetimes.set(name, { name, bytes: aligned(bytesOf(name)), first: index, last: index });
  };
  for (const name of plan.inputs) touch(name, -1);
  plan.steps.forEach((step, index) => {
    const { reads, writes } = tensorsOf(step);
    for (const name of reads) touch(name, index);
    for (const name of writes) touch(name, index);
  });
  for (const name of plan.outputs) touch(name, plan.steps.length);
  return [...lifetimes.values()];
}
