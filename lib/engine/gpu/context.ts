/**
 * What the host of a step kind works with: the tensors of its plan, the memory around them, the
 * adapter's limits.
 *
 * @module
 */
import { InputError } from "../../core/errors.ts";
import { aligned, type Region, withinPiece } from "../../plan/memory_plan.ts";
import type { Plan } from "../../plan/plan.ts";
import { TensorContext } from "../context.ts";
import { OFFSET_ALIGNMENT } from "./adapter.ts";
import type { KernelName } from "./kernels.ts";
import { type GpuLimits } from "./limits.ts";
import { blocksOf, bytesOf, VECTOR_BYTES } from "./layout.ts";

/** A part of a tensor as a kernel sees it: the vectors before `base` are not there. */
export interface Window {
  readonly place: Region;
  /** The index in the tensor of the first vector of the window. */
  readonly base: number;
}

/** A named constant of a kernel: a whole number from 0, a truth, a float. */
export type Constant = number | boolean | { readonly float: number };

/** A name as constants of kernels are written: "classWeight" becomes "CLASS_WEIGHT". */
export function constantName(name: string): string {
  return name.replace(/[A-Z]/g, "_$&").toUpperCase();
}

/** One call of a kernel: what is fixed when it is compiled, and what this call adds. */
export interface Dispatch {
  /** The file kernels_wgsl/`kernel`.wgsl and a function in it. */
  readonly kernel: KernelName;
  readonly entry: string;
  readonly constants: Readonly<Record<string, Constant>>;
  /** Bindings 1, 2, ...; undefined where this call has no such tensor. */
  readonly bindings: readonly (Region | undefined)[];
  /** The fields of the kernel's Slab, in order. */
  readonly slab: readonly number[];
  readonly invocations: number;
  /** Invocations of a workgroup, where the kernel does not leave it to the host. */
  readonly group?: number;
  /** Estimated cost in FLOP, for cutting work into pieces of bearable time. */
  readonly cost: number;
}

/** Bytes of a slab record. */
export const SLAB_BYTES = 64;

/** Bytes to write into memory before a program can run. */
export interface Table {
  readonly place: Region;
  readonly words: Uint32Array<ArrayBuffer>;
}

/** How a convolution cut its rows into the pieces that its moments are made of. */
export interface MomentPieces {
  /** Rows of all images. */
  readonly rows: number;
  readonly width: number;
  readonly rowsPerPiece: number;
  readonly columnsPerPiece: number;
}

/** Where the parts of memory begin. */
export interface Places {
  /** First byte of a tensor. */
  readonly tensor: (name: string) => number;
  readonly tables: number;
  readonly workspace: number;
}

/** The context of one plan while it is compiled. */
export class Context extends TensorContext<MomentPieces> {
  readonly limits: GpuLimits;
  /** Bytes that the steps share, one after the other. */
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
  place(name: string): Region {
    const bytes = this.bytes(name);
    this.#checkBinding(bytes, name);
    return { at: this.#places.tensor(name), bytes };
  }

  /** A whole tensor that may be missing. */
  placeIf(name: string | undefined): Region | undefined {
    return name === undefined ? undefined : this.place(name);
  }

  /** The vectors from `first` to before `end` of a tensor. */
  window(name: string, first: number, end: number): Window {
    return windowOf({ at: this.#places.tensor(name), bytes: this.bytes(name) }, first, end);
  }

  /** Memory that lasts through one step: all that a step wants in one call. */
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

  /** Puts 32-bit words into memory for as long as the program lives. */
  table(words: Uint32Array<ArrayBuffer>): Region {
    const bytes = words.byteLength;
    const rules = { alignment: OFFSET_ALIGNMENT, piece: this.limits.bufferBytes };
    const at = withinPiece(this.#places.tables + this.tableBytes, bytes, rules);
    this.tableBytes = at + aligned(bytes, OFFSET_ALIGNMENT) - this.#places.tables;
    const place = { at, bytes };
    this.tables.push({ place, words });
    return place;
  }

  /** Declares the moments that a convolution writes: two vectors per piece and block. */
  declareMoments(name: string, pieces: MomentPieces): void {
    const blocks = blocksOf(this.shape(name)[1]);
    this.noteMoments(name, countPieces(pieces) * 2 * blocks * VECTOR_BYTES, pieces);
  }

  /** How the writer of these moments cut its rows. */
  piecesOf(moments: string): MomentPieces {
    return this.cutOf(moments);
  }

  #checkBinding(bytes: number, name: string): void {
    if (bytes > this.limits.bindingBytes) {
      throw new InputError(
        `${name} takes ${bytes} bytes, and this GPU shows at most ${this.limits.bindingBytes} to a ` +
          `kernel: use a smaller batch`,
      );
    }
  }
}

/** A window of whole vectors whose offset may be bound. */
export function windowOf(place: Region, first: number, end: number): Window {
  const start = Math.min(first * VECTOR_BYTES, place.bytes - VECTOR_BYTES);
  const from = Math.floor(start / OFFSET_ALIGNMENT) * OFFSET_ALIGNMENT;
  const to = Math.max(end * VECTOR_BYTES, start + VECTOR_BYTES);
  return { place: { at: place.at + from, bytes: to - from }, base: from / VECTOR_BYTES };
}

/** The number of pieces of which moments are made. */
export function countPieces({ rows, width, rowsPerPiece, columnsPerPiece }: MomentPieces): number {
  return Math.ceil(rows / rowsPerPiece) * Math.ceil(width / columnsPerPiece);
}
