/**
 * The memory plan, where a plan's tensors lie: a pure function of the plan and of an engine's
 * layout. A tensor holds its region from the first step that touches it to the last; tensors whose
 * lives do not meet may share memory.
 *
 * @module
 */
import { type Plan, stepsOf } from "./plan.ts";
import { operandsOf } from "./operands.ts";

/** A range of memory. */
export interface Region {
  /** Its first byte. */
  readonly at: number;
  readonly bytes: number;
}

/** Offsets in bytes by tensor name, and how many bytes they span. */
export interface Placement {
  readonly offsets: ReadonlyMap<string, number>;
  readonly bytes: number;
}

/** Every offset is a multiple of this: a cache line, and enough for any vector. */
export const ALIGNMENT = 64;

/** What an engine's memory asks of offsets. */
export interface AllocationRules {
  /** Every offset is a multiple of this. */
  readonly alignment: number;
  /** Memory comes in pieces of so many bytes, and no tensor may cross from one into the next. */
  readonly piece: number;
}

/** One memory without borders. */
const ONE_PIECE: AllocationRules = { alignment: ALIGNMENT, piece: Infinity };

/** `bytes` rounded up to a multiple of `alignment`. */
export function aligned(bytes: number, alignment = ALIGNMENT): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** The lowest offset from `offset` on at which `bytes` bytes lie within one piece. */
export function withinPiece(offset: number, bytes: number, { piece }: AllocationRules): number {
  const end = (Math.floor(offset / piece) + 1) * piece;
  return piece !== Infinity && offset + bytes > end ? end : offset;
}

/**
 * Places tensors one after the other from offset `start` on, sharing nothing. `bytes` counts from
 * 0.
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

/** From the step that first touches a tensor to the one that last does, both included. */
interface Lifetime {
  readonly name: string;
  readonly bytes: number;
  first: number;
  last: number;
}

/**
 * Places the tensors that live within one run of the plan: the largest first, each at the lowest
 * offset from `start` on at which it meets no tensor that lives at the same time (greedy by size,
 * after Pisarchyk and Lee, 2020). `bytes` counts from 0.
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
