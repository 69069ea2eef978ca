/**
 * Every term of a loss, every optimiser and moving averages against PyTorch's numbers
 * (tests/golden/recipe).
 */
import type { Tensor } from "../../lib/core/tensor.ts";
import type { OptimizerName } from "../../lib/plan/optimizers.ts";
import { OPTIMIZERS } from "../../lib/plan/optimizers.ts";
import { LOSS_TERMS, type LossTerm, type LossTermKind } from "../../lib/plan/losses.ts";
import { parseLoss } from "../../lib/train/loss_text.ts";
import { assertEquals } from "@std/assert";
import { assertCloseValues } from "../support/compare.ts";
import { engines, fastEngines } from "../support/engines.ts";
import * as steps from "../support/one_step.ts";
import { run, tensorOf } from "../support/step_program.ts";

const FOLDER = "tests/golden/recipe";

interface Losses {
  readonly shape: number[];
  readonly logits: number[];
  readonly mask: number[];
  readonly cases: Readonly<Record<string, { value: number; gradient: number[] }>>;
  /** Sums of terms: the logits after 100 steps down their gradient. */
  readonly descents: Readonly<Record<string, { rate: number; logits: number[] }>>;
}

/** The term `boundary` at one shape. */
interface BoundaryCase {
  readonly name: string;
  readonly shape: number[];
  readonly mask: number[];
  readonly logits: number[];
  readonly side: number;
  readonly lambda: number;
  readonly distances: number[];
  readonly value: number;
  readonly gradient: number[];
}

interface OptimizerCase {
  readonly rate: number;
  readonly hyper: Readonly<Record<string, number>>;
  readonly clip: number | null;
  readonly steps: Readonly<Record<string, { weight: number[]; bias: number[] }>>;
}

/** The averages after a step. */
interface Averages {
  readonly weight: number[];
  readonly statistic: number[];
}

const read = (name: string) => JSON.parse(Deno.readTextFileSync(`${FOLDER}/${name}.json`));
const losses: Losses = read("losses");
const boundaries: readonly BoundaryCase[] = read("boundary");
const optimizers: Readonly<Record<string, OptimizerCase>> = read("optimizers");

const averages: Readonly<Record<string, Readonly<Record<string, Averages>>>> = read("averages");

const given = (values: readonly number[]) => tensorOf(losses.shape, (i) => values[i]);

Deno.test("every term and every optimiser has numbers of PyTorch", () => {
  const kinds = new Set(Object.keys(losses.cases).map((name) => name.split(":")[0]));
  assertEquals(kinds, new Set(Object.keys(LOSS_TERMS)));
  assertEquals(Object.keys(optimizers), Object.keys(OPTIMIZERS));
});

for (const { label, engine } of engines) {
  for (const [name, { value, gradient }] of Object.entries(losses.cases)) {
    const [kind, per] = name.split(":");
    Deno.test(`the loss ${name} on ${label} is PyTorch's`, async () => {
      const term: LossTerm = {
        kind: kind as LossTermKind,
        weight: 1,
        ...(per === "image" && { per }),
      };
      const program = steps.loss(given(losses.logits), given(losses.mask), true, [term]);
      const results = await run(engine, program);
      assertCloseValues("value", numbersOf(results.result), [value, value], 2e-6);
      const largest = Math.max(...gradient.map(Math.abs));
      assertCloseValues("gradient", numbersOf(results.gradient), gradient, 2e-5 * largest);
    });
  }

  for (const [text, { rate, logits }] of Object.entries(losses.descents)) {
    Deno.test(`100 steps down the gradient of ${text} on ${label} are PyTorch's`, async () => {
      let now = given(losses.logits);
      for (let step = 0; step < 100; step++) {
        const program = steps.loss(now, given(losses.mask), true, parseLoss(text));
        const { gradient } = await run(engine, program);
        const slopes = numbersOf(gradient);
        const values = numbersOf(now);
        now = tensorOf(losses.shape, (i) => values[i] - rate * slopes[i]);
      }
      assertCloseValues("logits", numbersOf(now), logits, 2e-5);
    });
  }

  for (const golden of boundaries) {
    const { name, shape, side, lambda } = golden;
    const text = `${name}(lambda=${lambda},side=${side})`;
    Deno.test(`${text} of [${shape}] on ${label} is PyTorch's`, async () => {
      const at = (values: readonly number[]) => tensorOf(shape, (i) => values[i]);
      const { out } = await run(engine, steps.boundary(at(golden.mask), side));
      assertCloseValues("distances", numbersOf(out), golden.distances, 2e-7);
      const program = steps.loss(at(golden.logits), at(golden.mask), true, parseLoss(text));
      const { result, gradient } = await run(engine, program);
      assertCloseValues("value", numbersOf(result), [golden.value, golden.value], 3e-6);
      const largest = Math.max(...golden.gradient.map(Math.abs));
      assertCloseValues("gradient", numbersOf(gradient), golden.gradient, 2e-5 * largest);
    });
  }

  for (const [rule, golden] of Object.entries(optimizers)) {
    Deno.test(`100 steps of ${rule} on ${label} are PyTorch's`, async () => {
      const { slots } = OPTIMIZERS[rule as OptimizerName];
      const shapes = [[3, 2, 3, 3], [3]];
      let p: Tensor[] = [
        tensorOf(shapes[0], (i) => Math.cos(2.1 * i)),
        tensorOf(shapes[1], (i) => Math.cos(0.9 * i)),
      ];
      let kept: Record<string, Tensor>[] = shapes.map((shape) =>
        Object.fromEntries(slots.map((slot) => [slot, tensorOf(shape)]))
      );
      for (let t = 1; t <= 100; t++) {
        const parameters = shapes.map((shape, k) => ({
          kind: k === 0 ? "conv3x3" as const : "vector" as const,
          ...(k === 0 && { split: [2] }),
          p: p[k],
          g: tensorOf(shape, (i) => gradientAt(i, k === 0 ? t : t + 50)),
          slots: kept[k],
          decays: k === 0,
        }));
        const program = steps.update(parameters, {
          rule: rule as OptimizerName,
          hyper: golden.hyper,
          rate: golden.rate,
          t,
          ...(golden.clip !== null && { clipNorm: golden.clip }),
        });
        const after = await run(engine, program);
        p = [after.p0, after.p1];
        kept = [0, 1].map((k) =>
          Object.fromEntries(slots.map((slot) => [slot, after[`${slot}.p${k}`]]))
        );
        const expected = golden.steps[t];
        if (expected === undefined) continue;
        assertCloseValues(`weight ${t}`, numbersOf(p[0]), expected.weight, 1e-6 + 1e-7 * t);
        assertCloseValues(`bias ${t}`, numbersOf(p[1]), expected.bias, 1e-6 + 1e-7 * t);
      }
    });
  }

  for (const [decay, golden] of Object.entries(averages)) {
    Deno.test(`100 steps of an average with decay ${decay} on ${label} are PyTorch's`, async () => {
      let [weight, statistic] = averagedAt(0);
      for (let t = 1; t <= 100; t++) {
        const [w, s] = averagedAt(t);
        const program = steps.average([
          { kind: "conv3x3", split: [2], value: w, average: weight },
          { kind: "vector", value: s, average: statistic },
        ], { decay: Number(decay), t });
        const after = await run(engine, program);
        [weight, statistic] = [after.a0, after.a1];
        const expected = golden[t];
        if (expected === undefined) continue;
        assertCloseValues(`weight ${t}`, numbersOf(weight), expected.weight, 2e-6);
        assertCloseValues(`statistic ${t}`, numbersOf(statistic), expected.statistic, 2e-6);
      }
    });
  }
}

for (const { label, engine } of fastEngines) {
  Deno.test(`the average of equal values on ${label} is that value, to the bit`, async () => {
    const value = tensorOf([5, 3, 3, 3], (i) => Math.cos(2.1 * i));
    const program = steps.average(
      [{ kind: "conv3x3", split: [3], value, average: value }],
      { decay: 0.99, t: 7 },
    );
    assertEquals((await run(engine, program)).a0.data, value.data);
  });
}

/** The values of make.py that are averaged. */
function averagedAt(t: number): [weight: Tensor, statistic: Tensor] {
  return [
    tensorOf([3, 2, 3, 3], (i) => Math.cos(2.1 * i + 0.37 * t) / (1 + i % 5)),
    tensorOf([3], (i) => 1 + Math.sin(0.9 * i + 0.05 * t)),
  ];
}

/** The rule of make.py. */
function gradientAt(i: number, t: number): number {
  return Math.sin(1.3 * i + 0.37 * t) * (1 + t % 7) / (1 + i % 5);
}

function numbersOf({ data }: Tensor): number[] {
  return Array.from(data, Number);
}
