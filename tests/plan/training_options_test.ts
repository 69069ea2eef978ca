/** Losses and optimisers as data of a plan. */
import { assertEquals, assertThrows } from "@std/assert";
import { batchOf } from "../../lib/engine/workloads.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { DEFAULT_LOSS, type LossTerm } from "../../lib/plan/losses.ts";
import { slotTensorsOf, stepsOf } from "../../lib/plan/plan.ts";
import { planEvaluation, planTraining } from "../../lib/plan/planners.ts";
import { assertCloseNumber } from "../support/compare.ts";
import { engines } from "../support/engines.ts";

const GRAPH = graphOf({ inChannels: 1, classes: 1, base: 1, bilinear: true });
const SHAPE = { n: 2, height: 32, width: 32, mean: 0.5, std: 0.25 };
const STATE = { weights: initialWeights(GRAPH, 3), step: 0, batchesTracked: 0 };
const BATCH = batchOf({ name: "", kind: "training step", base: 1, size: 32, n: 2 });

for (const { label, engine, slow } of engines) {
  // A software adapter compiles for minutes; property_test.ts asks for its loss.
  if (slow && engine.name === "gpu") continue;
  Deno.test(`${label} tells a loss by its terms, which count by their weights`, async () => {
    const partsOf = async (loss: readonly LossTerm[]) => {
      const plans = {
        train: [planTraining(GRAPH, SHAPE, { loss })],
        evaluate: [planEvaluation(GRAPH, SHAPE, { loss })],
      };
      const trainer = await engine.trainer(plans, STATE);
      await trainer.step(BATCH, { learningRate: 1e-2 });
      const [trained] = await trainer.losses();
      const { images: _, ...evaluated } = await trainer.evaluate(BATCH);
      trainer.close();
      return { trained, evaluated };
    };
    const { trained: { loss, terms } } = await partsOf(DEFAULT_LOSS);
    assertEquals(Object.keys(terms), ["bce", "dice"]);
    assertCloseNumber("sum", loss, terms.bce! + terms.dice!, 1e-6);

    const weighted = await partsOf([{ kind: "dice", weight: 3 }, { kind: "bce", weight: 0.5 }]);
    // The same weights before the first step, hence the same terms.
    assertEquals(weighted.trained.terms, terms);
    for (const parts of [weighted.trained, weighted.evaluated]) {
      const sum = 3 * parts.terms.dice! + 0.5 * parts.terms.bce!;
      assertCloseNumber("weighted sum", parts.loss, sum, 1e-6);
    }

    const outlines = await partsOf([{ kind: "boundary", weight: 1, parameters: { lambda: 0 } }]);
    // Without more weight at outlines the term is the plain one.
    assertCloseNumber("boundary", outlines.trained.loss, terms.bce, 1e-6);

    const alone = await partsOf([{ kind: "dice", weight: 1 }]);
    assertEquals(alone.trained, { loss: terms.dice!, terms: { dice: terms.dice } });
  });
}

Deno.test("a loss has terms, and each kind once", () => {
  for (const loss of [[], [...DEFAULT_LOSS, { kind: "dice", weight: 2 }]] as LossTerm[][]) {
    assertThrows(() => planTraining(GRAPH, SHAPE, { loss }), RangeError, "a loss has at least one");
    assertThrows(
      () => planEvaluation(GRAPH, SHAPE, { loss }),
      RangeError,
      "each kind of term once",
    );
  }
});

Deno.test("the term boundary has a step of its own before the loss, and may occur once", () => {
  const outlines: LossTerm = { kind: "boundary", weight: 1, parameters: { side: 7 } };
  for (const plan of [planTraining, planEvaluation]) {
    const { segments: { forward } } = plan(GRAPH, SHAPE, { loss: [outlines] });
    const step = forward.find(({ kind }) => kind === "boundary");
    assertEquals(step, { kind: "boundary", mask: "mask", side: 7, out: "boundary" });
    const loss = forward.find((step) => step.kind === "loss");
    assertEquals(loss?.boundary, "boundary");
    assertEquals(plan(GRAPH, SHAPE).tensors.some(({ name }) => name === "boundary"), false);
    const twice = [outlines, { ...outlines, per: "image" as const }];
    assertThrows(
      () => plan(GRAPH, SHAPE, { loss: twice }),
      RangeError,
      "at most one term boundary",
    );
  }
});

Deno.test("each output of deep supervision has the boundaries of its own mask", () => {
  const graph = graphOf({
    inChannels: 1,
    classes: 1,
    base: 1,
    bilinear: true,
    deepSupervision: true,
  });
  const loss: LossTerm[] = [{ kind: "boundary", weight: 1 }];
  const steps = stepsOf(planTraining(graph, SHAPE, { loss }));
  const made = steps.filter((step) => step.kind === "boundary").map(({ mask, out }) => [mask, out]);
  const read = steps.filter((step) => step.kind === "loss").map(({ mask, boundary }) => [
    mask,
    boundary,
  ]);
  assertEquals(read.slice(0, 2), [["mask", "boundary"], ["mask1", "boundary1"]]);
  assertEquals(made, read);
});

Deno.test("an optimiser's constants are those of its rule, or those given", () => {
  const hyperOf = (hyper?: Record<string, number>) => {
    const plan = planTraining(GRAPH, SHAPE, {
      optimizer: { rule: "adam", ...(hyper && { hyper }) },
    });
    return plan.segments.update.flatMap((step) => step.kind === "update" ? [step.hyper] : []);
  };
  assertEquals(hyperOf(), [{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }]);
  assertEquals(hyperOf({ beta2: 0.95 }), [{ beta1: 0.9, beta2: 0.95, epsilon: 1e-8 }]);
});

Deno.test("slotTensorsOf() names the slot and the parameter of each of an optimiser's tensors", () => {
  const plan = planTraining(GRAPH, SHAPE);
  const slots = slotTensorsOf(plan);
  assertEquals(slots.get("exp_avg_sq.outc.conv.bias"), {
    slot: "exp_avg_sq",
    parameter: "outc.conv.bias",
  });
  // All other persistent tensors are the state_dict.
  const others = plan.persistent.filter((name) => !slots.has(name));
  assertEquals(others, Object.keys(STATE.weights));
});
