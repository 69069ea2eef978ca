/**
 * Image normalisation, batch norm and its gradient (Ioffe and Szegedy, 2015).
 *
 * @module
 */
import {
  BATCH_NORM_EPSILON,
  BATCH_NORM_MOMENTUM,
  type BatchNorm,
  type BatchNormEval,
  type BatchNormGradient,
  type Fold,
  type Normalise,
} from "../../lib/plan/steps.ts";
import { normRows, read, type Store, zeros } from "./values.ts";

/** Computes in float32 with PyTorch's order of roundings, because this step is compared exactly. */
export function normalise(step: Normalise, store: Store): void {
  const perByte = Math.fround(1 / 255);
  const mean = Math.fround(step.mean);
  const std = Math.fround(step.std);
  const out = zeros(...store.shapeOf(step.out));
  store.get(step.image).data.forEach((byte, index) => {
    const unit = Math.fround(byte * perByte);
    out.data[index] = Math.fround(Math.fround(unit - mean) / std);
  });
  store.set(step.out, out);
}

export function batchNorm(step: BatchNorm, store: Store): void {
  const { shape: [, channels], data: moments } = store.get(step.moments);
  const runningMean = store.get(step.runningMean).data.slice();
  const runningVar = store.get(step.runningVar).data.slice();
  const mean = moments.slice(0, channels);
  const variance = moments.slice(channels).map((squares) => squares / step.count);
  for (let c = 0; c < channels; c++) {
    const unbiased = moments[channels + c] / (step.count - 1);
    runningMean[c] += BATCH_NORM_MOMENTUM * (mean[c] - runningMean[c]);
    runningVar[c] += BATCH_NORM_MOMENTUM * (unbiased - runningVar[c]);
  }
  store.set(step.runningMean, { shape: [channels], data: runningMean });
  store.set(step.runningVar, { shape: [channels], data: runningVar });
  setNorm(store, step, mean, variance);
}

export function batchNormEval(step: BatchNormEval, store: Store): void {
  setNorm(store, step, store.get(step.runningMean).data, store.get(step.runningVar).data);
}

function setNorm(
  store: Store,
  step: BatchNorm | BatchNormEval,
  mean: Float64Array,
  variance: Float64Array,
): void {
  const gamma = store.get(step.gamma).data;
  const beta = store.get(step.beta).data;
  const norm = zeros(4, mean.length);
  const rows = normRows(norm);
  for (let c = 0; c < mean.length; c++) {
    rows.mean[c] = mean[c];
    rows.rstd[c] = 1 / Math.sqrt(variance[c] + BATCH_NORM_EPSILON);
    rows.scale[c] = gamma[c] * rows.rstd[c];
    rows.shift[c] = beta[c];
  }
  store.set(step.norm, norm);
}

export function fold(step: Fold, store: Store): void {
  const weight = store.get(step.weight);
  const [gamma, beta, mean, variance] = [step.gamma, step.beta, step.runningMean, step.runningVar]
    .map((name) => store.get(name).data);
  const perChannel = weight.data.length / gamma.length;
  const scale = gamma.map((value, c) => value / Math.sqrt(variance[c] + BATCH_NORM_EPSILON));
  store.set(step.outWeight, {
    shape: weight.shape,
    data: weight.data.map((value, index) => value * scale[Math.floor(index / perChannel)]),
  });
  store.set(step.outBias, {
    shape: [gamma.length],
    data: beta.map((value, c) => value - mean[c] * scale[c]),
  });
}

export function batchNormGradient(step: BatchNormGradient, store: Store): void {
  const { shape, data: raw } = store.get(step.source.tensor);
  const [n, channels, height, width] = shape;
  const seen = read(store, step.source).data;
  const rows = normRows(store.get(step.source.norm!));
  const channelOf = (index: number) => Math.floor(index / (height * width)) % channels;
  const xhat = raw.map((value, index) => {
    const c = channelOf(index);
    return (value - rows.mean[c]) * rows.rstd[c];
  });
  const g = store.get(step.gradient).data.map((value, index) =>
    step.source.relu && !(seen[index] > 0) ? 0 : value
  );
  const dbeta = zeros(channels);
  const dgamma = zeros(channels);
  g.forEach((value, index) => {
    dbeta.data[channelOf(index)] += value;
    dgamma.data[channelOf(index)] += value * xhat[index];
  });
  const count = n * height * width;
  const data = g.map((value, index) => {
    const c = channelOf(index);
    if (step.frozen) return rows.scale[c] * value;
    return rows.scale[c] * (value - dbeta.data[c] / count - xhat[index] * dgamma.data[c] / count);
  });
  store.set(step.gradient, { shape, data });
  store.set(step.gammaGradient, dgamma);
  store.set(step.betaGradient, dbeta);
}
