/**
 * Plans of graphs that are no U-Net: values that are read more than once, sums, and what is
 * refused.
 */
import { assertEquals, assertThrows } from "@std/assert";
import type { Tensors } from "../../lib/core/tensor.ts";
import { IMAGE, type Op, type Value } from "../../lib/network/graph.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { operandsOf } from "../../lib/plan/operands.ts";
import { planEvaluation, planPrediction, planTraining } from "../../lib/plan/planners.ts";
import { runReference } from "../reference/backend.ts";
import { assertClose, assertCloseNumber, scaleOf } from "../support/compare.ts";
import { fastEngines, referenceEngine } from "../support/engines.ts";
import { graphOfOps, tensorsFor, withoutLoss } from "../support/op_graphs.ts";

const SHAPE = { n: 2, height: 13, width: 10, mean: 0, std: 1, input: "plane" as const };

const conv = (name: Value, input: Value, channels: number): Op => {
  return { kind: "conv3x3", name, inputs: [input], channels };
};
const normalised = (name: Value): Op[] => [
  { kind: "batchnorm", name: `${name}.norm`, inputs: [name] },
  { kind: "relu", name: `${name}.relu`, inputs: [`${name}.norm`] },
];
const head = (input: Value): Op => {
  return { kind: "conv1x1", name: "head", inputs: [input], channels: 1 };
};

/**
 * `a` is read by two convolutions, a sum, a pool and a concatenation; `twice` adds a value to
 * itself; `e` is read by a pool alone.
 */
const DENSE = graphOfOps([
  conv("a", IMAGE, 5),
  ...normalised("a"),
  conv("b", "a.relu", 5),
  conv("c", "a.relu", 5),
  ...normalised("c"),
  { kind: "add", name: "residual", inputs: ["b", "c.relu"] },
  { kind: "add", name: "shortcut", inputs: ["residual", "a.relu"] },
  { kind: "add", name: "twice", inputs: ["shortcut", "shortcut"] },
  { kind: "maxpool2", name: "down", inputs: ["a.relu"] },
  conv("e", "down", 6),
  ...normalised("e"),
  { kind: "maxpool2", name: "deep", inputs: ["e.relu"] },
  { kind: "convtranspose2", name: "up", inputs: ["deep"], channels: 3 },
  { kind: "upsample2", name: "wide", inputs: ["up"] },
  { kind: "concat", name: "both", inputs: ["a.relu", "twice"] },
  conv("f", "both", 4),
  ...normalised("f"),
  { kind: "concat", name: "all", inputs: ["f.relu", "wide"] },
  conv("g", "all", 3),
  head("g"),
], "head");

const TRAINED = parametersOf(DENSE).filter(({ trained }) => trained).map(({ name }) => name);
const PLAN = withoutLoss(planTraining(DENSE, SHAPE));
const GRADIENTS = TRAINED.map((name) => `grad.${name}`);

Deno.test("gradients of values that are read more than once agree with finite differences", () => {
  const tensors = tensorsFor(DENSE, SHAPE, PLAN, 1);
  const dy = tensors["gradient.logits"].data as Float32Array;
  const found = runReference(PLAN, tensors, GRADIENTS);
  const forward = (given: Tensors) => {
    const { logits } = runReference(PLAN, given, ["logits"]);
    return logits.data.reduce((sum, value, i) => sum + value * dy[i], 0);
  };
  const h = 1e-6;
  for (const name of TRAINED) {
    const gradient = found[`grad.${name}`];
    const places = [0, gradient.data.length >> 1, gradient.data.length - 1];
    for (const place of new Set(places)) {
      const at = (offset: number) => {
        const data = Float64Array.from(tensors[name].data as Float32Array);
        data[place] += offset;
        return forward({ ...tensors, [name]: { shape: gradient.shape, data } });
      };
      const slope = (at(h) - at(-h)) / (2 * h);
      const atol = 1e-6 * Math.max(scaleOf(gradient), 1);
      assertCloseNumber(`${name}[${place}]`, gradient.data[place], slope, atol);
    }
  }
});

for (const { label, engine } of fastEngines) {
  Deno.test(`${label}: gradients of values that are read more than once`, async () => {
    const tensors = tensorsFor(DENSE, SHAPE, PLAN, 2);
    const wanted = ["logits", ...GRADIENTS];
    const expected = await referenceEngine.runSteps(PLAN, tensors, wanted);
    const got = await engine.runSteps({ ...PLAN, outputs: wanted }, tensors, wanted);
    for (const name of wanted) {
      assertClose(name, got[name], expected[name], 1e-4 * Math.max(scaleOf(expected[name]), 1));
    }
  });

  Deno.test(`${label}: evaluation and prediction of such a graph agree`, async () => {
    const plans = [planEvaluation(DENSE, SHAPE), planPrediction(DENSE, SHAPE)];
    const { "gradient.logits": _, ...tensors } = tensorsFor(DENSE, SHAPE, plans[0], 3);
    const [expected, ...others] = [
      runReference(plans[0], tensors, ["logits"]),
      await engine.runSteps(plans[0], tensors, ["logits"]),
      await engine.runSteps(plans[1], tensors, ["logits"]),
    ].map(({ logits }) => logits);
    for (const got of others) assertClose("logits", got, expected, 1e-4 * scaleOf(expected));
  });
}

Deno.test("a gradient is written once, then parts are added to it", () => {
  const written = new Set<string>();
  const added = new Map<string, number>();
  for (const step of planTraining(DENSE, SHAPE).segments.backward) {
    // In place.
    if (step.kind === "batchnorm_gradient") continue;
    const adds = step.kind === "maxpool2_gradient" || (step.kind === "sum" && step.adds);
    for (const name of operandsOf(step).writes.filter((name) => name.startsWith("gradient."))) {
      assertEquals(written.has(name), adds ?? false, `${step.kind} writes ${name}`);
      written.add(name);
      if (adds) added.set(name, (added.get(name) ?? 0) + 1);
    }
  }
  // Of `a`: a concatenation writes; two convolutions, a sum and a pool add. Of `e`: the pool adds
  // to zeros.
  assertEquals(Object.fromEntries(added), {
    "gradient.a": 4,
    "gradient.shortcut": 1,
    "gradient.e": 1,
  });
});

const REFUSED: readonly (readonly [string, readonly Op[], string])[] = [
  ["a value that nothing reads", [conv("a", IMAGE, 2), conv("b", "a", 2), head("a")], "nothing"],
  ["a value that is not there", [conv("a", "b", 2), head("a")], "a reads b"],
  ["a name that occurs twice", [conv("a", IMAGE, 2), conv("a", "a", 2), head("a")], "called a"],
  [
    "ReLU that is not behind a batch norm",
    [conv("a", IMAGE, 2), { kind: "relu", name: "r", inputs: ["a"] }, head("r")],
    "r cannot be planned: ReLU",
  ],
  [
    "batch norm of a value that others read, too",
    [
      conv("a", IMAGE, 2),
      ...normalised("a"),
      { kind: "add", name: "s", inputs: ["a", "a.relu"] },
      head("s"),
    ],
    "a.norm cannot be planned: batch norm",
  ],
  [
    "maps of different channels in a sum",
    [
      conv("a", IMAGE, 2),
      conv("b", "a", 3),
      { kind: "add", name: "s", inputs: ["a", "b"] },
      head("s"),
    ],
    "s adds maps of different numbers",
  ],
  [
    "a sum of maps of odd sizes",
    [
      conv("a", IMAGE, 2),
      { kind: "maxpool2", name: "p", inputs: ["a"] },
      { kind: "upsample2", name: "u", inputs: ["p"] },
      { kind: "add", name: "s", inputs: ["a", "u"] },
      head("s"),
    ],
    "s cannot be planned: it adds maps of shapes [2,2,13,10] and [2,2,12,10]",
  ],
  [
    "a pool of the image",
    [{ kind: "maxpool2", name: "p", inputs: [IMAGE] }, head("p")],
    "p cannot be planned: the image",
  ],
  [
    "a concatenation that is pooled",
    [
      conv("a", IMAGE, 2),
      conv("b", "a", 2),
      { kind: "concat", name: "both", inputs: ["a", "b"] },
      { kind: "maxpool2", name: "p", inputs: ["both"] },
      head("p"),
    ],
    "both cannot be planned: a concatenation",
  ],
];

for (const [what, ops, says] of REFUSED) {
  Deno.test(`planning refuses ${what}`, () => {
    assertThrows(() => planTraining(graphOfOps(ops, "head"), SHAPE), RangeError, says);
  });
}
