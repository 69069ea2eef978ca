/**
 * The layers of the reference numbers. One-step plans compute each layer on an engine; results have
 * the reference's names.
 *
 * @module
 */
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import * as steps from "./one_step.ts";
import { run, tensorOf } from "./step_program.ts";

/** The expected values of one result. */
export interface Expected {
  shape: number[];
  atol: number;
  scale: number;
  full_shape?: number[];
  step?: number;
  sum_f64?: number;
  sumsq_f64?: number;
}

/** A case of a JSON file of layers. */
export interface Case<Params> {
  params: Params;
  inputs: string[];
  expected: Record<string, Expected>;
}

/** A JSON file of layers. */
export interface Book<Params> {
  file: string;
  cases: Record<string, Case<Params>>;
}

/** Computes one case. Results without reference values are ignored, and vice versa. */
export type LayerRun = (
  engine: Engine,
  inputs: Tensors,
  params: Record<string, unknown>,
) => Promise<Tensors>;

/** The layers by the name of the JSON file. */
export const LAYERS: Record<string, LayerRun> = {
  conv3x3: async (engine, { x, w, dy }) => {
    const { y } = await run(engine, steps.conv3x3([{ tensor: x }], w));
    const { dx0: dx } = await run(engine, steps.conv3x3InputGradient(dy, w, [{ shape: x.shape }]));
    const { dw } = await run(engine, steps.conv3x3WeightGradient([{ tensor: x }], dy));
    return { y, dx, dw };
  },
  batchnorm,
  relu,
  maxpool2: async (engine, { x, dy }) => {
    const { y } = await run(engine, steps.maxPool2({ tensor: x }));
    const { dx } = await run(engine, steps.maxPool2Gradient({ tensor: x }, dy));
    return { y, dx };
  },
  pad_concat: padAndConcatenate,
  convtranspose2: async (engine, { x, w, b, dy }) => {
    const { y } = await run(engine, steps.convTranspose2({ tensor: x }, w, b));
    const { dx } = await run(engine, steps.convTranspose2InputGradient(dy, w));
    const { dw, db } = await run(engine, steps.convTranspose2WeightGradient({ tensor: x }, dy));
    return { y, dx, dw, db };
  },
  upsample2: async (engine, { x, dy }) => {
    const { y } = await run(engine, steps.upsample2({ tensor: x }));
    const { dx } = await run(engine, steps.upsample2Gradient(dy));
    return { y, dx };
  },
  conv1x1: async (engine, { x, w, b, dy }) => {
    const { y } = await run(engine, steps.conv1x1({ tensor: x }, w, b));
    return { y, ...await run(engine, steps.conv1x1Gradient({ tensor: x }, w, dy)) };
  },
  loss: async (engine, { logits, mask }) => {
    const { result, gradient } = await run(engine, steps.loss(logits, mask));
    const scalar = (index: number): Tensor => ({
      shape: [],
      data: Float64Array.of(Number(result.data[index])),
    });
    return { loss: scalar(0), bce: scalar(1), dice_term: scalar(2), dlogits: gradient };
  },
  adam,
};

/** A pass in evaluation mode, then training passes over x and, if present, x2 and x3. */
async function batchnorm(engine: Engine, inputs: Tensors): Promise<Tensors> {
  const { x, dy, gamma, beta } = inputs;
  const copy = steps.copyingWeight(x.shape[1]);
  const pass = async (norm: Tensor, frozen: boolean) => {
    const input = { tensor: x, norm };
    const { y } = await run(engine, steps.conv3x3([input], copy));
    const gradients = await run(engine, steps.batchNormGradient(input, dy, frozen));
    return { y, dx: gradients.gradient, dgamma: gradients.dgamma, dbeta: gradients.dbeta };
  };
  const results: Tensors = {};
  const report = (mode: string, values: Tensors) => {
    for (const [name, tensor] of Object.entries(values)) results[`${mode}_${name}`] = tensor;
  };

  let [runningMean, runningVar] = [inputs.running_mean, inputs.running_var];
  const fresh = steps.batchNormEval({ gamma, beta, runningMean, runningVar });
  report("eval", await pass((await run(engine, fresh)).norm, true));
  const batches = [x, inputs.x2, inputs.x3].filter((tensor) => tensor !== undefined);
  for (const [index, batch] of batches.entries()) {
    const parameters = { gamma, beta, runningMean, runningVar };
    const after = await run(engine, steps.batchNorm([{ tensor: batch }], copy, parameters));
    if (index === 0) report("train", await pass(after.norm, false));
    ({ runningMean, runningVar } = after);
    results[`running_mean_${index + 1}`] = runningMean;
    results[`running_var_${index + 1}`] = runningVar;
  }
  return results;
}

/** The identity norm: rows mean, rstd, scale, shift. */
function neutralNorm(channels: number): Tensor {
  return tensorOf([4, channels], (index) => [0, 1, 1, 0][Math.floor(index / channels)]);
}

/** One value per image, so that a NaN reaches no other value in the 1x1 convolution. */
async function relu(engine: Engine, { x, dy }: Tensors): Promise<Tensors> {
  const one = tensorOf([1, 1, 1, 1], () => 1);
  const single = { shape: [x.data.length, 1, 1, 1], data: x.data };
  const input = { tensor: single, norm: neutralNorm(1), relu: true };
  const { y } = await run(engine, steps.conv1x1(input, one, tensorOf([1])));
  const results: Tensors = { y: { shape: x.shape, data: y.data } };
  if (!dy) return results;
  const source = { tensor: x, norm: neutralNorm(x.shape[1]), relu: true };
  const { gradient } = await run(engine, steps.batchNormGradient(source, dy, true));
  return { ...results, dx: gradient };
}

/** Reads a concatenation, which is never stored, through a copying convolution. */
async function padAndConcatenate(
  engine: Engine,
  { up, skip, dy }: Tensors,
  params: Record<string, unknown>,
): Promise<Tensors> {
  const place = { top: params.top as number, left: params.left as number };
  const copy = steps.copyingWeight(skip.shape[1] + up.shape[1]);
  const { y } = await run(
    engine,
    steps.conv3x3([{ tensor: skip }, { tensor: up, ...place }], copy),
  );
  const windows = [{ shape: skip.shape }, { shape: up.shape, ...place }];
  const gradients = await run(engine, steps.conv3x3InputGradient(dy, copy, windows));
  return { y, dskip: gradients.dx0, dup: gradients.dx1 };
}

/** One step for each gradient `g_1`, `g_2`, ...; the parameter is one vector. */
async function adam(
  engine: Engine,
  inputs: Tensors,
  params: Record<string, unknown>,
): Promise<Tensors> {
  const { shape } = inputs.p0;
  const vector = ({ data }: Tensor): Tensor => ({ shape: [data.length], data });
  let p = vector(inputs.p0);
  let m: Tensor = tensorOf(p.shape);
  let v: Tensor = tensorOf(p.shape);
  const results: Tensors = {};
  for (let t = 1; inputs[`g_${t}`]; t++) {
    const slots = { exp_avg: m, exp_avg_sq: v };
    const parameter = { kind: "vector" as const, p, g: vector(inputs[`g_${t}`]), slots };
    const settings = { rule: "adam" as const, rate: params.lr as number, t };
    const after = await run(engine, steps.update([parameter], settings));
    ({ p0: p, "exp_avg.p0": m, "exp_avg_sq.p0": v } = after);
    for (const [name, { data }] of Object.entries({ p, m, v })) {
      results[`${name}_${t}`] = { shape, data };
    }
  }
  return results;
}
