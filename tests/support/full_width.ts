/**
 * Compares networks of full width with PyTorch's numbers; weights come from the recipe.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { elementCount, type Tensor, type Tensors } from "../../lib/core/tensor.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { type Network } from "../../lib/network/network.ts";
import { parameterCount } from "../../lib/network/parameters.ts";
import { operandsOf } from "../../lib/plan/operands.ts";
import { forwardOnly, type Plan, stepsOf } from "../../lib/plan/plan.ts";
import { planEvaluation, planTraining } from "../../lib/plan/planners.ts";
import { assertClose, assertCloseNumber, relativeDistance } from "./compare.ts";
import type { TestedEngine } from "./engines.ts";
import { fullBatch, type FullBook, type FullFacts, networkOfModel } from "./full_cases.ts";
import { recipeWeights } from "./recipe.ts";
import { foldersWith, loadJson, loadTensors, type ReferenceFolder } from "./reference_data.ts";
import { floatEntries } from "./unet_run.ts";

const LEARNING_RATE = 1e-3;
/** The advised bounds for the losses of three steps. */
const LOSS_BOUNDS = [1e-5, 5e-4, 5e-3];

/** Whether a case takes few seconds: a forward pass of at most so many pixels. */
export function isQuick({ losses3, h, w }: FullFacts): boolean {
  return losses3 === undefined && h * w <= 256 * 256;
}

/** Declares a test of each wanted case on each engine. */
export function testFullWidth(
  engines: readonly TestedEngine[],
  isWanted: (facts: FullFacts) => boolean,
): void {
  for (const folder of foldersWith("full/full.json")) {
    const book = loadJson<FullBook>(folder, "full/full.json");
    for (const { label, engine } of engines) {
      for (const [name, facts] of Object.entries(book.cases)) {
        if (!isWanted(facts)) continue;
        Deno.test(`${name} on ${label} agrees with ${folder.label}`, async (test) => {
          const network = networkOfModel(book.models[facts.model]);
          const weights = floatEntries(network, recipeWeights(network, book.global_seed));
          const full = new FullCase(engine, network, weights, folder, facts);
          await (facts.losses3 ? full.checkTraining() : full.checkForward(test));
        });
      }
    }
  }
}

/** Declares a test that the recipe gives the weights of each model. */
export function testRecipe(): void {
  for (const folder of foldersWith("full/full.json")) {
    const book = loadJson<FullBook>(folder, "full/full.json");
    for (const [name, model] of Object.entries(book.models)) {
      Deno.test(`the recipe gives the weights of ${folder.label} ${name}`, () => {
        const network = networkOfModel(model);
        assertEquals(parameterCount(graphOf(network)), model.parameters);
        const weights = recipeWeights(network, book.global_seed);
        assertEquals(Object.keys(weights).toSorted(), Object.keys(model.tensors).toSorted());
        for (const [key, { shape, first5, sum_f64 }] of Object.entries(model.tensors)) {
          assertEquals(weights[key].shape, shape);
          // Counters are 64-bit integers.
          const values = weights[key].data;
          assertEquals(Array.from(values.subarray(0, 5), Number), first5);
          let sum = 0;
          // A loop takes a tenth of the time of reduce(): there are 31 million weights.
          for (let i = 0; i < values.length; i++) sum += Number(values[i]);
          assertCloseNumber(`sum of ${key}`, sum, sum_f64, 1e-9 * elementCount(shape));
        }
      });
    }
  }
}

/** One case on one engine. */
class FullCase {
  readonly #engine: Engine;
  readonly #facts: FullFacts;
  readonly #reference: Tensors;
  readonly #evaluation: Plan;
  readonly #training: Plan;
  readonly #batch: Tensors;
  #weights: Tensors;

  constructor(
    engine: Engine,
    network: Network,
    weights: Tensors,
    folder: ReferenceFolder,
    facts: FullFacts,
  ) {
    const reference = loadTensors(folder, `full/${facts.file}`);
    const { shape, image, mask } = fullBatch(facts, reference);
    this.#engine = engine;
    this.#facts = facts;
    this.#reference = reference;
    this.#evaluation = planEvaluation(graphOf(network), shape);
    this.#training = planTraining(graphOf(network), shape);
    this.#weights = weights;
    this.#batch = { image, mask };
  }

  /** Checks logits with fresh statistics, in training mode, and with the resulting statistics. */
  async checkForward(test: Deno.TestContext): Promise<void> {
    const { loss_eval, loss_train } = this.#facts;
    await test.step("with fresh running statistics", async () => {
      this.#check(await this.#run(this.#evaluation), "logits_eval", loss_eval);
    });
    await test.step("in training mode", async () => {
      const plan = forwardPart(this.#training);
      const statistics = plan.persistent.filter((name) => /\.running_(mean|var)$/.test(name));
      const results = await this.#run(plan, statistics);
      this.#check(results, "logits_train", loss_train);
      for (const name of statistics) {
        const expected = this.#reference[`stats.${name}`];
        assertClose(name, results[name], expected, this.#facts.measured.stats.atol);
        this.#weights[name] = results[name];
      }
    });
    await test.step("with the new running statistics", async () => {
      this.#check(await this.#run(this.#evaluation), "logits_eval_after");
    });
  }

  /** Checks logits and gradients of the first training step, and losses of three steps. */
  async checkTraining(): Promise<void> {
    const { losses3, grad_norm_f64, measured: { logits_train } } = this.#facts;
    const names = Object.keys(grad_norm_f64!);
    const gradients = names.map((name) => `grad.${name}`);
    let kept = this.#weights;
    for (const [index, expected] of losses3!.entries()) {
      const outputs = ["logits", "loss", ...(index === 0 ? gradients : [])];
      const results = await this.#engine.runSteps(
        { ...this.#training, outputs },
        { ...kept, ...this.#batch, rate: rateOf(index + 1) },
        [...outputs, ...this.#training.persistent],
      );
      const loss = Number(results.loss.data[0]);
      assertCloseNumber(`loss ${index + 1}`, loss, expected, LOSS_BOUNDS[index]);
      if (index === 0) {
        assertClose("logits", results.logits, this.#reference.logits_train, logits_train.atol);
        for (const name of names) this.#checkGradient(name, results[`grad.${name}`]);
      }
      kept = Object.fromEntries(this.#training.persistent.map((name) => [name, results[name]]));
    }
  }

  #checkGradient(name: string, got: Tensor): void {
    const data = got.data as Float32Array;
    const norm = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
    const expectedNorm = this.#facts.grad_norm_f64![name];
    if (expectedNorm <= 1e-6) return;
    assertCloseNumber(`norm of grad.${name}`, norm, expectedNorm, 0.01 * expectedNorm);
    const step = data.length > 20000 ? 4099 : data.length > 1024 ? 64 : 1;
    const expected = this.#reference[`grad.${name}`];
    const sampled = data.filter((_, index) => index % step === 0);
    assertEquals(sampled.length, expected.data.length);
    const distance = relativeDistance([{ shape: expected.shape, data: sampled }], [expected]);
    assert(distance <= 0.02, `grad.${name} differs by ${distance} of its norm`);
  }

  #run(plan: Plan, more: readonly string[] = []): Promise<Tensors> {
    return this.#engine.runSteps(plan, { ...this.#weights, ...this.#batch }, [
      "logits",
      "loss",
      ...more,
    ]);
  }

  #check(
    { logits, loss }: Tensors,
    name: "logits_eval" | "logits_train" | "logits_eval_after",
    expectedLoss?: { f32: number },
  ): void {
    const { atol } = this.#facts.measured[name];
    const expected = this.#reference[name];
    assertClose(name, sampledTo(expected.shape, logits), expected, atol);
    const values = Float64Array.from(logits.data as Float32Array, Number);
    const facts = this.#facts[name]!;
    const mean = values.reduce((a, b) => a + b) / values.length;
    assertCloseNumber("mean", mean, facts.mean_f64, atol);
    assertCloseNumber("smallest", values.reduce((a, b) => Math.min(a, b)), facts.min, atol);
    assertCloseNumber("largest", values.reduce((a, b) => Math.max(a, b)), facts.max, atol);
    const positive = values.filter((value) => value > 0).length;
    const undecided = values.filter((value) => Math.abs(value) <= atol).length;
    assertCloseNumber("positive pixels", positive, facts.positive_pixels, undecided);
    if (expectedLoss) assertCloseNumber("loss", Number(loss.data[0]), expectedLoss.f32, 1e-5);
  }
}

function rateOf(step: number): Tensor {
  return { shape: [2], data: Float32Array.of(LEARNING_RATE, step) };
}

/** The plan up to the loss: a pass in training mode that updates only the running statistics. */
function forwardPart(plan: Plan): Plan {
  const end = stepsOf(plan).findIndex(({ kind }) => kind === "loss") + 1;
  const steps = stepsOf(plan).slice(0, end);
  const used = new Set(steps.map(operandsOf).flatMap(({ reads, writes }) => [...reads, ...writes]));
  const isUsed = (name: string) => used.has(name);
  return {
    ...plan,
    tensors: plan.tensors.filter(({ name }) => isUsed(name)),
    segments: { ...forwardOnly(steps), setup: plan.segments.setup },
    persistent: plan.persistent.filter(isUsed),
    inputs: plan.inputs.filter(isUsed),
  };
}

/** Subsamples the rows and columns of `[n, c, h, w]` to a shape. */
function sampledTo(shape: readonly number[], { shape: full, data }: Tensor): Tensor {
  const [rows, columns] = [full[2] / shape[2], full[3] / shape[3]];
  const kept = (data as Float32Array).filter((_, index) => {
    const column = index % full[3];
    const row = Math.floor(index / full[3]) % full[2];
    return row % rows === 0 && column % columns === 0;
  });
  return { shape, data: kept };
}
