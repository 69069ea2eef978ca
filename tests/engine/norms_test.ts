/**
 * Group norm, instance norm and dropout, also behind residual blocks, against PyTorch's numbers
 * (tests/golden/norms): the layers, and whole networks. A software adapter takes one network, since
 * compiling takes its time.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { fnv1a, philox4x32 } from "../../lib/core/random.ts";
import { elementCount, type Tensor, type Tensors } from "../../lib/core/tensor.ts";
import { drawDropout, dropoutFactors, dropoutWords } from "../../lib/engine/dropout.ts";
import type { Engine, TrainingState } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import type { Network, NormKind } from "../../lib/network/network.ts";
import { counterNames, parametersOf } from "../../lib/network/parameters.ts";
import { specsOf } from "../../lib/plan/plan.ts";
import { planEvaluation, planPrediction, planTraining } from "../../lib/plan/planners.ts";
import { assertCloseNumber, assertCloseValues, assertSameBits } from "../support/compare.ts";
import { engines, referenceEngine } from "../support/engines.ts";
import * as steps from "../support/one_step.ts";
import { recipeTensor, recipeWeights } from "../support/recipe.ts";
import { run } from "../support/step_program.ts";
import { floatEntries } from "../support/unet_run.ts";

const FOLDER = "tests/golden/norms";

interface Layer {
  readonly name: string;
  readonly shape: number[];
  readonly groups: number;
  readonly relu: boolean;
  readonly y: number[];
  readonly dx: number[];
  readonly dgamma: number[];
  readonly dbeta: number[];
}

interface NetworkCase {
  readonly norm: NormKind;
  readonly blocks?: Network["blocks"];
  readonly groups?: number;
  readonly dropout?: number;
  readonly dropout_kind?: Network["dropoutKind"];
  readonly bilinear: boolean;
  readonly base: number;
  readonly seed: number;
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly names: string[];
  /** At every fifth row and every seventh column. */
  readonly logits: number[];
  /** Of each parameter: the length, and the product with a fixed direction. */
  readonly gradients: Readonly<Record<string, readonly [number, number]>>;
  readonly losses: number[];
  readonly evaluated: readonly [number, number];
}

const read = (name: string) => JSON.parse(Deno.readTextFileSync(`${FOLDER}/${name}.json`));
const layers: Readonly<Record<string, Layer>> = read("layers");
const networks: Readonly<Record<string, NetworkCase>> = read("networks");

/** The input of make.py: as it is, far from zero, or constant. */
function inputOf(title: string, { name, shape }: Layer): Tensor<Float32Array> {
  const x = recipeTensor(`${name}.x`, shape, 2);
  const fill = title.endsWith("_offset")
    ? (value: number) => value + 4096
    : title.endsWith("_constant")
    ? () => 2.5
    : (value: number) => value;
  return { shape, data: x.data.map(fill) };
}

const numbersOf = ({ data }: Tensor) => Array.from(data, Number);
const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs));

for (const { label, engine } of engines) {
  for (const [title, layer] of Object.entries(layers)) {
    Deno.test(`${title} on ${label} is PyTorch's, forward and backward`, async () => {
      const { name, shape, groups, relu } = layer;
      const x = inputOf(title, layer);
      const [gamma, beta] = [2, 1].map((bound, index) =>
        recipeTensor(`${name}.${["weight", "bias"][index]}`, [shape[1]], bound)
      );
      const forward = await run(engine, steps.groupNorm(x, { groups, gamma, beta, relu }));
      const dy = recipeTensor(`${name}.dy`, shape, 1);
      const { norm } = forward;
      const back = await run(engine, steps.groupNormGradient({ x, norm, dy, groups, relu }));
      // The mean is stored in float32: half a unit of it, in standard deviations, is lost.
      const rstds = numbersOf(norm).filter((_, i) => Math.floor(i / shape[1]) % 4 === 1);
      const mean = largest(numbersOf(norm).filter((_, i) => Math.floor(i / shape[1]) % 4 === 0));
      const lost = title.endsWith("_constant") ? 0 : 2 ** -24 * mean * largest(rstds);
      const tolerance = 8 * lost + 4e-6;
      for (const [what, got] of Object.entries({ y: forward.y, ...back })) {
        const expected = layer[what as "y" | "dx" | "dgamma" | "dbeta"];
        const scale = Math.max(largest(expected), what === "dgamma" ? largest(layer.dbeta) : 0);
        assertCloseValues(what, numbersOf(got), expected, tolerance * scale);
      }
    });
  }
}

/** What rounding in float32 changes of trained logits, as a fraction of their length. */
const LEAST_DOUBT = 1e-3;

/** A network of the golden file with its batch. */
class Case {
  readonly facts: NetworkCase;
  readonly network: Network;
  readonly input: Tensor<Float32Array>;
  readonly mask: Tensor<Float32Array>;

  constructor(facts: NetworkCase) {
    const { norm, blocks, groups, dropout, dropout_kind, bilinear, base, n, h, w } = facts;
    this.facts = facts;
    this.network = {
      inChannels: 1,
      classes: 1,
      base,
      bilinear,
      norm,
      ...(blocks !== undefined && { blocks }),
      ...(groups !== undefined && { groups }),
      ...(dropout !== undefined && { dropout }),
      ...(dropout_kind !== undefined && { dropoutKind: dropout_kind }),
    };
    this.input = recipeTensor("input", [n, 1, h, w], 2);
    const mask = recipeTensor("mask", [n, 1, h, w], 1);
    this.mask = { shape: mask.shape, data: mask.data.map((value) => value > 0.4 ? 1 : 0) };
  }

  get shape() {
    const { n, h, w } = this.facts;
    return { n, height: h, width: w, mean: 0, std: 1, input: "plane" as const };
  }

  get weights() {
    return floatEntries(this.network, recipeWeights(this.network)) as Tensors<Float32Array>;
  }

  plan() {
    return planTraining(graphOf(this.network), this.shape, { seed: this.facts.seed });
  }

  /** Logits and gradients of the first step. */
  firstStep(engine: Engine): Promise<Tensors> {
    const plan = this.plan();
    const specs = specsOf(plan);
    const factors = (plan.draws ?? []).map((draw) => {
      const { shape } = specs.get(draw.tensor)!;
      return [draw.tensor, { shape, data: drawDropout(draw, 0, shape) }] as const;
    });
    const rate = { shape: [2], data: Float32Array.of(0, 1) };
    const batch = { input: this.input, mask: this.mask, rate };
    const given = { ...this.weights, ...batch, ...Object.fromEntries(factors) };
    const wanted = ["logits", ...Object.keys(this.facts.gradients).map((name) => `grad.${name}`)];
    return engine.runSteps({ ...plan, outputs: wanted }, given, wanted);
  }

  trainer(engine: Engine, state?: TrainingState) {
    const evaluate = [planEvaluation(graphOf(this.network), this.shape)];
    const fresh = { weights: this.weights, step: 0, batchesTracked: 0 };
    return engine.trainer({ train: [this.plan()], evaluate }, state ?? fresh);
  }

  /** A short training: the loss of each step, then the logits and their measures. */
  async train(engine: Engine) {
    const trainer = await this.trainer(engine);
    for (let step = 0; step < this.facts.losses.length; step++) {
      await trainer.step(this.batch, { learningRate: 1e-3 });
    }
    const losses = (await trainer.losses()).map(({ loss }) => loss);
    const logits = await trainer.logits(this.batch);
    const evaluated = measures({ shape: this.input.shape, data: logits }, "along.logits");
    return { trainer, losses, logits, evaluated };
  }

  /**
   * How far the logits after a training may be from PyTorch's. Adam's first steps depend on the
   * signs of gradients alone, and those near zero have the signs of their rounding errors. What
   * exact sums change shows how much that is.
   */
  async doubt(): Promise<number> {
    const { trainer, evaluated } = await this.train(referenceEngine);
    trainer.close();
    const distances = evaluated.map((value, i) => Math.abs(value - this.facts.evaluated[i]));
    return 3 * Math.max(LEAST_DOUBT * this.facts.evaluated[0], ...distances);
  }

  get batch() {
    const { n, h: height, w: width } = this.facts;
    return { n, height, width, images: this.input.data, masks: this.mask.data };
  }
}

/** The length of a tensor, and its product with a direction. */
function measures({ shape, data }: Tensor, direction: string): [number, number] {
  const along = recipeTensor(direction, shape, 1).data;
  const values = Array.from(data, Number);
  return [
    Math.hypot(...values),
    values.reduce((sum, value, index) => sum + value * along[index], 0),
  ];
}

const few = (slow: boolean) => Object.entries(networks).slice(0, slow ? 1 : undefined);

for (const { label, slow, engine } of engines) {
  for (const [title, facts] of few(slow && label !== "float64")) {
    const golden = new Case(facts);
    const tolerance = label === "float64" ? 1e-5 : 2e-3;

    Deno.test(`a network (${title}) on ${label} has PyTorch's logits and gradients`, async () => {
      const { n, h, w, gradients, logits: expected } = facts;
      const { logits, ...found } = await golden.firstStep(engine);
      const some = numbersOf(logits).filter((_, i) =>
        Math.floor(i / w) % h % 5 === 0 && i % w % 7 === 0
      );
      assertEquals(numbersOf(logits).length, n * h * w);
      assertCloseValues("logits", some, expected, 2e-5 * largest(expected));
      for (const [name, [length, product]] of Object.entries(gradients)) {
        const [gotLength, gotProduct] = measures(found[`grad.${name}`], `along.${name}`);
        assertCloseNumber(`length of ${name}`, gotLength, length, tolerance * length);
        assertCloseNumber(`product of ${name}`, gotProduct, product, tolerance * length);
      }
    });

    if (label === "float64") continue;
    Deno.test(`a network (${title}) on ${label} has PyTorch's losses over some steps`, async () => {
      const { trainer, losses, logits: data, evaluated } = await golden.train(engine);
      assertCloseValues("losses", losses, facts.losses, 1e-4);
      assertCloseValues("evaluation", evaluated, facts.evaluated, await golden.doubt());
      const { weights } = await trainer.state();
      const plan = planPrediction(graphOf(golden.network), golden.shape);
      const predictor = await engine.predictor(plan, weights);
      const predicted = await predictor.run(golden.input.data, facts.n);
      assertCloseValues("prediction", predicted, data, 1e-5 * largest([...data]) + 1e-6);
      predictor.close();
      trainer.close();
    });
  }
}

Deno.test("a network without batch norm has PyTorch's names, and none of running statistics", () => {
  for (const facts of Object.values(networks)) {
    const graph = graphOf(new Case(facts).network);
    const names = [...parametersOf(graph).map(({ name }) => name), ...counterNames(graph)];
    assertEquals(names.toSorted(), facts.names.toSorted());
    assertEquals(names.some((name) => name.includes("running")), facts.norm === "batch");
  }
});

for (const { label, engine } of engines.filter(({ label }) => label !== "float64")) {
  Deno.test(`a training with dropout on ${label} goes on as if it had not stopped`, async () => {
    const elements = { dropout_kind: "elements" } as const;
    // A software adapter compiles one network; it has had that of the first kind.
    const golden = new Case({ ...networks.group, ...(label === "CPU" && elements) });
    const train = async (state: TrainingState | undefined, count: number) => {
      const trainer = await golden.trainer(engine, state);
      for (let i = 0; i < count; i++) await trainer.step(golden.batch, { learningRate: 1e-3 });
      const after = await trainer.state();
      trainer.close();
      return after;
    };
    const whole = await train(undefined, 3);
    const resumed = await train(await train(undefined, 1), 2);
    for (const [name, tensor] of Object.entries(whole.weights)) {
      assertSameBits(name, resumed.weights[name], tensor);
    }
  });
}

/** Which elements of ones a dropout of elements keeps, and by what factor. */
async function elementsKept(
  engine: Engine,
  shape: readonly number[],
  { step = 0, name = "x", seed = 3, p = 0.25 } = {},
): Promise<Float32Array> {
  const x = { shape, data: new Float32Array(elementCount(shape)).fill(1) };
  const data = dropoutWords({ tensor: "x.words", elements: true, name, p, seed }, step);
  const { y } = await run(engine, steps.elementDropout({ tensor: x }, { shape: [8], data }, p));
  return Float32Array.from(numbersOf(y));
}

for (const { label, engine } of engines) {
  Deno.test(`elements of a dropout on ${label} are those of float64, whatever is dropped elsewhere`, async () => {
    const shape = [2, 13, 5, 7];
    const first = await elementsKept(engine, shape);
    assertEquals(first, await elementsKept(referenceEngine, shape));
    assert(first.every((factor) => factor === 0 || factor === Math.fround(4 / 3)));
    // The mask of an image depends neither on the number of images nor on that of channels.
    const fewer = await elementsKept(engine, [1, 9, 5, 7]);
    assertEquals(fewer, first.slice(0, 9 * 35));
    const image = 13 * 35;
    const others = [
      first.slice(image),
      await elementsKept(engine, [1, 13, 5, 7], { step: 1 }),
      await elementsKept(engine, [1, 13, 5, 7], { step: 2 ** 31 }),
      await elementsKept(engine, [1, 13, 5, 7], { name: "y" }),
      await elementsKept(engine, [1, 13, 5, 7], { seed: 2 ** 52 + 3 }),
      first.slice(0, image),
    ];
    const texts = new Set(others.map((values) => values.join()));
    assertEquals(texts.size, others.length);
  });
}

Deno.test("a dropout of elements has the random words that its step names, and drops a share p", async () => {
  const shape = [1, 6, 3, 5];
  const kept = await elementsKept(referenceEngine, shape, { step: 9, name: "a", p: 0.4 });
  const key = Uint32Array.of(3, 0);
  for (let at = 0; at < kept.length; at++) {
    const [c, q] = [Math.floor(at / 15), at % 15];
    const counter = Uint32Array.of(Math.floor(c / 4) * 15 + q, 0, 9, fnv1a("dropout a"));
    assertEquals(kept[at] > 0, philox4x32(counter, key)[c % 4] >= 0.4 * 2 ** 32, `${at}`);
  }
  const many = await elementsKept(engines[1].engine, [2, 50, 20, 50], { p: 0.25 });
  const dropped = many.filter((factor) => factor === 0).length;
  // Ten standard deviations.
  assert(Math.abs(dropped - 25_000) < 1370, `${dropped} of 100000 dropped`);
});

Deno.test("masks of a dropout differ from step to step, image to image, and operation to operation", () => {
  const draw = { tensor: "x.factors", name: "x", p: 0.25, seed: 3 };
  const first = dropoutFactors(draw, 0, [2, 64]);
  assert(first.every((factor) => factor === 0 || factor === Math.fround(4 / 3)));
  assertEquals(dropoutFactors(draw, 0, [2, 64]), first);
  // The mask of an image does not depend on the number of images.
  assertEquals(dropoutFactors(draw, 0, [1, 64]), first.slice(0, 64));
  const others = [
    first.slice(64),
    dropoutFactors(draw, 1, [1, 64]),
    dropoutFactors({ ...draw, name: "y" }, 0, [1, 64]),
    dropoutFactors({ ...draw, seed: 4 }, 0, [1, 64]),
  ];
  for (const other of others) assert(other.some((factor, i) => factor !== first[i]));
  const many = dropoutFactors(draw, 0, [100, 1000]);
  const dropped = many.filter((factor) => factor === 0).length;
  // Ten standard deviations.
  assert(Math.abs(dropped - 25_000) < 1370, `${dropped} of 100000 dropped`);
});
