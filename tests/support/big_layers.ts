/**
 * Compares layers of full size with PyTorch's numbers: inputs come from the recipe, results are
 * compared by samples and sums.
 *
 * @module
 */
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import { assertClose, assertCloseNumber } from "./compare.ts";
import type { TestedEngine } from "./engines.ts";
import { type Book, type Expected, type LayerRun, LAYERS } from "./layers.ts";
import { recipeTensor } from "./recipe.ts";
import { foldersWith, loadJson, loadTensors } from "./reference_data.ts";

interface BigParams {
  inputs: Record<string, { shape: number[]; bound: number } | string>;
  keep_every: number;
}

/** Declares a test of the layers of full size on each engine. */
export function testBigLayers(engines: readonly TestedEngine[]): void {
  for (const folder of foldersWith("layers/big.json")) {
    const book = loadJson<Book<BigParams>>(folder, "layers/big.json");
    const tensors = loadTensors(folder, `layers/${book.file}`);
    for (const { label, engine } of engines) {
      Deno.test(`full-size layers on ${label} agree with ${folder.label}`, async (test) => {
        for (const [name, { params, expected }] of Object.entries(book.cases)) {
          await test.step(name, async () => {
            const inputs = bigInputs(name, params);
            const results = await bigLayer(inputs)(engine, inputs, {});
            for (const [key, facts] of Object.entries(expected)) {
              const step = facts.step ?? params.keep_every;
              checkSampled(
                key,
                results[BIG_NAMES[key] ?? key],
                tensors[`${name}/${key}`],
                facts,
                step,
              );
            }
          });
        }
      });
    }
  }
}

/** Names in big.json that differ from those in the files of small layers. */
const BIG_NAMES: Record<string, string> = { dg: "train_dgamma" };

/** The inputs from the recipe. A mask is a thresholded tensor, described in words. */
function bigInputs(name: string, { inputs }: BigParams): Tensors {
  const shapes = Object.values(inputs).filter((spec) => typeof spec !== "string");
  const entries = Object.entries(inputs).map(([key, spec]): [string, Tensor] => {
    const path = `layers/big/${name}/${key}`;
    if (typeof spec !== "string") return [key, recipeTensor(path, spec.shape, spec.bound)];
    const threshold = Math.fround(Number(/> float32\(([\d.]+)\)/.exec(spec)![1]));
    const { shape, data } = recipeTensor(path, shapes[0].shape, 1);
    return [key, { shape, data: data.map((value) => value > threshold ? 1 : 0) }];
  });
  return Object.fromEntries(entries);
}

/** Identifies the layer by its inputs. */
function bigLayer({ w, g, logits }: Tensors): LayerRun {
  if (logits) return LAYERS.loss;
  if (g) return bigBatchNorm;
  if (!w) return LAYERS.upsample2;
  const side = w.shape[2];
  return side === 3 ? LAYERS.conv3x3 : side === 2 ? LAYERS.convtranspose2 : LAYERS.conv1x1;
}

/** A single training pass with fresh statistics. */
const bigBatchNorm: LayerRun = async (engine, { x, g, b, dy }) => {
  const fresh = (value: number) => ({
    shape: g.shape,
    data: new Float32Array(g.data.length).fill(value),
  });
  const inputs = { x, dy, gamma: g, beta: b, running_mean: fresh(0), running_var: fresh(1) };
  const { train_y: y, train_dx: dx, train_dgamma, train_dbeta: db } = await LAYERS.batchnorm(
    engine,
    inputs,
    {},
  );
  return { y, dx, train_dgamma, db };
};

/** One rounding to float32, relative. */
const ROUNDING = 2 ** -24;

/**
 * Compares every `step`-th value, and the sum of all. Independent errors of many values partly
 * cancel, hence the square root. A factor of a whole channel may be rounded once; that error does
 * not cancel.
 */
function checkSampled(
  name: string,
  got: Tensor,
  expected: Tensor,
  { atol, scale, sum_f64, sumsq_f64 }: Expected,
  step: number,
): void {
  const data = got.data as Float32Array | Float64Array;
  const every = data.length === expected.data.length ? 1 : step;
  const sampled = (data as Float32Array).filter((_, index) => index % every === 0);
  assertClose(`${name} (every ${every}th)`, { ...expected, data: sampled }, expected, atol);
  if (sum_f64 === undefined || sumsq_f64 === undefined) return;
  let [sum, squares] = [0, 0];
  for (const value of data) {
    sum += value;
    squares += value * value;
  }
  const root = Math.sqrt(data.length);
  const common = ROUNDING * Math.sqrt(sumsq_f64) * root;
  assertCloseNumber(`sum of ${name}`, sum, sum_f64, atol * root + common);
  assertCloseNumber(
    `sum of squares of ${name}`,
    squares,
    sumsq_f64,
    2 * scale * atol * root + 2 * ROUNDING * sumsq_f64,
  );
}
