/** @module */
import { philox4x32 } from "../../lib/core/random.ts";
import {
  type Dropout,
  type ElementDropout,
  GROUP_NORM_EPSILON,
  type GroupNorm,
  type GroupNormGradient,
} from "../../lib/plan/steps.ts";
import { normRows, read, type Store, type Values, zeros } from "./values.ts";

/** The rows of image `n` in a norm `[4 images, c]`. */
function rowsOf({ shape: [, channels], data }: Values, n: number) {
  const rows = data.subarray(4 * n * channels, 4 * (n + 1) * channels);
  return normRows({ shape: [4, channels], data: rows });
}

export function groupNorm(step: GroupNorm, store: Store): void {
  const { shape, data } = store.get(step.x);
  const [images, channels, height, width] = shape;
  const [gamma, beta] = [store.get(step.gamma).data, store.get(step.beta).data];
  const norm = zeros(4 * images, channels);
  const out = zeros(...shape);
  const inGroup = channels / step.groups;
  const count = inGroup * height * width;
  for (let n = 0; n < images; n++) {
    const rows = rowsOf(norm, n);
    for (let group = 0; group < step.groups; group++) {
      const begin = (n * step.groups + group) * count;
      const values = data.subarray(begin, begin + count);
      const mean = values.reduce((sum, x) => sum + x, 0) / count;
      const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
      for (let c = group * inGroup; c < (group + 1) * inGroup; c++) {
        rows.mean[c] = mean;
        rows.rstd[c] = 1 / Math.sqrt(variance + GROUP_NORM_EPSILON);
        rows.scale[c] = gamma[c] * rows.rstd[c];
        rows.shift[c] = beta[c];
      }
    }
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < height * width; p++) {
        const at = (n * channels + c) * height * width + p;
        const value = (data[at] - rows.mean[c]) * rows.scale[c] + rows.shift[c];
        out.data[at] = step.relu && value < 0 ? 0 : value;
      }
    }
  }
  store.set(step.norm, norm);
  store.set(step.out, out);
}

export function groupNormGradient(step: GroupNormGradient, store: Store): void {
  const { shape, data } = store.get(step.x);
  const [images, channels, height, width] = shape;
  const norm = store.get(step.norm);
  const gradient = store.get(step.gradient).data;
  const out = zeros(...shape);
  const dbeta = zeros(channels);
  const dgamma = zeros(channels);
  const pixels = height * width;
  const inGroup = channels / step.groups;
  for (let n = 0; n < images; n++) {
    const rows = rowsOf(norm, n);
    for (let group = 0; group < step.groups; group++) {
      /** Calls `visit` for each value of the group. */
      const each = (visit: (at: number, c: number, g: number, xhat: number) => void) => {
        for (let c = group * inGroup; c < (group + 1) * inGroup; c++) {
          for (let p = 0; p < pixels; p++) {
            const at = (n * channels + c) * pixels + p;
            const difference = data[at] - rows.mean[c];
            const passes = !step.relu || difference * rows.scale[c] + rows.shift[c] > 0;
            visit(at, c, passes ? gradient[at] : 0, difference * rows.rstd[c]);
          }
        }
      };
      let a = 0;
      let b = 0;
      each((_, c, g, xhat) => {
        dbeta.data[c] += g;
        dgamma.data[c] += g * xhat;
        a += rows.scale[c] * g / (inGroup * pixels);
        b += rows.scale[c] * g * xhat / (inGroup * pixels);
      });
      each((at, c, g, xhat) => out.data[at] = rows.scale[c] * g - a - xhat * b);
    }
  }
  store.set(step.out, out);
  store.set(step.gammaGradient, dgamma);
  store.set(step.betaGradient, dbeta);
}

/** Each element has the random word that forward_steps.ts names. */
export function elementDropout(step: ElementDropout, store: Store): void {
  const { shape: [n, channels, height, width], data } = read(store, step.source);
  const pixels = height * width;
  const halves = store.get(step.words).data;
  const word = (index: number) => halves[2 * index] + halves[2 * index + 1] * 2 ** 16;
  const out = new Float64Array(data.length);
  for (let image = 0; image < n; image++) {
    for (let c = 0; c < channels; c++) {
      for (let q = 0; q < pixels; q++) {
        const counter = [Math.floor(c / 4) * pixels + q, image, word(2), word(3)];
        const random = philox4x32(Uint32Array.from(counter), Uint32Array.of(word(0), word(1)));
        const at = (image * channels + c) * pixels + q;
        out[at] = random[c % 4] >= step.p * 2 ** 32 ? data[at] / (1 - step.p) : 0;
      }
    }
  }
  store.set(step.out, { shape: [n, channels, height, width], data: out });
}

export function dropout(step: Dropout, store: Store): void {
  const { shape, data } = read(store, step.source);
  const factors = store.get(step.factors).data;
  const pixels = shape[2] * shape[3];
  store.set(step.out, {
    shape,
    data: data.map((value, at) => value * factors[Math.floor(at / pixels)]),
  });
}
