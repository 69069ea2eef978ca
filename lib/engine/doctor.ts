/**
 * Self-test: compares an engine with stored results on this machine. It runs the cases of
 * doctor_cases.ts. doctor_vectors.json holds the results of the float64 engine that specifies every
 * step. The test exists because some drivers silently leave zeros or garbage.
 *
 * The file holds the norm and some values of each result. A wrong value anywhere changes the norm.
 * doctor_nan.ts tests what becomes of a NaN.
 *
 * @module
 */
import type { Tensor } from "../core/tensor.ts";
import { stepsOf } from "../plan/plan.ts";
import type { StepKind } from "../plan/steps.ts";
import { doctorCases } from "./doctor_cases.ts";
import { losesNan } from "./doctor_nan.ts";
import stored from "./doctor_vectors.json" with { type: "json" };
import type { Engine } from "./engine.ts";

/** The result of the self-test for one kind of step. */
export interface StepFinding {
  readonly kind: StepKind;
  /** Number of steps of this kind that were run. */
  readonly steps: number;
  /**
   * The largest error, relative to the largest magnitude of its tensor; Infinity for a NaN.
   */
  readonly error: number;
  /** The largest error that rounding can cause. */
  readonly tolerance: number;
  readonly healthy: boolean;
  /** Whether ReLU or max pooling turns a NaN into a number; told of max pooling alone. */
  readonly losesNan?: boolean;
}

/** Stored values of a result. */
export interface Digest {
  /** Euclidean norm. */
  readonly norm: number;
  /** The largest magnitude. */
  readonly largest: number;
  /** Values at even distances from the first element to the last. */
  readonly samples: readonly number[];
}

/** The digests of a case's results, by case and tensor. */
type DoctorVectors = Readonly<Record<string, Readonly<Record<string, Digest>>>>;

const VECTORS: DoctorVectors = stored;

/** Rounding in sums of some thousand float32 products. */
const TOLERANCE = 1e-4;

/** Steps without rounding, or with prescribed rounding; and where a grey level may differ. */
const TOLERANCES: { readonly [Kind in StepKind]?: number } = {
  normalise: 0,
  overlap: 0,
  augment: 4 / 255,
};

/** Stored values per result: `few` for cases with up to `results` results, else `many`. */
const SAMPLES = { few: 24, many: 4, results: 8 };

/**
 * Runs the self-test on an engine. The short form runs one step of each sort from a training plan
 * of the first network and takes one or two seconds.
 */
export async function selfTest(
  engine: Engine,
  { short = false }: { readonly short?: boolean } = {},
): Promise<StepFinding[]> {
  const errors = new Map<StepKind, { steps: number; error: number }>();
  for (const { name, plan, given } of doctorCases(short)) {
    if (!engine.augments && stepsOf(plan).some(({ kind }) => kind === "augment")) continue;
    const got = await engine.runSteps(plan, given, plan.outputs);
    const error = Math.max(...plan.outputs.map((output) => {
      return errorOf(digestOf(got[output], plan.outputs.length), VECTORS[name][output]);
    }));
    for (const { kind } of stepsOf(plan)) {
      const known = errors.get(kind) ?? { steps: 0, error: 0 };
      errors.set(kind, { steps: known.steps + 1, error: Math.max(known.error, error) });
    }
  }
  const lost = await losesNan(engine);
  return [...errors].map(([kind, { steps, error }]) => {
    const tolerance = TOLERANCES[kind] ?? TOLERANCE;
    const healthy = error <= tolerance;
    if (kind !== "maxpool2" || !lost) return { kind, steps, error, tolerance, healthy };
    return { kind, steps, error, tolerance, healthy: false, losesNan: true };
  });
}

/** The digest of a result, in a case with so many results. */
export function digestOf({ data }: Tensor, results: number): Digest {
  let [sum, largest] = [0, 0];
  for (const value of data) {
    sum += Number(value) ** 2;
    largest = Math.max(largest, Math.abs(Number(value)));
  }
  const most = results > SAMPLES.results ? SAMPLES.many : SAMPLES.few;
  const count = Math.min(most, data.length);
  const samples = Array.from({ length: count }, (_, i) => {
    return Number(data[Math.floor(i * (data.length - 1) / Math.max(1, count - 1))]);
  });
  return { norm: Math.sqrt(sum), largest, samples };
}

/** The largest difference between two digests, relative to the largest expected magnitude. */
function errorOf({ norm, largest, samples }: Digest, expected: Digest): number {
  const differences = [
    // Norms are summed in double precision and stored with nine digits.
    Math.max(0, Math.abs(norm - expected.norm) / expected.norm - 1e-8),
    ...samples.map((value, i) =>
      value === Math.fround(expected.samples[i])
        ? 0
        : Math.abs(value - expected.samples[i]) / expected.largest
    ),
  ];
  const most = Math.max(...differences);
  return most < Infinity && largest < Infinity ? most : Infinity;
}
