/**
 * A trainer without a network, for tests of the code around trainers. A fixed rule updates its one
 * weight from every byte it has seen, in order, so that any difference in the course of a training
 * is visible.
 *
 * @module
 */
import { type Batch, type Pixels } from "../../lib/core/batch.ts";
import {
  type Evaluation,
  type LossParts,
  type Trainer,
  type TrainingState,
} from "../../lib/engine/engine.ts";
import type { BatchSource } from "../../lib/train/loop.ts";

export interface FakeOptions {
  /** Overrides the loss of a batch (from 1). */
  readonly loss?: (batch: number) => number;
  /** Whether the state has an average: of the weights before and after each step. */
  readonly averaged?: boolean;
  /** Called after every batch (from 1), with the options of its step. */
  readonly stepped?: (batch: number, options: Parameters<Trainer["step"]>[1]) => void;
}

function fakeState(): TrainingState {
  return { weights: { w: { shape: [1], data: Float32Array.of(0.5) } }, step: 0, batchesTracked: 0 };
}

export function fakeTrainer(options: FakeOptions = {}): Trainer {
  let current = fakeState();
  let pending: LossParts[] = [];
  const parts = (loss: number): LossParts => ({ loss, terms: { bce: loss / 2, dice: loss / 2 } });
  const seen = ({ n, images }: Pick<Batch<Pixels>, "n" | "images">) =>
    [...images].reduce((hash, byte) => (hash * 31 + byte) % 65521, n) / 65521;
  /** The weight, and its average, after a step. */
  const updated = (gradient: number, learningRate: number) => {
    const before = current.weights.w.data[0];
    const data = Float32Array.of(before * 0.9 + gradient + learningRate);
    const mean = Float32Array.of(((current.average?.w.data[0] ?? before) + data[0]) / 2);
    const average = options.averaged && { average: { w: { shape: [1], data: mean } } };
    return { weights: { w: { shape: [1], data } }, ...average };
  };
  const evaluate = (batch: Pick<Batch<Pixels>, "n" | "images">): Evaluation => {
    const images = Array.from({ length: batch.n }, (_, index) => ({
      intersection: Math.floor(seen(batch) * 50) + index,
      predicted: 60,
      truth: 50,
    }));
    return { ...parts(current.weights.w.data[0] + seen(batch)), images };
  };
  return {
    step(batch, given) {
      const { learningRate, updates = true } = given;
      const { step, accumulated } = current;
      const before = current.weights.w.data[0];
      const batchesTracked = current.batchesTracked + 1;
      pending.push(parts(options.loss?.(batchesTracked) ?? 1 + before));
      const gradient = (accumulated?.gradients.w.data[0] ?? 0) + seen(batch);
      if (updates) {
        current = { ...updated(gradient, learningRate), step: step + 1, batchesTracked };
      } else {
        const gradients = { w: { shape: [1], data: Float32Array.of(gradient) } };
        const batches = 1 + (accumulated?.batches ?? 0);
        current = { ...current, accumulated: { batches, gradients }, batchesTracked };
      }
      options.stepped?.(batchesTracked, given);
      return Promise.resolve();
    },
    losses() {
      const losses = pending;
      pending = [];
      return Promise.resolve(losses);
    },
    // As on a GPU, which tells later.
    knownLosses: () => [],
    evaluate: (batch) => Promise.resolve(evaluate(batch)),
    async *evaluateAll(batches) {
      const found: Evaluation[] = [];
      for (const batch of batches) {
        found.push(evaluate(batch));
        yield await Promise.resolve(found.length === 2 ? found.splice(0, 1) : []);
      }
      yield found;
    },
    prefetchState: () => Promise.resolve(),
    logits: (batch) => Promise.resolve(new Float32Array(batch.n * batch.height * batch.width)),
    state: () => Promise.resolve(current),
    loadWeights(weights) {
      const data = Float32Array.from(weights.w.data);
      current = { ...current, weights: { w: { shape: [1], data } } };
      return Promise.resolve();
    },
    load(state) {
      current = state;
      return Promise.resolve();
    },
    close() {},
  };
}

/**
 * Seven training images in batches of two, three test images, 2x2 px. Every epoch has another
 * order.
 */
export function fakeBatches(): BatchSource {
  const make = (numbers: readonly number[]): Batch => ({
    n: numbers.length,
    height: 2,
    width: 2,
    images: Uint8Array.from(numbers.flatMap((number) => [number, number + 1, 2, 3])),
    masks: new Float32Array(numbers.length * 4),
  });
  const cut = (numbers: readonly number[], index: number) =>
    make(numbers.slice(2 * index, 2 * index + 2));
  return {
    trainImages: 7,
    trainBatches: 4,
    valImages: 3,
    valBatches: 2,
    trainBatch: (epoch, index) =>
      Promise.resolve(
        cut([0, 1, 2, 3, 4, 5, 6].map((number) => ((number * 3 + epoch) % 7) * 10), index),
      ),
    valBatch: (index) => cut([100, 110, 120], index),
  };
}
