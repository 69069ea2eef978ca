/**
 * Many tensors in one dispatch (kernels_wgsl/tensor_list.wgsl): an optimiser, for one, treats all
 * vectors of all parameters alike, and most parameters are so small that a dispatch for each would
 * take longer than its work.
 *
 * A kernel has few bindings, so it sees each kind of tensor (parameters, gradients, slots) through
 * one window, and a list tells where in it each tensor begins. Tensors that no windows can hold
 * together go to several dispatches: those in different buffers or too far apart for a binding, and
 * those between which another binding of the dispatch lies, since WebGPU forbids to bind a byte
 * twice for writing. ownMemory() makes this rare.
 *
 * @module
 */
import type { Region } from "../../plan/memory_plan.ts";
import { type Plan, SEGMENTS, stepsOf } from "../../plan/plan.ts";
import type { Step } from "../../plan/steps.ts";
import type { Context, Dispatch } from "./context.ts";
import { VECTOR_BYTES } from "./layout.ts";
import type { GpuLimits } from "./limits.ts";

/** Vectors that a workgroup takes, one for each invocation. */
export const PORTION = 256;

/** Tensors of equal size that belong together: one of each kind, at most four. */
export interface Row {
  readonly tensors: readonly string[];
  /** A number for the kernel; by default 0. */
  readonly note?: number;
}

/** The tensors of one dispatch. */
export interface ListPart {
  readonly firstTensor: number;
  readonly tensorCount: number;
  readonly vectors: number;
  readonly portions: number;
  /** A window for each kind of tensor. */
  readonly windows: readonly Region[];
}

/** A list in memory, and its dispatches. */
export interface TensorList {
  readonly tensors: Region;
  readonly parts: readonly ListPart[];
}

/** Numbers of a tensor in the list. */
const WORDS = 8;

/** Rows that go to one dispatch, and the windows that hold them. */
interface Group {
  readonly rows: { readonly places: readonly Region[]; readonly note: number }[];
  windows: readonly Region[];
  vectors: number;
}

/**
 * Lists tensors and cuts the list into dispatches, of `costEach` FLOP a vector, that also bind the
 * regions `beside`.
 */
export function listTensors(
  context: Context,
  rows: readonly Row[],
  { beside, costEach }: {
    readonly beside: readonly (Region | undefined)[];
    readonly costEach: number;
  },
): TensorList {
  const { limits } = context;
  const groups: Group[] = [];
  for (const { tensors, note = 0 } of rows) {
    const places = tensors.map((name) => context.place(name));
    const vectors = places[0].bytes / VECTOR_BYTES;
    const added = groups.some((group) => {
      if ((group.vectors + vectors) * costEach > limits.dispatchFlops) return false;
      const windows = group.windows.map((window, kind) => united(window, places[kind]));
      if (!mayBeBound(windows, beside, limits)) return false;
      group.rows.push({ places, note });
      group.windows = windows;
      group.vectors += vectors;
      return true;
    });
    if (!added) groups.push({ rows: [{ places, note }], windows: places, vectors });
  }
  const words: number[] = [];
  const parts = groups.map(({ rows, windows, vectors }): ListPart => {
    const firstTensor = words.length / WORDS;
    let portions = 0;
    for (const { places, note } of rows) {
      const vectors = places[0].bytes / VECTOR_BYTES;
      const at = places.map((place, kind) => (place.at - windows[kind].at) / VECTOR_BYTES);
      words.push(portions, vectors, note, 0, ...at, ...new Array(4 - at.length).fill(0));
      portions += Math.ceil(vectors / PORTION);
    }
    return { firstTensor, tensorCount: rows.length, vectors, portions, windows };
  });
  return { tensors: context.table(Uint32Array.from(words)), parts };
}

/** The smallest region that holds both. */
function united(a: Region, b: Region): Region {
  const at = Math.min(a.at, b.at);
  return { at, bytes: Math.max(a.at + a.bytes, b.at + b.bytes) - at };
}

/** Whether each window is within a buffer and a binding, and none overlaps another region. */
function mayBeBound(
  windows: readonly Region[],
  beside: readonly (Region | undefined)[],
  { bindingBytes, bufferBytes }: GpuLimits,
): boolean {
  const bound = [...windows, ...beside.filter((region) => region !== undefined)];
  const bufferOf = (byte: number) => Math.floor(byte / bufferBytes);
  return windows.every(({ at, bytes }, index) =>
    bytes <= bindingBytes && bufferOf(at) === bufferOf(at + bytes - 1) &&
    bound.every((other, otherIndex) =>
      otherIndex === index || other.at >= at + bytes || at >= other.at + other.bytes
    )
  );
}

/**
 * The dispatches of a kernel that treats each vector of a list for itself, by `costEach` FLOP. It
 * binds `beside`, the list, then a window for each kind of tensor.
 */
export function listDispatches(
  context: Context,
  rows: readonly Row[],
  { beside, costEach, constants, ...call }:
    & Pick<Dispatch, "kernel" | "entry" | "constants">
    & Parameters<typeof listTensors>[2],
): Dispatch[] {
  const { tensors, parts } = listTensors(context, rows, { beside, costEach });
  return parts.map(({ firstTensor, tensorCount, vectors, portions, windows }) => ({
    ...call,
    constants: { PORTION, ...constants },
    bindings: [...beside, tensors, ...windows],
    slab: [firstTensor, tensorCount],
    group: PORTION,
    invocations: portions * PORTION,
    cost: vectors * costEach,
  }));
}

/** What a step lists: tensors by kind, and those that it binds beside them. */
interface Listing {
  readonly kinds: readonly (readonly string[])[];
  readonly beside: readonly (string | undefined)[];
}

/** Undefined for steps that take their tensors one by one. */
function listingOf(step: Step): Listing | undefined {
  switch (step.kind) {
    case "average": {
      const { entries, rate } = step;
      const kinds = [entries.map(({ value }) => value), entries.map(({ average }) => average)];
      return { kinds, beside: [rate] };
    }
    case "accumulate": {
      const { entries, added } = step;
      return { kinds: [entries.map(({ accumulated }) => accumulated)], beside: [added] };
    }
    case "update": {
      const { entries, rate, clip } = step;
      const slots = Object.keys(entries[0].slots);
      const kinds = [
        entries.map(({ parameter }) => parameter),
        entries.map(({ gradient }) => gradient),
        ...slots.map((slot) => entries.map(({ slots }) => slots[slot])),
      ];
      return { kinds, beside: [rate, clip] };
    }
  }
}

function listingsOf(plan: Plan): Listing[] {
  // The average comes first: its values are the parameters and what else is averaged.
  return [...stepsOf(plan, SEGMENTS)]
    .sort((a, b) => Number(b.kind === "average") - Number(a.kind === "average"))
    .flatMap((step) => listingOf(step) ?? []);
}

/** The tensors that a plan's steps list, in an order in which those of a kind are neighbours. */
export function listedTensors(plan: Plan): string[] {
  return [...new Set(listingsOf(plan).flatMap(({ kinds }) => kinds.flat()))];
}

/**
 * The tensors of a plan that have memory of their own, outside of the arena: the persistent ones,
 * those of a kind side by side, and the few numbers that are bound beside lists, which might
 * otherwise lie between gradients.
 */
export function ownMemory(plan: Plan): string[] {
  const persistent = new Set(plan.persistent);
  const listed = listedTensors(plan).filter((name) => persistent.has(name));
  const beside = listingsOf(plan).flatMap(({ beside }) =>
    beside.filter((name) => name !== undefined)
  );
  return [...new Set([...listed, ...plan.persistent, ...beside])];
}
