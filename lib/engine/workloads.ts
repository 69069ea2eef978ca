/**
 * The workloads of `profile`, of the benchmarks and of comparisons with other programs: a U-Net
 * with transposed convolutions, one grey channel in, one class out, on synthetic data.
 *
 * @module
 */
import type { Batch } from "../core/batch.ts";
import type { Tensors } from "../core/tensor.ts";
import { graphOf } from "../network/architectures.ts";
import type { Network } from "../network/network.ts";
import { initialWeights } from "../network/weights.ts";
import { type BatchShape, type Plan } from "../plan/plan.ts";
import { planPrediction, planTraining, type TrainingOptions } from "../plan/planners.ts";
import type { TrainingState } from "./engine.ts";

/** A forward pass or a training step (forward, BCE + Dice, backward, Adam). */
export interface Workload {
  readonly name: string;
  readonly kind: "forward" | "training step";
  readonly base: number;
  readonly size: number;
  readonly n: number;
}

export const WORKLOADS: readonly Workload[] = [
  { name: "A", kind: "forward", base: 64, size: 512, n: 1 },
  { name: "B", kind: "forward", base: 16, size: 256, n: 1 },
  { name: "C", kind: "training step", base: 16, size: 256, n: 4 },
  { name: "D", kind: "training step", base: 8, size: 128, n: 4 },
];

/**
 * Too long for every benchmark run: a training step of the tutorial's network, one image and four.
 */
export const LONG_WORKLOADS: readonly Workload[] = [
  { name: "E1", kind: "training step", base: 64, size: 512, n: 1 },
  { name: "E4", kind: "training step", base: 64, size: 512, n: 4 },
];

/** All workloads by name. */
export const WORKLOADS_BY_NAME: ReadonlyMap<string, Workload> = new Map(
  [...WORKLOADS, ...LONG_WORKLOADS].map((workload) => [workload.name, workload]),
);

/** A workload for people: "training step, base 16, 256x256, batch 4". */
export function describeWorkload({ kind, base, size, n }: Workload): string {
  return `${kind}, base ${base}, ${size}x${size}, batch ${n}`;
}

/** The plan of a workload; `options` are those of a training step. */
export function planOf(workload: Workload, options: TrainingOptions = {}): Plan {
  const [graph, shape] = [graphOf(networkOf(workload)), shapeOf(workload)];
  return workload.kind === "forward"
    ? planPrediction(graph, shape)
    : planTraining(graph, shape, options);
}

export function networkOf({ base }: Workload): Network {
  return { inChannels: 1, classes: 1, base, bilinear: false };
}

export function shapeOf({ n, size }: Workload): BatchShape {
  return { n, height: size, width: size, mean: 0.485, std: 0.229 };
}

/** Images of noise, masks with a square: the content does not change the time. */
export function batchOf({ n, size }: Workload): Batch {
  const pixels = n * size * size;
  const images = Uint8Array.from({ length: pixels }, (_, i) => (Math.imul(i, 2654435761) >>> 24));
  const masks = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const [x, y] = [i % size, Math.floor(i / size) % size];
    masks[i] = Math.max(Math.abs(x - size / 2), Math.abs(y - size / 2)) < size / 5 ? 1 : 0;
  }
  return { n, height: size, width: size, images, masks };
}

/** The tensors of a run: initial weights, a batch, the learning rate of the first step. */
export function tensorsOfWorkload(workload: Workload): Tensors {
  const { images, masks, n, height, width } = batchOf(workload);
  return {
    ...freshState(workload).weights,
    image: { shape: [n, height, width], data: images },
    mask: { shape: [n, 1, height, width], data: masks },
    rate: { shape: [2], data: Float32Array.of(1e-3, 1) },
  };
}

/** Initial weights, the same ones every time. */
export function freshState(workload: Workload): TrainingState {
  return { weights: initialWeights(graphOf(networkOf(workload)), 1), step: 0, batchesTracked: 0 };
}
