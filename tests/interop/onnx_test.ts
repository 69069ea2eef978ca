import { assertEquals } from "@std/assert";
import type { Tensors } from "../../lib/core/tensor.ts";
import { type OnnxOptions, writeOnnx } from "../../lib/formats/onnx.ts";
import { readSafetensors, writeSafetensors } from "../../lib/formats/safetensors.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import type { Network } from "../../lib/network/network.ts";
import { assertClose, scaleOf } from "../support/compare.ts";
import { referenceEngine } from "../support/engines.ts";
import { EVERYTHING } from "../support/everything.ts";
import { trainedWeights } from "../support/random_weights.ts";
import { recipeTensor } from "../support/recipe.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { UnetRun } from "../support/unet_run.ts";
import { isAvailable, runOnnx } from "./programs.ts";

const isThere = isAvailable(
  "onnxruntime-node",
  `deno task setup:interop`,
  () => runOnnx(),
);

const OPTIONS: OnnxOptions = { mean: 0.485, std: 0.229, size: [48, 32], threshold: 0.5 };
const SMALL: Network = { inChannels: 1, classes: 1, base: 4, bilinear: false };
interface Case {
  readonly network: Network;
  readonly fixed?: { height: number; width: number };
  /** `[n, height, width]` of each input. */
  readonly inputs: readonly (readonly [number, number, number])[];
}

const ANY_SIZE = [[1, 32, 48], [3, 32, 48], [1, 50, 37], [3, 17, 31], [1, 16, 16]] as const;

const CASES: readonly Case[] = [
  { network: SMALL, inputs: ANY_SIZE },
  { network: { ...SMALL, bilinear: true }, inputs: ANY_SIZE },
  { network: { inChannels: 3, classes: 2, base: 2, bilinear: true }, inputs: [[2, 33, 34]] },
  { network: { ...SMALL, base: 6, norm: "group", groups: 4, dropout: 0.5 }, inputs: ANY_SIZE },
  { network: { ...SMALL, norm: "instance" }, inputs: [[1, 32, 48], [3, 50, 37]] },
  { network: SMALL, fixed: { height: 50, width: 37 }, inputs: [[1, 50, 37], [3, 50, 37]] },
  { network: EVERYTHING, inputs: [[1, 32, 48], [2, 50, 37]] },
  { network: EVERYTHING, fixed: { height: 29, width: 30 }, inputs: [[2, 29, 30]] },
  {
    network: { ...SMALL, bilinear: true },
    fixed: { height: 31, width: 48 },
    inputs: [[1, 31, 48], [3, 31, 48]],
  },
];

for (const { network, fixed, inputs } of CASES) {
  const size = fixed ? `fixed ${fixed.width}x${fixed.height}` : "any size";
  Deno.test({
    name: `onnxruntime gives our logits: ${
      graphOf(network).details
    }, ${network.inChannels} channels, ${size}`,
    ignore: !isThere,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        const weights = trainedWeights(network);
        const images: Tensors = Object.fromEntries(inputs.map(([n, height, width]) => {
          const name = `${n}x${width}x${height}`;
          return [name, recipeTensor(name, [n, network.inChannels, height, width], 2)];
        }));
        Deno.writeFileSync(
          `${folder}/model.onnx`,
          writeOnnx(graphOf(network), weights, { ...OPTIONS, ...fixed }),
        );
        Deno.writeFileSync(`${folder}/inputs.safetensors`, writeSafetensors(images));
        runOnnx(folder);
        const results = readSafetensors(Deno.readFileSync(`${folder}/logits.safetensors`)).tensors;
        for (const [name, input] of Object.entries(images)) {
          const [n, , height, width] = input.shape;
          const shape = [n, network.classes, height, width];
          const target = recipeTensor("target", shape, 1);
          const run = new UnetRun(referenceEngine, network, weights, input, target);
          const { logits } = await run.evaluate();
          assertClose(name, results[name], logits, 1e-4 * Math.max(1, scaleOf(logits)));
        }
        const { inputMetadata: [image], outputMetadata: [logits] } = JSON.parse(
          Deno.readTextFileSync(`${folder}/model.json`),
        );
        const sides = fixed ? [fixed.height, fixed.width] : ["height", "width"];
        assertEquals(image.shape, ["n", network.inChannels, ...sides]);
        assertEquals(logits.shape, ["n", network.classes, ...sides]);
      }),
  });
}
