/**
 * 3x3 convolution with padding 1 and its two gradients. With w `[o, i, 3, 3]`, x `[n, i, h, w]`:
 *
 *     y[n,o,r,c]      = bias[o] + sum_{i,ky,kx} w[o,i,ky,kx] x[n,i,r+ky-1,c+kx-1]
 *     dx[n,i,r,c]     = sum_{o,ky,kx} w[o,i,ky,kx] dy[n,o,r-ky+1,c-kx+1]
 *     dw[o,i,ky,kx]   = sum_{n,r,c} dy[n,o,r,c] x[n,i,r+ky-1,c+kx-1]
 *
 * Pixels outside the image are zero. The 1x1 convolution between maps is the same with the middle
 * tap alone.
 *
 * @module
 */
import type {
  Conv3x3,
  Conv3x3InputGradient,
  Conv3x3WeightGradient,
  Pointwise,
  PointwiseInputGradient,
  PointwiseWeightGradient,
} from "../../lib/plan/steps.ts";
import { readAll, type Store, type Values, zeros } from "./values.ts";

/**
 * Calls `visit` for every pair of output row and tap row that reads a row of the image. Arguments:
 * the first output column, the number of columns, and the offsets of the first element in an output
 * plane and in an input plane.
 */
function forEachRow(
  height: number,
  width: number,
  ky: number,
  kx: number,
  visit: (outOffset: number, inOffset: number, count: number) => void,
): void {
  const firstColumn = Math.max(0, 1 - kx);
  const lastColumn = Math.min(width, width + 1 - kx);
  for (let row = Math.max(0, 1 - ky); row < Math.min(height, height + 1 - ky); row++) {
    const outOffset = row * width + firstColumn;
    const inOffset = (row + ky - 1) * width + firstColumn + kx - 1;
    visit(outOffset, inOffset, lastColumn - firstColumn);
  }
}

/** Calls `visit` for every weight with the indices of its planes and its own index. */
function forEachTap(
  n: number,
  outChannels: number,
  inChannels: number,
  taps: number,
  visit: (outPlane: number, inPlane: number, weight: number, ky: number, kx: number) => void,
): void {
  for (let image = 0; image < n; image++) {
    for (let o = 0; o < outChannels; o++) {
      for (let i = 0; i < inChannels; i++) {
        for (let tap = 0; tap < taps; tap++) {
          const weight = (o * inChannels + i) * taps + tap;
          const [ky, kx] = taps === 1 ? [1, 1] : [Math.floor(tap / 3), tap % 3];
          visit(image * outChannels + o, image * inChannels + i, weight, ky, kx);
        }
      }
    }
  }
}

export function conv3x3(step: Conv3x3 | Pointwise, store: Store): void {
  const [n, outChannels, height, width] = store.shapeOf(step.out);
  const x = readAll(store, step.sources, height, width);
  const { shape: [, , side], data: weight } = store.get(step.weight);
  const y = zeros(n, outChannels, height, width);
  const size = height * width;
  if (step.bias !== undefined) {
    const bias = store.get(step.bias).data;
    for (let i = 0; i < y.data.length; i++) y.data[i] = bias[Math.floor(i / size) % outChannels];
  }
  forEachTap(n, outChannels, x.shape[1], side * side, (outPlane, inPlane, index, ky, kx) => {
    const w = weight[index];
    forEachRow(height, width, ky, kx, (outOffset, inOffset, count) => {
      const to = outPlane * size + outOffset;
      const from = inPlane * size + inOffset;
      for (let i = 0; i < count; i++) y.data[to + i] += w * x.data[from + i];
    });
  });
  if (step.relu) {
    for (let i = 0; i < y.data.length; i++) if (y.data[i] < 0) y.data[i] = 0;
  }
  store.set(step.out, y);
  if (step.moments !== undefined) store.set(step.moments, momentsOf(y));
}

/** Per channel the mean and the sum of squared distances from it, `[2, c]`. */
function momentsOf({ shape: [n, channels, height, width], data }: Values): Values {
  const moments = zeros(2, channels);
  const size = height * width;
  for (let channel = 0; channel < channels; channel++) {
    const forEachValue = (visit: (value: number) => void) => {
      for (let image = 0; image < n; image++) {
        const start = (image * channels + channel) * size;
        for (let i = 0; i < size; i++) visit(data[start + i]);
      }
    };
    let sum = 0;
    forEachValue((value) => sum += value);
    const mean = sum / (n * size);
    let squares = 0;
    forEachValue((value) => squares += (value - mean) ** 2);
    moments.data[channel] = mean;
    moments.data[channels + channel] = squares;
  }
  return moments;
}

export function conv3x3InputGradient(
  step: Conv3x3InputGradient | PointwiseInputGradient,
  store: Store,
): void {
  const dy = store.get(step.gradient);
  const [n, outChannels, height, width] = dy.shape;
  const { shape: [, inChannels, side], data: weight } = store.get(step.weight);
  const dx = zeros(n, inChannels, height, width);
  const size = height * width;
  forEachTap(n, outChannels, inChannels, side * side, (outPlane, inPlane, index, ky, kx) => {
    const w = weight[index];
    forEachRow(height, width, ky, kx, (outOffset, inOffset, count) => {
      const from = outPlane * size + outOffset;
      const to = inPlane * size + inOffset;
      for (let i = 0; i < count; i++) dx.data[to + i] += w * dy.data[from + i];
    });
  });
  let firstChannel = 0;
  for (const { tensor, top = 0, left = 0 } of step.targets) {
    const window = zeros(...store.shapeOf(tensor));
    copyWindow(dx, window, firstChannel, top, left);
    store.set(tensor, window);
    firstChannel += window.shape[1];
  }
}

/** Fills `window` with the part of `frame` that starts at a channel, a row and a column. */
function copyWindow(frame: Values, window: Values, channel: number, top: number, left: number) {
  const [, frameChannels, frameHeight, frameWidth] = frame.shape;
  const [n, channels, height, width] = window.shape;
  let to = 0;
  for (let image = 0; image < n; image++) {
    for (let c = channel; c < channel + channels; c++) {
      for (let y = top; y < top + height; y++) {
        const from = ((image * frameChannels + c) * frameHeight + y) * frameWidth + left;
        window.data.set(frame.data.subarray(from, from + width), to);
        to += width;
      }
    }
  }
}

export function conv3x3WeightGradient(
  step: Conv3x3WeightGradient | PointwiseWeightGradient,
  store: Store,
): void {
  const dy = store.get(step.gradient);
  const [n, outChannels, height, width] = dy.shape;
  const x = readAll(store, step.sources, height, width);
  const dw = zeros(...store.shapeOf(step.weightGradient));
  const size = height * width;
  const taps = dw.shape[2] * dw.shape[3];
  forEachTap(n, outChannels, x.shape[1], taps, (outPlane, inPlane, index, ky, kx) => {
    let sum = 0;
    forEachRow(height, width, ky, kx, (outOffset, inOffset, count) => {
      const a = outPlane * size + outOffset;
      const b = inPlane * size + inOffset;
      for (let i = 0; i < count; i++) sum += dy.data[a + i] * x.data[b + i];
    });
    dw.data[index] += sum;
  });
  store.set(step.weightGradient, dw);
}
