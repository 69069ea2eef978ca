/**
 * The convolutions without overlap and their gradients: 1x1 (w `[o, i, 1, 1]`), and transposed 2x2
 * with stride 2 (w `[i, o, 2, 2]`), in which every input pixel fills a 2x2 block of the output:
 *
 *     1x1:         y[n,o,r,c]         = bias[o] + sum_i w[o,i] x[n,i,r,c]
 *     transposed:  y[n,o,2r+ky,2c+kx] = bias[o] + sum_i w[i,o,ky,kx] x[n,i,r,c]
 *
 * @module
 */
import type {
  Conv1x1,
  Conv1x1Gradient,
  ConvTranspose2,
  ConvTranspose2InputGradient,
  ConvTranspose2WeightGradient,
} from "../../lib/plan/steps.ts";
import { read, type Store, type Values, zeros } from "./values.ts";

/** Receives one product of the sum, as flat indices into y, x and w. */
type Visit = (y: number, x: number, w: number) => void;

/** All (y, x, w) of a 1x1 convolution from `[n, i, h, w]` to `o` channels. */
function forEachPointwise(shape: readonly number[], outChannels: number, visit: Visit): void {
  const [n, inChannels, height, width] = shape;
  const size = height * width;
  for (let image = 0; image < n; image++) {
    for (let o = 0; o < outChannels; o++) {
      for (let i = 0; i < inChannels; i++) {
        const y = (image * outChannels + o) * size;
        const x = (image * inChannels + i) * size;
        for (let p = 0; p < size; p++) visit(y + p, x + p, o * inChannels + i);
      }
    }
  }
}

/** All (y, x, w) of a transposed 2x2 convolution from `[n, i, h, w]` to `o` channels. */
function forEachTransposed(shape: readonly number[], outChannels: number, visit: Visit): void {
  const [n, inChannels, height, width] = shape;
  for (let image = 0; image < n; image++) {
    for (let i = 0; i < inChannels; i++) {
      for (let o = 0; o < outChannels; o++) {
        for (let tap = 0; tap < 4; tap++) {
          const ky = tap >> 1;
          const kx = tap & 1;
          const w = (i * outChannels + o) * 4 + tap;
          for (let r = 0; r < height; r++) {
            const x = ((image * inChannels + i) * height + r) * width;
            const y = ((image * outChannels + o) * 2 * height + 2 * r + ky) * 2 * width + kx;
            for (let c = 0; c < width; c++) visit(y + 2 * c, x + c, w);
          }
        }
      }
    }
  }
}

/** A map `[n, c, h, w]` filled with the bias of each channel. */
function biasEverywhere(bias: Values, shape: readonly number[]): Values {
  const [, channels, height, width] = shape;
  const filled = zeros(...shape);
  filled.data.forEach((_, index) => {
    filled.data[index] = bias.data[Math.floor(index / (height * width)) % channels];
  });
  return filled;
}

/** The sum over each channel of `[n, c, h, w]`. */
function sumPerChannel({ shape: [, channels, height, width], data }: Values): Values {
  const sums = zeros(channels);
  data.forEach((value, index) => {
    sums.data[Math.floor(index / (height * width)) % channels] += value;
  });
  return sums;
}

export function conv1x1(step: Conv1x1, store: Store): void {
  const x = read(store, step.source);
  const w = store.get(step.weight);
  const y = biasEverywhere(store.get(step.bias), store.shapeOf(step.out));
  forEachPointwise(x.shape, y.shape[1], (yi, xi, wi) => {
    y.data[yi] += w.data[wi] * x.data[xi];
  });
  store.set(step.out, y);
}

export function conv1x1Gradient(step: Conv1x1Gradient, store: Store): void {
  const x = read(store, step.source);
  const w = store.get(step.weight);
  const dy = store.get(step.gradient);
  const dx = zeros(...x.shape);
  const dw = zeros(...w.shape);
  forEachPointwise(x.shape, dy.shape[1], (yi, xi, wi) => {
    dx.data[xi] += w.data[wi] * dy.data[yi];
    dw.data[wi] += x.data[xi] * dy.data[yi];
  });
  store.set(step.sourceGradient, dx);
  store.set(step.weightGradient, dw);
  store.set(step.biasGradient, sumPerChannel(dy));
}

export function convTranspose2(step: ConvTranspose2, store: Store): void {
  const x = read(store, step.source);
  const w = store.get(step.weight);
  const y = biasEverywhere(store.get(step.bias), store.shapeOf(step.out));
  forEachTransposed(x.shape, y.shape[1], (yi, xi, wi) => {
    y.data[yi] += w.data[wi] * x.data[xi];
  });
  store.set(step.out, y);
}

export function convTranspose2InputGradient(step: ConvTranspose2InputGradient, store: Store): void {
  const dy = store.get(step.gradient);
  const w = store.get(step.weight);
  const dx = zeros(...store.shapeOf(step.out));
  forEachTransposed(dx.shape, dy.shape[1], (yi, xi, wi) => {
    dx.data[xi] += w.data[wi] * dy.data[yi];
  });
  store.set(step.out, dx);
}

export function convTranspose2WeightGradient(
  step: ConvTranspose2WeightGradient,
  store: Store,
): void {
  const x = read(store, step.source);
  const dy = store.get(step.gradient);
  const dw = zeros(...store.shapeOf(step.weightGradient));
  forEachTransposed(x.shape, dy.shape[1], (yi, xi, wi) => {
    dw.data[wi] += x.data[xi] * dy.data[yi];
  });
  store.set(step.weightGradient, dw);
  store.set(step.biasGradient, sumPerChannel(dy));
}
