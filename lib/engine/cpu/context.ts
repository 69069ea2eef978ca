/**
 * What the host of a step kind works with: the tensors of its plan and the memory around them.
 *
 * @module
 */
import { recordWords } from "../../core/wasm.ts";
import { aligned } from "../../plan/memory_plan.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Source, Target } from "../../plan/steps.ts";
import { operandsOf } from "../../plan/operands.ts";
import { TensorContext } from "../context.ts";
import { blocksOf, bytesOf, LANES } from "./layout.ts";
import type { Job } from "./job.ts";

/** How a convolution cut its images into windows, one moment each. */
export interface Windows {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  /** Of a window; the last ones of an image may be smaller. */
  readonly rows: number;
  readonly columns: number;
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
  readonly kept: number;
}

/** The context of one plan while it is compiled. */
export class Context extends TensorContext<Windows> {
  /** Bytes that each thread needs for itself during a step. */
  scratchBytes = 0;
  /** Bytes that the steps share, one after the other. */
  workspaceBytes = 0;
  /** Bytes of records so far. */
  tableBytes = 0;
  /** Bytes that last from the setup through all runs. */
  keptBytes = 0;
  /** Jobs that the steps want to be run once, after the setup. */
  readonly preparations: Job[] = [];
  readonly tables: Table[] = [];
  #workspaceUsed = 0;
  readonly #prepared: ReadonlySet<string>;
  readonly #addresses: Addresses;

  constructor(plan: Plan, addresses: Addresses) {
    super(plan, bytesOf);
    this.#prepared = new Set(plan.segments.setup.flatMap((step) => operandsOf(step).writes));
    this.#addresses = addresses;
  }

  address(name: string): number {
    return this.#addresses.tensor(name);
  }

  /** Asks for scratch memory of each thread. */
  scratch(bytes: number): void {
    this.scratchBytes = Math.max(this.scratchBytes, aligned(bytes));
  }

  /** Starts a step: its workspace takes the place of the last one's. */
  beginStep(): void {
    this.#workspaceUsed = 0;
  }

  /** Memory that lasts through one step; each call gives the next part of it. */
  workspace(bytes: number): number {
    const address = this.#addresses.workspace + this.#workspaceUsed;
    this.#workspaceUsed += aligned(bytes);
    this.workspaceBytes = Math.max(this.workspaceBytes, this.#workspaceUsed);
    return address;
  }

  /** Declares the moments that a convolution writes: three floats per window and channel. */
  declareMoments(name: string, windows: Windows): void {
    const { images, height, width, rows, columns } = windows;
    const channels = blocksOf(this.shape(name)[1]) * LANES;
    const count = images * Math.ceil(height / rows) * Math.ceil(width / columns);
    this.noteMoments(name, count * 3 * channels * 4, windows);
  }

  /** How the writer of these moments cut its images. */
  windowsOf(moments: string): Windows {
    return this.cutOf(moments);
  }

  /** Whether the setup writes this tensor, once and for all runs. */
  isPrepared(name: string): boolean {
    return this.#prepared.has(name);
  }

  /** Memory that lasts from the setup through all runs. */
  keep(bytes: number): number {
    const address = this.#addresses.kept + this.keptBytes;
    this.keptBytes += aligned(bytes);
    return address;
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
      return recordWords("Source", {
        data: this.address(source.tensor),
        norm: source.norm === undefined ? 0 : this.address(source.norm),
        low: floatBits(lowestOf(source.relu)),
        blocks: blocksOf(channels),
        planeChannels: kind === "plane" ? channels : 0,
        height,
        width,
        top: source.top ?? 0,
        left: source.left ?? 0,
      });
    }));
  }

  /** `Target` records (kernels_as/blocks.ts). */
  targets(targets: readonly Target[]): number {
    return this.table(targets.flatMap((target) => {
      const [, channels, height, width] = this.shape(target.tensor);
      return recordWords("Target", {
        data: this.address(target.tensor),
        blocks: blocksOf(channels),
        height,
        width,
        top: target.top ?? 0,
        left: target.left ?? 0,
      });
    }));
  }
}

/** The smallest value that passes: 0 after a ReLU. */
export function lowestOf(relu: boolean | undefined): number {
  return relu ? 0 : -Infinity;
}

/** A float32 as the word that holds it. */
export function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}
