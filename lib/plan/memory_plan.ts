/**
 * Assigns memory to a plan's tensors, as a pure function of the plan and of an engine's layout. A
 * tensor is live from the first step that touches it to the last. Tensors with disjoint lifetimes
 * may share memory.
 *
 * @module
 */
import { operandsOf } from "./operands.ts";
import { type Plan, stepsOf } from "./plan.ts";

/** A range of memory. */
export interface Region {
  /** The offset of the first byte. */
  readonly at: number;
  readonly bytes: number;
}

/** Offsets in bytes by tensor name, and the total number of bytes. */
export interface Placement {
  readonly offsets: ReadonlyMap<string, number>;
  readonly bytes: number;
}

/** Every offset is a multiple of this: a cache line, and enough for any vector. */
export const ALIGNMENT = 64;

/** An engine's constraints on offsets. */
export interface AllocationRules {
  /** Every offset is a multiple of this. */
  readonly alignment: number;
  /** The size in bytes of a piece of memory. No tensor may cross the border of a piece. */
  readonly piece: number;
}

/** The rules of a single piece of memory. */
const ONE_PIECE: AllocationRules = { alignment: ALIGNMENT, piece: Infinity };

/** `bytes` rounded up to a multiple of `alignment`. */
export function aligned(bytes: number, alignment = ALIGNMENT): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** The lowest offset, at least `offset`, at which `bytes` bytes lie within one piece. */
export function withinPiece(offset: number, bytes: number, { piece }: AllocationRules): number {
  const end = (Math.floor(offset / piece) + 1) * piece;
  return piece !== Infinity && offset + bytes > end ? end : offset;
}

/**
 * Places tensors one after the other from offset `start` on, without sharing memory. `bytes` counts
 * from 0.
 */
export function placeInOrder(
  names: Iterable<string>,
  bytesOf: (name: string) => number,
  rules: AllocationRules = ONE_PIECE,
  start = 0,
): Placement {
  const offsets = new Map<string, number>();
  let end = start;
  for (const name of names) {
    const bytes = aligned(bytesOf(name), rules.alignment);
    const offset = withinPiece(end, bytes, rules);
    offsets.set(name, offset);
    end = offset + bytes;
  }
  return { offsets, bytes: end };
}

/** The first and the last step that touch a tensor. */
interface Lifetime {
  readonly name: string;
  readonly bytes: number;
  first: number;
  last: number;
}

/**
 * Places the tensors that are live within one run of the plan (greedy by size, Pisarchyk and Lee,
 * 2020). The largest tensor comes first; each gets the lowest offset from `start` on that overlaps
 * no tensor with an intersecting lifetime. `bytes` counts from 0.
 */
export function planMemory(
  plan: Plan,
  bytesOf: (name: string) => number,
  rules: AllocationRules = ONE_PIECE,
  start = 0,
): Placement {
  const placed: (Lifetime & { offset: number })[] = [];
  const offsets = new Map<string, number>();
  let bytes = start;
  const lifetimes = lifetimesOf(plan, (name) => aligned(bytesOf(name), rules.alignment))
    .sort((a, b) => b.bytes - a.bytes);
  for (const tensor of lifetimes) {
    const neighbours = placed
      .filter((other) => other.first <= tensor.last && tensor.first <= other.last)
      .sort((a, b) => a.offset - b.offset);
    let offset = withinPiece(start, tensor.bytes, rules);
    for (const other of neighbours) {
      if (offset + tensor.bytes <= other.offset) break;
      const end = Math.max(offset, other.offset + other.bytes);
      offset = withinPiece(end, tensor.bytes, rules);
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
    else lifetimes.set(name, { name, bytes: bytesOf(name), first: index, last: index });
  };
  for (const name of plan.inputs) touch(name, -1);
  stepsOf(plan).forEach((step, index) => {
    const { reads, writes } = operandsOf(step);
    for (const name of reads) touch(name, index);
    for (const name of writes) touch(name, index);
  });
  for (const name of plan.outputs) touch(name, stepsOf(plan).length);
  return [...lifetimes.values()];
}
