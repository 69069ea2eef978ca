/**
 * Plans of graphs with group norm and dropout: values that several operations read, dropouts behind
 * residual blocks, and limits.
 *
 * @module
 */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { residualBlock } from "../../lib/network/architectures/residual_block.ts";
import { type Graph, IMAGE, type Op, withoutDropout } from "../../lib/network/graph.ts";
import { groupsOf, type Network } from "../../lib/network/network.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { stepsOf } from "../../lib/plan/plan.ts";
import { planEvaluation, planPrediction, planTraining } from "../../lib/plan/planners.ts";
import { runReference } from "../reference/backend.ts";
import { assertClose, assertCloseNumber, scaleOf } from "../support/compare.ts";
import { fastEngines } from "../support/engines.ts";
import { graphOfOps, tensorsFor, withoutLoss } from "../support/op_graphs.ts";

const SHAPE = { n: 2, height: 13, width: 10, mean: 0, std: 1, input: "plane" as const };

const conv = (name: string, input: string, channels: number): Op => {
  return { kind: "conv3x3", name, inputs: [input], channels };
};
const HEAD: Op = { kind: "conv1x1", name: "head", inputs: ["end"], channels: 1 };

const NETWORK: Network = { inChannels: 1, classes: 1, base: 6, bilinear: false };

/**
 * `a` is read raw and normalised, `drop` by a pool and a concatenation; `n` has no ReLU; `relu` is
 * read by a dropout and a sum.
 */
const GRAPH = graphOfOps([
  conv("a", IMAGE, 6),
  { kind: "groupnorm", name: "m", inputs: ["a"], groups: 2 },
  { kind: "relu", name: "relu", inputs: ["m"] },
  { kind: "dropout", name: "drop", inputs: ["relu"], p: 0.25 },
  { kind: "groupnorm", name: "n", inputs: ["drop"], groups: 6 },
  { kind: "add", name: "sum", inputs: ["n", "a"] },
  { kind: "add", name: "more", inputs: ["sum", "relu"] },
  { kind: "maxpool2", name: "down", inputs: ["drop"] },
  { kind: "upsample2", name: "up", inputs: ["down"] },
  { kind: "concat", name: "both", inputs: ["more", "up", "drop"] },
  conv("b", "both", 5),
  { kind: "batchnorm", name: "c", inputs: ["b"] },
  { kind: "relu", name: "c.relu", inputs: ["c"] },
  { kind: "dropout", name: "end", inputs: ["c.relu"], p: 0.5 },
  HEAD,
], "head");

/** Residual blocks that keep and that change the channels, each with its dropout, as in a U-Net. */
const RESIDUAL = graphOfOps([
  ...residualBlock({ ...NETWORK, norm: "group" }, "wide", IMAGE, [1, 6, 6]),
  { kind: "dropout", name: "wide.dropout", inputs: ["wide.relu2"], p: 0.25 },
  ...residualBlock(NETWORK, "kept", "wide.dropout", [6, 5, 6]),
  { kind: "dropout", name: "end", inputs: ["kept.relu2"], p: 0.5, elements: true },
  HEAD,
], "head");

const trainedIn = (graph: Graph) =>
  parametersOf(graph).filter(({ trained }) => trained).map(({ name }) => name);
const wantedOf = (graph: Graph) => [
  "logits",
  ...trainedIn(graph).map((name) => `grad.${name}`),
];

for (
  const [title, graph] of [
    ["norms and dropouts whose values are read more than once", GRAPH],
    ["dropouts behind residual blocks", RESIDUAL],
  ] as const
) {
  const wanted = wantedOf(graph);
  const plan = withoutLoss(planTraining(graph, SHAPE), wanted);

  Deno.test(`${title}: gradients agree with finite differences`, () => {
    const tensors = tensorsFor(graph, SHAPE, plan, 1);
    const dy = tensors["gradient.logits"].data as Float32Array;
    const found = runReference(plan, tensors, wanted);
    const h = 1e-6;
    for (const name of trainedIn(graph)) {
      const gradient = found[`grad.${name}`];
      for (const place of new Set([0, gradient.data.length >> 1])) {
        const at = (offset: number) => {
          const data = Float64Array.from(tensors[name].data as Float32Array);
          data[place] += offset;
          const given = { ...tensors, [name]: { shape: gradient.shape, data } };
          const { logits } = runReference(plan, given, ["logits"]);
          return logits.data.reduce((sum, value, i) => sum + value * dy[i], 0);
        };
        const slope = (at(h) - at(-h)) / (2 * h);
        const atol = 2e-6 * Math.max(scaleOf(gradient), 1);
        assertCloseNumber(`${name}[${place}]`, gradient.data[place], slope, atol);
      }
    }
  });

  for (const { label, engine } of fastEngines) {
    Deno.test(`${title} on ${label}`, async () => {
      const tensors = tensorsFor(graph, SHAPE, plan, 2);
      const expected = runReference(plan, tensors, wanted);
      const got = await engine.runSteps(plan, tensors, wanted);
      for (const name of wanted) {
        assertClose(name, got[name], expected[name], 1e-4 * Math.max(scaleOf(expected[name]), 1));
      }
    });
  }
}

Deno.test("evaluation and prediction have no dropout, and compute the same", () => {
  const plans = [planEvaluation, planPrediction].map((plan) => plan(GRAPH, SHAPE));
  for (const plan of plans) {
    assertEquals(stepsOf(plan).filter(({ kind }) => kind === "dropout"), []);
    assertEquals(plan.draws, undefined);
  }
  const { "gradient.logits": _, ...tensors } = tensorsFor(GRAPH, SHAPE, plans[0], 3);
  const [evaluated, predicted] = plans.map((plan) => runReference(plan, tensors, ["logits"]));
  assertClose("logits", predicted.logits, evaluated.logits, 1e-12 * scaleOf(evaluated.logits));
});

Deno.test("a graph without dropouts stays as it is", () => {
  const graph = withoutDropout(GRAPH);
  assertEquals(graph.ops.length, GRAPH.ops.length - 2);
  assertEquals(withoutDropout(graph), graph);
});

Deno.test("a U-Net has its norm behind each 3x3 convolution and a dropout behind each second", () => {
  const kinds = (network: Network) =>
    Object.fromEntries(
      Object.entries(Object.groupBy(graphOf(network).ops, ({ kind }) => kind))
        .map(([kind, ops]) => [kind, ops!.length]),
    );
  const { batchnorm, ...plain } = kinds(NETWORK);
  assertEquals(batchnorm, 18);
  const group = kinds({ ...NETWORK, norm: "group", dropout: 0.5 });
  assertEquals(group, { ...plain, groupnorm: 18, dropout: 9 });
  assertEquals(kinds({ ...NETWORK, norm: "instance" }), { ...plain, groupnorm: 18 });
  assertEquals(graphOf({ ...NETWORK, norm: "batch", dropout: 0 }), graphOf(NETWORK));
  for (const dropout of [-0.1, 1, NaN]) {
    assertThrows(() => graphOf({ ...NETWORK, dropout }), InputError, "dropout is");
  }
});

Deno.test("a group norm has all of its groups where they divide the channels", () => {
  const given = [[64, 8], [8, 8], [4, 8], [6, 8], [12, 8], [7, 8], [32, 5]];
  const groups = given.map(([channels, groups]) => groupsOf(channels, groups));
  assertEquals(groups, [8, 8, 4, 2, 4, 1, 1]);
  assertEquals(groupsOf(24), 8);
});

Deno.test("norms begin with scale 1 and shift 0, and no optimiser shrinks them", () => {
  const graph = graphOf({ ...NETWORK, norm: "group" });
  const weights = initialWeights(graph, 0);
  assertEquals([...weights["inc.double_conv.1.weight"].data], Array(6).fill(1));
  assertEquals([...weights["inc.double_conv.1.bias"].data], Array(6).fill(0));
  const optimizer = { rule: "adamw" as const, hyper: {} };
  const plan = planTraining(graph, { ...SHAPE, height: 32, width: 32 }, { optimizer });
  const [step] = plan.segments.update;
  const decaying = step.kind === "update" ? step.entries.filter(({ decays }) => decays) : [];
  assertEquals(decaying.length, 18 + 4 + 1);
  assertEquals(decaying.some(({ parameter }) => /double_conv\.[14]\./.test(parameter)), false);
});

Deno.test("planning refuses groups of a single value, which have no variance", () => {
  const shape = { ...SHAPE, height: 16, width: 16 };
  for (const plan of [planTraining, planEvaluation, planPrediction]) {
    const instance = graphOf({ ...NETWORK, norm: "instance" });
    const { message } = assertThrows(() => plan(instance, shape), InputError);
    assertMatch(message, /16x16 leaves one value per group .* instance norm .* larger size/);
    plan(instance, { ...shape, width: 32 });
    // Groups of several channels, and one image.
    plan(graphOf({ ...NETWORK, norm: "group" }), { ...shape, n: 1 });
  }
});

Deno.test("planning refuses group norms that a plan cannot express", () => {
  const refused: readonly (readonly [readonly Op[], string])[] = [
    [
      [conv("a", IMAGE, 6), { kind: "groupnorm", name: "end", inputs: ["a"], groups: 4 }, HEAD],
      "end divides 6 channels by 4",
    ],
    [
      [
        conv("a", IMAGE, 6),
        { kind: "batchnorm", name: "b", inputs: ["a"] },
        { kind: "groupnorm", name: "end", inputs: ["b"], groups: 2 },
        HEAD,
      ],
      "end cannot be planned: group norm",
    ],
    [
      [
        conv("a", IMAGE, 6),
        { kind: "groupnorm", name: "b", inputs: ["a"], groups: 2 },
        { kind: "relu", name: "c", inputs: ["b"] },
        { kind: "add", name: "end", inputs: ["b", "c"] },
        HEAD,
      ],
      "c cannot be planned: ReLU",
    ],
  ];
  for (const [ops, says] of refused) {
    assertThrows(() => planTraining(graphOfOps(ops, "head"), SHAPE), RangeError, says);
  }
});
