/**
 * What every backend owes its trainers and predictors: the interfaces Backend and Program.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../../lib/core/errors.ts";
import type { Backend, Program } from "../../lib/engine/backend.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { initialWeights } from "../../lib/network/weights.ts";
import { type Plan, RUN, SEGMENTS, specsOf } from "../../lib/plan/plan.ts";
import { planEvaluation, planPrediction, planTraining } from "../../lib/plan/planners.ts";
import { engines } from "../support/engines.ts";
import { Draw } from "../support/random_programs.ts";

const NETWORK = { inChannels: 1, classes: 1, base: 2, bilinear: false };
const SHAPE = { n: 2, height: 16, width: 32, mean: 0.485, std: 0.229 };
const TRAINING = planTraining(graphOf(NETWORK), SHAPE);
const EVALUATION = planEvaluation(graphOf(NETWORK), { ...SHAPE, n: 1 });
const WEIGHTS = initialWeights(graphOf(NETWORK), 3);

/** Writes weights and a batch; what is left out stays zero. */
function fill(program: Program, plan: number, seed = 1): void {
  const draw = new Draw(seed);
  const [n, height, width] = specsOf(program.plans[plan]).get("image")!.shape;
  const pixels = n * height * width;
  program.write(plan, "image", Uint8Array.from({ length: pixels }, () => draw.whole(0, 255)));
  program.write(plan, "mask", draw.between([pixels], 0, 1).data);
  program.write(plan, "rate", Float32Array.of(1e-2, 1));
  for (const [name, { data }] of Object.entries(WEIGHTS)) program.write(plan, name, data);
}

/** A plan of few numbers and no step. */
const EMPTY: Plan = {
  tensors: [
    { name: "kept", kind: "scalars", shape: [3] },
    { name: "passing", kind: "map", shape: [1, 5, 2, 3] },
  ],
  segments: { setup: [], forward: [], backward: [], update: [] },
  persistent: ["kept"],
  inputs: ["passing"],
  outputs: ["passing"],
};

for (const { label, makeBackend } of engines) {
  const backend = await makeBackend();
  const test = (name: string, body: (backend: Backend) => Promise<void>) =>
    Deno.test(`${name} (${label})`, () => body(backend));

  test("a program's segments one by one do what they do together", async (backend) => {
    const names = [...TRAINING.persistent, ...TRAINING.outputs];
    const results = await Promise.all([[RUN], RUN.map((segment) => [segment])].map(async (runs) => {
      const program = await backend.prepare([TRAINING]);
      fill(program, 0);
      for (const segments of runs) await program.run(0, segments);
      const result = await program.read(0, names);
      program.close();
      return result;
    }));
    assertEquals(results[0], results[1]);
    assert(results[0].loss.data[0] > 0);
  });

  test("segments that are not asked for do not run", async (backend) => {
    const program = await backend.prepare([TRAINING]);
    fill(program, 0);
    await program.run(0, ["forward"]);
    const name = "inc.double_conv.0.weight";
    assertEquals((await program.read(0, [name]))[name].data[0], WEIGHTS[name].data[0]);
    await program.run(0, ["backward", "update"]);
    assert((await program.read(0, [name]))[name].data[0] !== WEIGHTS[name].data[0]);
    program.close();
  });

  test("the plans of a program share their persistent tensors", async (backend) => {
    const program = await backend.prepare([TRAINING, EVALUATION]);
    fill(program, 0);
    await program.run(0);
    const moved = await program.read(0, EVALUATION.persistent);
    assertEquals(await program.read(1, EVALUATION.persistent), moved);
    program.close();
  });

  test("tensors begin as zeros, and values that are too few are followed by zeros", async (backend) => {
    const program = await backend.prepare([EMPTY]);
    const read = async (name: string) => [...(await program.read(0, [name]))[name].data];
    assertEquals(await read("kept"), [0, 0, 0]);
    program.write(0, "kept", Float32Array.of(1, 2, 3));
    program.write(0, "kept", Float64Array.of(4));
    assertEquals(await read("kept"), [4, 0, 0]);
    const values = Float32Array.from({ length: 30 }, (_, i) => i + 1);
    program.write(0, "passing", values);
    assertEquals(await read("passing"), [...values]);
    program.write(0, "passing", new Float32Array());
    assertEquals(await read("passing"), [...values].fill(0));
    program.close();
  });

  test("a log keeps thousands of values in their order, until they are taken", async (backend) => {
    const program = await backend.prepare([EMPTY]);
    assertEquals(await program.takeLog(), []);
    const expected: number[][] = [];
    for (let i = 0; i < 2500; i++) {
      program.write(0, "kept", Float32Array.of(i, 2 * i, 3 * i));
      await program.log(0, "kept");
      expected.push([i, 2 * i, 3 * i]);
    }
    assertEquals((await program.takeLog()).map((values) => [...values]), expected);
    assertEquals(await program.takeLog(), []);
    program.close();
  });

  test("a tensor that the plan lacks is refused by name", async (backend) => {
    const program = await backend.prepare([EMPTY]);
    const words = "the plan has no tensor missing";
    assertThrows(() => program.write(0, "missing", Float32Array.of(1)), InputError, words);
    await assertRejects(async () => await program.read(0, ["missing"]), InputError, words);
    await assertRejects(async () => await program.log(0, "missing"), InputError, words);
    program.close();
  });

  test("brief programs, one after the other, leave nothing behind", async (backend) => {
    const plan = planPrediction(graphOf(NETWORK), SHAPE);
    const results: unknown[] = [];
    for (const seed of [1, 2, 1]) {
      const program = await backend.prepare([plan], { brief: true });
      const pixels = SHAPE.n * SHAPE.height * SHAPE.width;
      program.write(0, "image", new Uint8Array(pixels).fill(40 * seed));
      if (seed === 1) {
        for (const [name, { data }] of Object.entries(WEIGHTS)) program.write(0, name, data);
      }
      await program.run(0, SEGMENTS);
      results.push(await program.read(0, ["logits"]));
      program.close();
    }
    assertEquals(results[0], results[2]);
    assert(
      Object.values(results[1] as Record<string, { data: ArrayLike<number> }>)
        .every(({ data }) => Array.from(data).every((logit) => logit === 0)),
    );
  });

  test("memory is told by its use, and a run's time by the kind of step", async (backend) => {
    const { total, ...parts } = backend.memoryNeeded([TRAINING, EVALUATION]);
    const sum = Object.values(parts).reduce((a, b) => a + b, 0);
    assert(parts.arena > 0 && sum <= total && sum > total / 2, `${sum} of ${total}`);
    assert(await backend.canHold(total));
    const program = await backend.prepare([TRAINING]);
    fill(program, 0);
    const times = await program.timeKinds(0);
    assert(times.get("conv3x3")! > 0 && times.has("update") && !times.has("fold"));
    assert(program.bytesOf(0, "image") >= SHAPE.n * SHAPE.height * SHAPE.width);
    program.close();
  });
}
