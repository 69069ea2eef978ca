/**
 * The context in which a host lowers a step: the plan's tensors, the memory, the adapter's limits.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { aligned, type Region, withinPiece } from "../../plan/memory_plan.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Source } from "../../plan/steps.ts";
import { TensorContext } from "../context.ts";
import { OFFSET_ALIGNMENT } from "./adapter.ts";
import type { KernelName } from "./kernels.ts";
import { blocksOf, bytesOf, HALF_VECTOR_BYTES, VECTOR_BYTES } from "./layout.ts";
import { type GpuLimits } from "./limits.ts";

/** A region as it is bound to a kernel. */
export interface Bound extends Region {
  /** Whether it holds a map of 16-bit floats (stored_maps.ts); by default its floats have 32. */
  readonly halves?: boolean;
}

/** The part of a tensor that is bound to a kernel. It begins with vector `base`. */
export interface Window {
  readonly place: Bound;
  /** The index in the tensor of the first vector of the window. */
  readonly base: number;
}

/** A named constant of a kernel: an unsigned whole number, a boolean or a float. */
export type Constant = number | boolean | { readonly float: number };

/** The name of a kernel's constant: "classWeight" becomes "CLASS_WEIGHT". */
export function constantName(name: string): string {
  return name.replace(/[A-Z]/g, "_$&").toUpperCase();
}

/** One call of a kernel: constants for its compilation, bindings and slab for this call. */
export interface Dispatch {
  /** The file kernels_wgsl/`kernel`.wgsl and a function in it. */
  readonly kernel: KernelName;
  readonly entry: string;
  readonly constants: Readonly<Record<string, Constant>>;
  /** Bindings from 1 on; undefined where this call has no such tensor. */
  readonly bindings: readonly (Bound | undefined)[];
  /** The fields of the kernel's Slab, in order. */
  readonly slab: readonly number[];
  readonly invocations: number;
  /** Invocations of a workgroup; by default `GROUP`. */
  readonly group?: number;
  /** Estimated cost in FLOP, by which work is cut into submissions. */
  readonly cost: number;
}

/** Slab fields of single_source.wgsl: what a kernel applies to its source as it reads it. */
export function reading(source: Source | undefined) {
  const { NORM, RELU } = constantReading(source);
  return { hasNorm: Number(NORM), hasRelu: Number(RELU) };
}

/** The same as constants, for kernels in whose innermost loops it is applied. */
export function constantReading(source: Source | undefined) {
  return { NORM: source?.norm !== undefined, RELU: source?.relu ?? false };
}

/** Bytes of a slab record. */
export const SLAB_BYTES = 128;

/** Bytes to write into memory before a program can run. */
export interface Table {
  readonly place: Region;
  readonly words: Uint32Array<ArrayBuffer>;
}

/** How a convolution cut its rows into partial moments. */
export interface MomentCut {
  /** Rows of all images. */
  readonly rows: number;
  readonly width: number;
  readonly rowsPerPartial: number;
  readonly columnsPerPartial: number;
}

/** First bytes of the regions of memory. */
export interface Places {
  /** First byte of a tensor. */
  readonly tensor: (name: string) => number;
  readonly tables: number;
  readonly workspace: number;
}

/** The context of one plan while it is compiled. */
export class Context extends TensorContext<MomentCut> {
  readonly limits: GpuLimits;
  /** Bytes of workspace, which the steps use in turns. */
  workspaceBytes = 0;
  /** Bytes of tables so far. */
  tableBytes = 0;
  readonly tables: Table[] = [];
  readonly #places: Places;

  constructor(plan: Plan, places: Places, limits: GpuLimits) {
    super(plan, bytesOf);
    this.#places = places;
    this.limits = limits;
  }

  /** A whole tensor, for kernels that do not work in slabs. */
  place(name: string): Bound {
    const place = this.#placeOf(name);
    this.#checkBinding(place.bytes, name);
    return place;
  }

  /** A whole tensor that may be missing. */
  placeIf(name: string | undefined): Bound | undefined {
    return name === undefined ? undefined : this.place(name);
  }

  /** The vectors from `first` to before `end` of a tensor. */
  window(name: string, first: number, end: number): Window {
    return windowOf(this.#placeOf(name), first, end);
  }

  #placeOf(name: string): Bound {
    const halves = this.spec(name).dtype === "f16";
    const place = { at: this.#places.tensor(name), bytes: this.bytes(name) };
    return halves ? { ...place, halves } : place;
  }

  /** Memory that lasts for one step. A step asks for all of it in one call. */
  workspace(...sizes: readonly number[]): Region[] {
    const rules = { alignment: OFFSET_ALIGNMENT, piece: this.limits.bufferBytes };
    let end = this.#places.workspace;
    const places = sizes.map((bytes) => {
      const at = withinPiece(end, bytes, rules);
      end = at + aligned(bytes, OFFSET_ALIGNMENT);
      return { at, bytes };
    });
    this.workspaceBytes = Math.max(this.workspaceBytes, end - this.#places.workspace);
    return places;
  }

  /** Stores 32-bit words in memory until the program is closed. */
  table(words: Uint32Array<ArrayBuffer>): Region {
    const bytes = words.byteLength;
    const rules = { alignment: OFFSET_ALIGNMENT, piece: this.limits.bufferBytes };
    const at = withinPiece(this.#places.tables + this.tableBytes, bytes, rules);
    this.tableBytes = at + aligned(bytes, OFFSET_ALIGNMENT) - this.#places.tables;
    const place = { at, bytes };
    this.tables.push({ place, words });
    return place;
  }

  /** Declares the moments that a convolution writes: two vectors per partial and block. */
  declareMoments(name: string, cut: MomentCut): void {
    const blocks = blocksOf(this.shape(name)[1]);
    this.noteMoments(name, countPartials(cut) * 2 * blocks * VECTOR_BYTES, cut);
  }

  /** How the writer of these moments cut its rows. */
  momentCutOf(moments: string): MomentCut {
    return this.cutOf(moments);
  }

  #checkBinding(bytes: number, name: string): void {
    if (bytes > this.limits.bindingBytes) {
      throw new InputError(
        `${name} takes ${bytes} bytes, and this GPU binds at most ` +
          `${this.limits.bindingBytes} to a kernel: use a smaller batch`,
      );
    }
  }
}

/** The window of vectors [first, end), widened to an offset at which it may be bound. */
export function windowOf(place: Bound, first: number, end: number): Window {
  const vectorBytes = place.halves ? HALF_VECTOR_BYTES : VECTOR_BYTES;
  const start = Math.min(first * vectorBytes, place.bytes - vectorBytes);
  const from = Math.floor(start / OFFSET_ALIGNMENT) * OFFSET_ALIGNMENT;
  const to = Math.max(end * vectorBytes, start + vectorBytes);
  return { place: { ...place, at: place.at + from, bytes: to - from }, base: from / vectorBytes };
}

/** The number of partial moments. */
export function countPartials(
  { rows, width, rowsPerPartial, columnsPerPartial }: MomentCut,
): number {
  return Math.ceil(rows / rowsPerPartial) * Math.ceil(width / columnsPerPartial);
}
