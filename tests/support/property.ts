/**
 * Compares every engine with the float64 engine: every step kind at random small shapes.
 *
 * The float64 engine determines the tolerance. It runs the program again with every input moved by
 * half a unit in the last place of float32, up or down at random. The change of a result is the
 * effect of one rounding of each input. An engine may lose a few dozen times as much in its sums.
 *
 * @module
 */
import { RandomStream } from "../../lib/core/random.ts";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import { stepsOf } from "../../lib/plan/plan.ts";
import { assertClose, scaleOf } from "./compare.ts";
import { referenceEngine, type TestedEngine } from "./engines.ts";
import { Draw, PROGRAMS } from "./random_programs.ts";
import { type Program, run } from "./step_program.ts";

/** Shapes to draw: many small ones, and some large enough for several tasks. */
export const DRAWS = [
  ...Array.from({ length: 40 }, (_, seed) => () => new Draw(seed)),
  ...Array.from({ length: 3 }, (_, seed) => () => new Draw(seed, { channels: 40, side: 60, n: 2 })),
];
const HALF_UNIT = 2 ** -24;
const SUMMING = 64;

/** Steps without rounding, or with prescribed rounding. */
const EXACT: ReadonlySet<string> = new Set(["normalise", "overlap", "maxpool2", "sum"]);

/**
 * Tolerances that moved inputs cannot determine, relative to the result's scale. Moved inputs would
 * break ties of a pool, whose gradient is one addition. The loss rounds intermediate probabilities
 * to float32.
 */
const FIXED: Record<string, number> = {
  maxpool2_gradient: 2 ** -22,
  loss: 2e-5,
  "loss of weighted terms": 2e-5,
};

/** Declares a test of every step kind on each engine. */
export function testProperties(
  engines: readonly TestedEngine[],
  draws: readonly (() => Draw)[],
): void {
  for (const { label, engine } of engines) {
    for (const [kind, programOf] of Object.entries(PROGRAMS)) {
      Deno.test(`${kind} on ${label} agrees with float64 at random shapes`, async (test) => {
        for (const [index, draw] of draws.entries()) {
          const program = programOf(draw());
          await test.step(`${index}: ${describe(program)}`, async () => {
            const expected = await run(referenceEngine, program);
            const got = await run(engine, program);
            for (const [name, atol] of Object.entries(await tolerances(kind, program, expected))) {
              assertClose(name, got[name], expected[name], atol);
            }
          });
        }
      });
    }
  }
}

/** The spacing of 16-bit floats, relative to the larger one. */
export const HALVES_SPACING = 2 ** -10;

/**
 * The same with all maps in 16-bit floats, for every step kind that has maps. Results in 32 bits
 * are as exact as with maps of 32 bits that have the same values. Maps may be one 16-bit float
 * off; where a step stores twice, the results that follow from the map may be, too.
 */
export function testHalves(
  engines: readonly TestedEngine[],
  draws: readonly (() => Draw)[],
): void {
  for (const { label, engine } of engines) {
    for (const [kind, programOf] of Object.entries(PROGRAMS)) {
      if (!hasMaps(programOf(draws[0]()))) continue;
      Deno.test(`${kind} on ${label} agrees with float64 in maps of 16 bits`, async (test) => {
        for (const [index, draw] of draws.entries()) {
          const floats = withRoundedMaps(programOf(draw()));
          const halves = inHalves(floats);
          await test.step(`${index}: ${describe(halves)}`, async () => {
            const atols = await tolerances(kind, floats, await run(referenceEngine, floats));
            const expected = await run(referenceEngine, halves);
            const got = await run(engine, halves);
            for (const [name, atol] of Object.entries(atols)) {
              const steps = storesTwice(halves) ? 2 : Number(isMap(halves, name));
              const spacing = steps * HALVES_SPACING * scaleOf(expected[name]);
              assertClose(name, got[name], expected[name], atol + spacing);
            }
          });
        }
      });
    }
  }
}

/** Whether a convolution has more than two sources: the GPU adds up the others in a second pass. */
function storesTwice({ plan }: Program): boolean {
  return stepsOf(plan).some((step) => "sources" in step && step.sources.length > 2);
}

/** Whether a tensor of a program is a map. */
export function isMap({ plan }: Program, name: string): boolean {
  return plan.tensors.some((spec) => spec.name === name && spec.kind === "map");
}

function hasMaps({ plan }: Program): boolean {
  return plan.tensors.some(({ kind }) => kind === "map");
}

/** A program whose maps have values of 16-bit floats. */
export function withRoundedMaps(program: Program): Program {
  const tensors = Object.entries(program.tensors).map(([name, tensor]) => {
    if (!isMap(program, name)) return [name, tensor];
    const data = Float32Array.from(tensor.data as Float32Array, Math.f16round);
    return [name, { shape: tensor.shape, data }];
  });
  return { ...program, tensors: Object.fromEntries(tensors) };
}

/** A program whose maps are stored in 16 bits. */
export function inHalves({ plan, ...rest }: Program): Program {
  const tensors = plan.tensors.map((spec) =>
    spec.kind === "map" ? { ...spec, dtype: "f16" as const } : spec
  );
  return { ...rest, plan: { ...plan, tensors } };
}

function describe({ tensors }: Program): string {
  return Object.entries(tensors).map(([name, { shape }]) => `${name} [${shape}]`).join(", ");
}

async function tolerances(
  kind: string,
  program: Program,
  expected: Tensors,
): Promise<Record<string, number>> {
  const each = async (tolerance: (name: string) => number | Promise<number>) => {
    const pairs = program.wanted.map(async (name) => [name, await tolerance(name)] as const);
    return Object.fromEntries(await Promise.all(pairs));
  };
  if (EXACT.has(kind)) return each(() => 0);
  if (kind in FIXED) return each((name) => FIXED[kind] * scaleOf(expected[name]));
  const moved: Tensors[] = [];
  for (let trial = 0; trial < 4; trial++) {
    moved.push(await run(referenceEngine, { ...program, tensors: move(program, trial) }));
  }
  return each((name) => {
    const effect = Math.max(...moved.map((results) => distance(results[name], expected[name])));
    return SUMMING * effect + 2 * HALF_UNIT * scaleOf(expected[name]);
  });
}

/**
 * The program's float tensors with every value moved by half a unit. Counts and rates are
 * unchanged.
 */
function move({ plan, tensors }: Program, trial: number): Tensors {
  const random = new RandomStream(trial, "moved inputs");
  const moved: Tensors = { ...tensors };
  for (const { name, kind } of plan.tensors) {
    const given = tensors[name];
    if (!given || kind === "scalars" || !(given.data instanceof Float32Array)) continue;
    const data = Float64Array.from(
      given.data,
      (value) => value * (1 + (random.uniform() < 0.5 ? HALF_UNIT : -HALF_UNIT)),
    );
    moved[name] = { shape: given.shape, data };
  }
  return moved;
}

function distance(a: Tensor, b: Tensor): number {
  let most = 0;
  for (let i = 0; i < a.data.length; i++) {
    most = Math.max(most, Math.abs(Number(a.data[i]) - Number(b.data[i])));
  }
  return most;
}
