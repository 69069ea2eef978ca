/**
 * Steps of several batches: against PyTorch's numbers, which tests/golden/accumulate/make.py makes,
 * and against the state in which a step is interrupted.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Batch, Pixels } from "../../lib/core/batch.ts";
import { InputError } from "../../lib/core/errors.ts";
import { elementCount, type Tensors } from "../../lib/core/tensor.ts";
import type { Engine, Trainer, TrainingState } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import type { Network } from "../../lib/network/network.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { planMemory } from "../../lib/plan/memory_plan.ts";
import { batchesPerStep, specsOf } from "../../lib/plan/plan.ts";
import { planTraining, type TrainingOptions } from "../../lib/plan/planners.ts";
import { parseLoss } from "../../lib/train/loss_text.ts";
import { assertCloseNumber, assertCloseValues, assertSameBits } from "../support/compare.ts";
import { checkDigest, type Digest } from "../support/digests.ts";
import { engines, referenceEngine } from "../support/engines.ts";
import { networkOfPython } from "../support/python_options.ts";
import { recipeTensor, recipeWeights } from "../support/recipe.ts";
import { assertSameState } from "../support/states.ts";
import book from "../golden/accumulate/accumulate.json" with { type: "json" };

interface Case {
  readonly clip?: number;
  readonly ema?: number;
  /** The images of each batch of an epoch. */
  readonly batches: readonly number[];
  readonly losses: readonly number[];
  readonly steps: number;
  readonly weights: Readonly<Record<string, Digest>>;
  readonly average?: Readonly<Record<string, Digest>>;
  readonly "gradients after two batches"?: Readonly<Record<string, Digest>>;
}

const { accumulate, side } = book;
const CASES = book.cases as Readonly<Record<"sgd" | "adam", Case>>;
const NETWORK = networkOfPython(book.options);

/** A trainer with a plan for each size of a batch. */
function trainerOf(
  engine: Engine,
  network: Network,
  state: TrainingState,
  sizes: readonly number[],
  options: TrainingOptions,
): Promise<Trainer> {
  const shape = { height: side, width: side, mean: 0, std: 1, input: "plane" as const };
  const train = sizes.map((n) => planTraining(graphOf(network), { ...shape, n }, options));
  return engine.trainer({ train, evaluate: [] }, state);
}

function batchOf(number: number, n: number): Batch<Pixels> {
  const shape = [n, 1, side, side];
  const { data: images } = recipeTensor(`input ${number}`, shape, 2);
  const masks = recipeTensor(`mask ${number}`, shape, 1).data.map(Math.abs);
  return { n, height: side, width: side, images, masks };
}

function checkAll(
  what: string,
  tensors: Tensors,
  expected: Readonly<Record<string, Digest>>,
  tolerance: number,
): void {
  assertEquals(new Set(Object.keys(tensors)), new Set(Object.keys(expected)), what);
  for (const [name, digest] of Object.entries(expected)) {
    checkDigest(`${what} of ${name}`, tensors[name], digest, tolerance);
  }
}

for (const { label, engine, slow } of engines) {
  for (const [rule, golden] of Object.entries(CASES) as ["sgd" | "adam", Case][]) {
    // Compiling takes software adapters long.
    if (slow && engine !== referenceEngine && rule === "sgd") continue;
    Deno.test(`steps of three batches with ${rule} on ${label} are PyTorch's`, async () => {
      const { clip, ema } = golden;
      const fresh = { weights: recipeWeights(NETWORK) as Tensors<Float32Array> };
      const trainer = await trainerOf(
        engine,
        NETWORK,
        { ...fresh, step: 0, batchesTracked: 0 },
        [...new Set(golden.batches)],
        {
          accumulate,
          optimizer: { rule },
          ...(clip !== undefined && { clipNorm: clip }),
          ...(ema !== undefined && { ema }),
        },
      );
      const tolerance = engine === referenceEngine ? 5e-6 : 1e-3;
      let [number, step] = [0, 0];
      for (let epoch = 0; epoch < book.epochs; epoch++) {
        for (const [index, n] of golden.batches.entries()) {
          const updates = (index + 1) % accumulate === 0 || index + 1 === golden.batches.length;
          const learningRate = book.rate / (1 + step);
          await trainer.step(batchOf(number++, n), { learningRate, updates });
          if (updates) step++;
          const gradients = golden["gradients after two batches"];
          if (number !== 2 || gradients === undefined) continue;
          const { accumulated } = await trainer.state();
          assertEquals(accumulated?.batches, 2);
          checkAll("gradient", accumulated!.gradients, gradients, tolerance);
        }
      }
      const losses = (await trainer.losses()).map(({ loss }) => loss);
      assertEquals(losses.length, golden.losses.length);
      for (const [i, loss] of golden.losses.entries()) {
        assertCloseNumber(`loss ${i}`, losses[i], loss, tolerance);
      }
      const state = await trainer.state();
      assertEquals([state.step, state.batchesTracked], [golden.steps, golden.losses.length]);
      assertEquals(state.accumulated, undefined);
      checkAll("value", state.weights, golden.weights, tolerance);
      checkAll("average", state.average ?? {}, golden.average ?? {}, tolerance);
      trainer.close();
    });
  }

  Deno.test(`a step goes on from its gradients with equal bits (${label})`, async () => {
    // Each batch has dropouts of its own.
    const network = { ...NETWORK, levels: 3, ...(slow ? {} : { dropout: 0.3 }) };
    const fresh = { weights: initialWeights(graphOf(network), 1), step: 0, batchesTracked: 0 };
    const open = (state: TrainingState) =>
      trainerOf(engine, network, state, [2], { accumulate, clipNorm: 0.5, ema: 0.9 });
    const train = async (trainer: Trainer, from: number, to: number) => {
      for (let number = from; number < to; number++) {
        const updates = number % accumulate === accumulate - 1;
        await trainer.step(batchOf(number, 2), { learningRate: 0.01, updates });
      }
    };
    const whole = await open(fresh);
    await train(whole, 0, 2);
    const begun = await whole.state();
    assertEquals([begun.step, begun.batchesTracked, begun.accumulated?.batches], [0, 2, 2]);
    for (const [name, tensor] of Object.entries(fresh.weights)) {
      if (!name.includes("running")) assertSameBits(name, begun.weights[name], tensor);
    }
    await train(whole, 2, 4);
    const inside = await whole.state();
    assertEquals([inside.step, inside.accumulated?.batches], [1, 1]);
    // The float64 engine rounds its state for those outside.
    await whole.load(inside);
    await train(whole, 4, 6);
    const resumed = await open(inside);
    await train(resumed, 4, 6);
    const [end, again] = [await whole.state(), await resumed.state()];
    assertEquals([end.step, end.batchesTracked, end.accumulated], [2, 6, undefined]);
    assertSameState(again, end);
    assertEquals(again.average, end.average);
    // What a state without gradients leaves behind has no effect on the next step.
    await resumed.load(inside);
    await resumed.load(fresh);
    await train(resumed, 0, 2);
    const { accumulated } = await resumed.state();
    assertEquals(accumulated!.batches, 2);
    if (engine !== referenceEngine) {
      for (const [name, tensor] of Object.entries(begun.accumulated!.gradients)) {
        assertSameBits(name, accumulated!.gradients[name], tensor);
      }
    }
    const wrong = { ...inside, accumulated: { ...inside.accumulated!, batches: 3 } };
    await assertRejects(() => resumed.load(wrong), InputError, "fits no step of 3 batches");
    const { "outc.conv.bias": _, ...gradients } = inside.accumulated!.gradients;
    const lacking = { ...inside, accumulated: { batches: 1, gradients } };
    await assertRejects(() => resumed.load(lacking), InputError, "no tensor outc.conv.bias");
    for (const trainer of [whole, resumed]) trainer.close();
  });
}

Deno.test("a plan for steps of one batch is the plan without the setting, and waits for no batch", async () => {
  const shape = { n: 2, height: side, width: side, mean: 0, std: 1 };
  const graph = graphOf(NETWORK);
  assertEquals(planTraining(graph, shape, { accumulate: 1 }), planTraining(graph, shape));
  assertEquals(batchesPerStep(planTraining(graph, shape)), 1);
  assertEquals(batchesPerStep(planTraining(graph, shape, { accumulate: 7 })), 7);
  for (const accumulate of [0, 1.5, NaN]) {
    assertThrows(() => planTraining(graph, shape, { accumulate }), RangeError, "a step of");
  }
  const weights = recipeWeights(NETWORK) as Tensors<Float32Array>;
  const state = { weights, step: 0, batchesTracked: 0 };
  const trainer = await trainerOf(referenceEngine, NETWORK, state, [2], {});
  await assertRejects(
    () => trainer.step(batchOf(0, 2), { learningRate: 1, updates: false }),
    InputError,
    "accumulate no gradients",
  );
  assertEquals((await trainer.state()).batchesTracked, 0);
  trainer.close();
});

Deno.test("a step of two batches is one of both together where each image counts for itself", async () => {
  const network = networkOfPython({ ...book.options, norm: "group", groups: 2 });
  const fresh = { weights: initialWeights(graphOf(network), 1), step: 0, batchesTracked: 0 };
  const loss = parseLoss("bce+dice:image");
  const parts = [batchOf(0, 2), batchOf(1, 2)];
  const joined = (values: (batch: Batch<Pixels>) => Pixels) =>
    Float32Array.from(parts.flatMap((batch) => [...values(batch)]));
  const whole = {
    ...parts[0],
    n: 4,
    images: joined(({ images }) => images),
    masks: joined(({ masks }) => masks),
  };
  const ends = await Promise.all([[whole], parts].map(async (batches) => {
    const options = { accumulate: batches.length, loss, optimizer: { rule: "sgd" } as const };
    const trainer = await trainerOf(referenceEngine, network, fresh, [batches[0].n], options);
    for (const [i, batch] of batches.entries()) {
      await trainer.step(batch, { learningRate: 0.1, updates: i + 1 === batches.length });
    }
    return (await trainer.state()).weights;
  }));
  for (const [name, { data }] of Object.entries(ends[0])) {
    assertCloseValues(name, [...ends[1][name].data], [...data], 1e-6);
  }
});

Deno.test("accumulated gradients are kept, and those of a batch are soon let go", () => {
  const shape = { n: 2, height: side, width: side, mean: 0.5, std: 0.2 };
  const graph = graphOf({ ...NETWORK, base: 8 });
  const [one, many] = [1, 4].map((accumulate) => planTraining(graph, shape, { accumulate }));
  const added = many.persistent.filter((name) => !one.persistent.includes(name));
  const trained = parametersOf(graph).filter(({ trained }) => trained);
  assertEquals(new Set(added), new Set(trained.map(({ name }) => `accumulated.${name}`)));
  // In this network the gradients of a batch are larger than the maps.
  const [before, after] = [one, many].map((plan) => {
    const specs = specsOf(plan);
    return planMemory(plan, (name) => 4 * elementCount(specs.get(name)!.shape)).bytes;
  });
  assert(after < 0.8 * before, `${after} bytes in place of ${before}`);
});
