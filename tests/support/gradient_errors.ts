/**
 * How far the gradients of a whole network may be from float64.
 *
 * The measure is PyTorch's own float32. But its error is one draw of rounding noise, and a tensor
 * of three values comes out ten times better than usual now and then. Then the noise itself is the
 * measure. It is found without float32: float64 runs with weights that are moved to neighbouring
 * numbers of float32 err as much in half of all gradients, and a sum that nearly cancels errs more
 * in them as well. The weight and the bias of one operation are sums of the same summands, so both
 * have the larger error of the two, per element.
 *
 * @module
 */
import { RandomStream } from "../../lib/core/random.ts";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import type { Network } from "../../lib/network/network.ts";
import { ROUNDING } from "./adversarial.ts";
import { relativeDistance } from "./compare.ts";
import { referenceEngine } from "./engines.ts";
import { withPrefix } from "./reference_data.ts";
import { floatEntries, UnetRun } from "./unet_run.ts";

/** A gradient may be this many times as far off as its measure. */
export const TIMES = 5;

/** Float64 runs with moved weights, and the standard deviation of the moves, relative. */
const RUNS = 4;
const MOVE = 1e-7;

/** A gradient whose exact norm is not above it is left out: it cancels to nothing. */
const LEAST_NORM = 1e-6;

/** The relative errors (L2) of gradients, by the names of the parameters. */
export type Errors = Readonly<Record<string, number>>;

/** A training step whose gradients are known in float64. */
export interface ExactStep {
  readonly network: Network;
  readonly weights: Tensors;
  readonly input: Tensor;
  readonly target: Tensor;
  /** By the names of the parameters. */
  readonly exact: Tensors;
}

/** The errors of gradients, named as the parameters are. */
export function errorsOf(gradients: Tensors, exact: Tensors): Errors {
  return mapValues(exact, (tensor, name) => relativeDistance([gradients[name]], [tensor]));
}

/** The gradients of one step on an engine. */
export async function gradientsOn(
  engine: Engine,
  { network, weights, input, target }: Omit<ExactStep, "exact">,
): Promise<Tensors> {
  const results = await new UnetRun(engine, network, weights, input, target).step(0, true);
  return withPrefix("grad.", results);
}

/** The root mean square of the errors in float64 with moved weights. */
export async function noiseOf(step: ExactStep): Promise<Errors> {
  const weights = floatEntries(step.network, step.weights);
  const runs: Errors[] = [];
  for (let run = 0; run < RUNS; run++) {
    const moved = { ...step, weights: movedWeights(weights, run) };
    runs.push(errorsOf(await gradientsOn(referenceEngine, moved), step.exact));
  }
  return mapValues(
    step.exact,
    (_, name) => Math.hypot(...runs.map((run) => run[name])) / Math.sqrt(RUNS),
  );
}

/** Weights that are moved at random to float32 numbers nearby. */
function movedWeights(weights: Tensors, run: number): Tensors {
  const random = new RandomStream(run, "moved weights");
  const moved = (value: number) => value * (1 + MOVE * random.normal());
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data as Float32Array, moved) },
    ]),
  );
}

/** What each gradient is measured by: PyTorch's error, or a rounding where that is larger. */
export function ownMeasures(pytorch: Errors): Errors {
  return mapValues(pytorch, (error) => Math.max(error, ROUNDING));
}

/** What each gradient is measured by, if PyTorch's error is too small by chance. */
export function sharedMeasures(exact: Tensors, pytorch: Errors, noise: Errors): Errors {
  const perElement = mapValues(
    pytorch,
    (error, name) => Math.max(error, noise[name], ROUNDING) * sizeOf(exact[name]),
  );
  const ofOperation: Record<string, number> = {};
  for (const [name, error] of Object.entries(perElement)) {
    const operation = operationOf(name);
    ofOperation[operation] = Math.max(ofOperation[operation] ?? 0, error);
  }
  return mapValues(exact, (tensor, name) => ofOperation[operationOf(name)] / sizeOf(tensor));
}

/** The names of the gradients that are not all noise. */
export function comparable(exact: Tensors): string[] {
  return Object.keys(exact).filter((name) => {
    const { data } = exact[name];
    return sizeOf(exact[name]) * Math.sqrt(data.length) > LEAST_NORM;
  });
}

/** The gradients that are too far off: how many times their measure. */
export async function tooFar(step: ExactStep, pytorch: Errors, got: Errors): Promise<Errors> {
  const beyond = (measures: Errors) =>
    Object.fromEntries(
      comparable(step.exact).map((name) => [name, got[name] / measures[name]] as const)
        .filter(([, times]) => !(times <= TIMES)),
    );
  const far = beyond(ownMeasures(pytorch));
  if (Object.keys(far).length === 0) return far;
  return beyond(sharedMeasures(step.exact, pytorch, await noiseOf(step)));
}

/** The root mean square of the elements. */
function sizeOf({ data }: Tensor): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += Number(data[i]) ** 2;
  return Math.sqrt(sum / data.length);
}

/** The operation that a parameter belongs to. */
function operationOf(parameter: string): string {
  return parameter.slice(0, parameter.lastIndexOf("."));
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value, name: string) => Result,
): Record<string, Result> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, map(value, name)]),
  );
}
