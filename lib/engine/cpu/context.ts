/**
 * What the host of a step kind works with: the tensors of its plan and the memory around them.
 *
 * A plan is compiled twice. The first time every address is made up, and the context only learns how much memory the steps
 * ask for; the second time the addresses are real. So a host has one function, and nothing is sized twice.
 *
 * @module
 */
import type { Source, Target, TensorSpec } from "../steps.ts";
import { aligned } from "../place.ts";
import { blocksOf } from "./layout.ts";

/** How a convolution cut its images into strips, which its moments are made of. */
export interface Strips {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly stripRows: number;
}

/** Bytes to write into memory before a program can run: records that kernels read. */
export interface Table {
  readonly address: number;
  readonly words: Uint32Array;
}

/** Where the parts of memory begin. */
export interface Addresses {
  /** First byte of a tensor. */
  readonly tensor: (name: string) => number;
  readonly tables: number;
  readonly workspace: number;
}

/** The context of one plan while it is compiled. */
export class Context {
  /** Bytes that each thread needs for itself during a step. */
  scratchBytes = 0;
  /** Bytes that the steps share, one after the other. */
  workspaceBytes = 0;
  /** Bytes of records so far. */
  tableBytes = 0;
  readonly tables: Table[] = [];
  /** The bytes of `moments` tensors, which their convolutions decide. */
  readonly momentBytes = new Map<string, number>();
  readonly #strips = new Map<string, Strips>();
  readonly #specs: ReadonlyMap<string, TensorSpec>;
  readonly #addresses: Addresses;

  constructor(specs: ReadonlyMap<string, TensorSpec>, addresses: Addresses) {
    this.#specs = specs;
    this.#addresses = addresses;
  }

  spec(name: string): TensorSpec {
    const spec = this.#specs.get(name);
    if (!spec) throw new Error(`the plan has no tensor ${name}`);
    return spec;
  }

  /** The extents of a tensor. */
  shape(name: string): readonly number[] {
    return this.spec(name).shape;
  }

  address(name: string): number {
    return this.#addresses.tensor(name);
  }

  /** Asks for scratch memory of each thread. */
  scratch(bytes: number): void {
    this.scratchBytes = Math.max(this.scratchBytes, aligned(bytes));
  }

  /** Memory that lasts through one step; a step's own later calls lie behind the earlier ones. */
  workspace(...sizes: readonly number[]): number[] {
    let offset = 0;
    const addresses = sizes.map((bytes) => {
      const address = this.#addresses.workspace + offset;
      offset += aligned(bytes);
      return address;
    });
    this.workspaceBytes = Math.max(this.workspaceBytes, offset);
    return addresses;
  }

  /** Declares the moments that a convolution writes: three floats per strip and channel. */
  declareMoments(name: string, strips: Strips): void {
    const { images, height, stripRows } = strips;
    const channels = blocksOf(this.shape(name)[1]) * 8;
    const count = images * Math.ceil(height / stripRows);
    this.momentBytes.set(name, count * 3 * channels * 4);
    this.#strips.set(name, strips);
  }

  /** How the writer of these moments cut its strips. */
  stripsOf(moments: string): Strips {
    const strips = this.#strips.get(moments);
    if (!strips) throw new Error(`no convolution before this step writes ${moments}`);
    return strips;
  }

  /** Puts 32-bit words into memory; floats are given by their bits. */
  table(words: ArrayLike<number>): number {
    const address = this.#addresses.tables + this.tableBytes;
    this.tables.push({ address, words: Uint32Array.from(words) });
    this.tableBytes += aligned(words.length * 4);
    return address;
  }

  /** `Source` records (kernels_as/blocks.ts). */
  sources(sources: readonly Source[]): number {
    return this.table(sources.flatMap((source) => {
      const { kind, shape } = this.spec(source.tensor);
      const [, channels, height, width] = shape;
      return [
        this.address(source.tensor),
        source.norm === undefined ? 0 : this.address(source.norm),
        floatBits(lowestOf(source.relu)),
        blocksOf(channels),
        kind === "plane" ? channels : 0,
        height,
        width,
        source.top ?? 0,
        source.left ?? 0,
      ];
    }));
  }

  /** `Target` records (kernels_as/blocks.ts). */
  targets(targets: readonly Target[]): number {
    return this.table(targets.flatMap((target) => {
      const [, channels, height, width] = this.shape(target.tensor);
      return [
        this.address(target.tensor),
        blocksOf(channels),
        height,
        width,
        target.top ?? 0,
        target.left ?? 0,
      ];
    }));
  }
}

/** The smallest value that passes: 0 after a ReLU. */
export function lowestOf(relu: boolean | undefined): number {
  return relu ? 0 : -Infinity;
}

function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}
