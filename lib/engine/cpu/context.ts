/**
 * The context in which a host lowers a step: the plan's tensors and the memory.
 *
 * @module
 */
import { floatBits, recordWords } from "../../core/wasm.ts";
import { aligned } from "../../plan/memory_plan.ts";
import { operandsOf } from "../../plan/operands.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Source, Target } from "../../plan/steps.ts";
import { TensorContext } from "../context.ts";
import type { Job } from "./job.ts";
import { blocksOf, bytesOf, LANES } from "./layout.ts";

/** How a convolution cut its images into windows, each with its own moments. */
export interface Windows {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  /** Size of a window in pixels; the last ones of an image may be smaller. */
  readonly rows: number;
  readonly columns: number;
}

/** Records that kernels read, written into memory before a program runs. */
export interface Table {
  readonly address: number;
  readonly words: Uint32Array;
}

/** First bytes of the regions of memory. */
export interface Addresses {
  /** First byte of a tensor. */
  readonly tensor: (name: string) => number;
  readonly tables: number;
  readonly workspace: number;
  readonly kept: number;
}

/** The context of one plan while it is compiled. */
export class Context extends TensorContext<Windows> {
  /** Bytes of scratch memory per thread. */
  scratchBytes = 0;
  /** Bytes of workspace, which the steps use in turns. */
  workspaceBytes = 0;
  /** Bytes of records so far. */
  tableBytes = 0;
  /** Bytes of kept memory, which lasts from the setup through all runs. */
  keptBytes = 0;
  /** Jobs that run once, after the setup. */
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

  /** The address of a tensor that may be missing, then 0. */
  addressIf(name: string | undefined): number {
    return name === undefined ? 0 : this.address(name);
  }

  /** Requests scratch memory for each thread. */
  scratch(bytes: number): void {
    this.scratchBytes = Math.max(this.scratchBytes, aligned(bytes));
  }

  /** Begins a step, which reuses the workspace of the last one. */
  beginStep(): void {
    this.#workspaceUsed = 0;
  }

  /** Allocates memory that lasts for one step; returns its address. */
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

  /** Whether the setup writes this tensor. */
  isPrepared(name: string): boolean {
    return this.#prepared.has(name);
  }

  /** Allocates memory that lasts from the setup through all runs; returns its address. */
  keep(bytes: number): number {
    const address = this.#addresses.kept + this.keptBytes;
    this.keptBytes += aligned(bytes);
    return address;
  }

  /** Stores 32-bit words in memory, floats as their bits; returns their address. */
  table(words: ArrayLike<number>): number {
    const address = this.#addresses.tables + this.tableBytes;
    this.tables.push({ address, words: Uint32Array.from(words) });
    this.tableBytes += aligned(words.length * 4);
    return address;
  }

  /** Stores `Source` records (kernels_as/blocks.ts); returns their address. */
  sources(sources: readonly Source[]): number {
    return this.table(sources.flatMap((source) => {
      const { kind, shape } = this.spec(source.tensor);
      const [, channels, height, width] = shape;
      return recordWords("Source", {
        data: this.address(source.tensor),
        norm: this.addressIf(source.norm),
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

  /** Stores `Target` records (kernels_as/blocks.ts); returns their address. */
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

/** The lower bound of a value: 0 with ReLU, else -infinity. */
export function lowestOf(relu: boolean | undefined): number {
  return relu ? 0 : -Infinity;
}
