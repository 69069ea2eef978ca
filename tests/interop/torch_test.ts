import { assert, assertEquals } from "@std/assert";
import type { Tensor, Tensors } from "../../lib/core/tensor.ts";
import { writePth } from "../../lib/formats/pth_writer.ts";
import { readSafetensors, writeSafetensors } from "../../lib/formats/safetensors.ts";
import { readStateDict } from "../../lib/formats/state_dict.ts";
import { graphOf, networkOf } from "../../lib/network/architectures.ts";
import { type Network } from "../../lib/network/network.ts";
import { counterNames, parametersOf } from "../../lib/network/parameters.ts";
import { stateDictOf } from "../../lib/network/state_dict.ts";
import { checkWeights } from "../../lib/network/weights.ts";
import {
  assertClose,
  assertCloseNumber,
  assertSameBits,
  relativeDistance,
  scaleOf,
} from "../support/compare.ts";
import { engines, softwareEngines } from "../support/engines.ts";
import { EVERYTHING } from "../support/everything.ts";
import { trainedWeights } from "../support/random_weights.ts";
import { pythonOptions } from "../support/python_options.ts";
import { recipeTensor } from "../support/recipe.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { UnetRun } from "../support/unet_run.ts";
import { hasTorch, runPython } from "./programs.ts";

const LEARNING_RATE = 1e-3;

const isThere = hasTorch();

const NETWORKS: readonly Network[] = [
  { inChannels: 1, classes: 1, base: 4, bilinear: false },
  { inChannels: 1, classes: 1, base: 4, bilinear: true },
  EVERYTHING,
];

/** An odd size, so that the decoder pads; a mask of rectangles. */
function batchOf({ inChannels, classes }: Network): { input: Tensor; target: Tensor } {
  const [n, height, width] = [3, 50, 37];
  const input = recipeTensor("input", [n, inChannels, height, width], 2);
  const target = new Float32Array(n * classes * height * width);
  for (let i = 0; i < target.length; i++) {
    const [row, column] = [Math.floor(i / width) % height, i % width];
    target[i] = row > 9 && row < 30 && column > 4 && column < 22 ? 1 : 0;
  }
  return { input, target: { shape: [n, classes, height, width], data: target } };
}

/** What PyTorch saved in many ways, read here. */
function checkTorchFiles(folder: string, network: Network, after: Tensors): void {
  const read = (name: string) => readStateDict(Deno.readFileSync(`${folder}/torch_${name}.pth`));
  const files = ["state_dict", "legacy", "protocol4", "module", "parameters", "checkpoint"];
  for (const name of [...files, "channels_last", "double", "whole_model"]) {
    const { tensors, metadata } = read(name);
    assertEquals(networkOf(tensors, name), network);
    const weights = checkWeights(graphOf(network), tensors, name);
    for (const { name: entry } of parametersOf(graphOf(network))) {
      assertSameBits(`${name}: ${entry}`, weights[entry], after[entry]);
    }
    for (const counter of counterNames(graphOf(network))) {
      assertSameBits(`${name}: ${counter}`, tensors[counter], after[counter]);
    }
    if (name === "checkpoint") assertEquals(metadata.epoch, "3");
  }
}

/** The same training step, on an engine. */
async function checkStep(run: UnetRun, network: Network, theirs: Tensors): Promise<void> {
  const trained = parametersOf(graphOf(network)).filter((spec) => spec.trained).map(({ name }) =>
    name
  );
  const results = await run.step(LEARNING_RATE, true);
  assertCloseNumber("loss", Number(results.loss.data[0]), Number(theirs.loss.data[0]), 1e-5);
  const gradients = (tensors: Tensors) => trained.map((name) => tensors[`grad.${name}`]);
  const apart = relativeDistance(gradients(results), gradients(theirs));
  assert(apart <= 1e-4, `the gradients differ by ${apart}`);
  // Adam's first step moves by the sign of the gradient, which rounding decides where there is
  // none.
  let [sum, beyond, count] = [0, 0, 0];
  for (const { name } of parametersOf(graphOf(network))) {
    const [a, b] = [run.weights[name].data, theirs[`after.${name}`].data];
    for (let i = 0; i < a.length; i++, count++) {
      const difference = Math.abs(Number(a[i]) - Number(b[i]));
      sum += difference;
      if (!(difference <= 1e-5)) beyond++;
    }
  }
  assert(sum / count <= 1e-6, `mean difference ${sum / count} after a step`);
  assert(beyond / count <= 0.002, `${beyond} of ${count} parameters differ by more than 1e-5`);
}

for (const network of NETWORKS) {
  const { details } = graphOf(network);
  Deno.test({
    name: `PyTorch goes on with our files, and we with its: ${details}`,
    ignore: !isThere,
    fn: (test) =>
      inTemporaryFolder(async (folder) => {
        const state = stateDictOf(graphOf(network), trainedWeights(network), 7);
        const batch = batchOf(network);
        const write = (name: string, bytes: Uint8Array) =>
          Deno.writeFileSync(`${folder}/${name}`, bytes);
        write("model.pth", writePth(state, { note: "kept" }));
        write("model.safetensors", writeSafetensors(state));
        write("batch.safetensors", writeSafetensors({ ...batch }));
        const facts = JSON.stringify({ ...pythonOptions(network), learningRate: LEARNING_RATE });
        write("network.json", new TextEncoder().encode(facts));
        runPython(["-B", "tests/interop/exchange.py", folder]);
        const theirs = readSafetensors(Deno.readFileSync(`${folder}/results.safetensors`)).tensors;
        // Software compiles for each network; the last has all kinds of steps.
        const left = network === EVERYTHING ? [] : softwareEngines;
        for (const { label, engine } of engines.filter((one) => !left.includes(one))) {
          await test.step(`${label} engine`, async () => {
            const run = new UnetRun(engine, network, state, batch.input, batch.target);
            const { logits } = await run.evaluate();
            assertClose("logits", logits, theirs.logits, 1e-5 * scaleOf(theirs.logits));
            await checkStep(run, network, theirs);
          });
        }
        await test.step("files of torch.save", () => {
          const after = Object.fromEntries(
            Object.keys(state).map((name) => [name, theirs[`after.${name}`]]),
          );
          checkTorchFiles(folder, network, after);
        });
      }),
  });
}
