import { assert, assertEquals } from "@std/assert";
import type { Batch } from "../../lib/core/batch.ts";
import { createCpuEngine } from "../../lib/engine/cpu/engine.ts";
import { readSafetensors, writeSafetensors } from "../../lib/formats/safetensors.ts";
import { readStateDict } from "../../lib/formats/state_dict.ts";
import { encodeRun } from "../../lib/model/checkpoint.ts";
import { encodeAs } from "../../lib/model/exchange.ts";
import type { ModelCard } from "../../lib/model/model_card.ts";
import { compareLogits, testImage, testVectorOf } from "../../lib/model/test_vector.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { parametersOf } from "../../lib/network/parameters.ts";
import { DEFAULT_CONFIG, networkOfConfig } from "../../lib/train/config.ts";
import { planRun } from "../../lib/train/cost.ts";
import { FRESH_PROGRESS } from "../../lib/train/progress.ts";
import { messagesIn, textsIn } from "../support/protobuf.ts";
import { trainedWeights } from "../support/random_weights.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { hasTorch, isAvailable, runOnnx, runPython } from "./programs.ts";

const torchIsThere = hasTorch();
const hasOnnx = isAvailable("onnxruntime-node", "deno task setup:interop", () => runOnnx());

const SIZE = { width: 37, height: 50 };
const CONFIGS = [false, true].map((bilinear) => ({
  ...DEFAULT_CONFIG,
  ...SIZE,
  baseChannels: 4,
  batch: 3,
  bilinear,
  mean: 0.4,
}));

/** Test images with masks of a rectangle. */
function batchOf(seeds: readonly number[]): Batch {
  const { width, height } = SIZE;
  const area = width * height;
  const images = new Uint8Array(seeds.length * area);
  seeds.forEach((seed, index) => images.set(testImage(width, height, seed), index * area));
  const masks = Float32Array.from(images, (_, index) => {
    const [y, x] = [Math.floor((index % area) / width), index % width];
    return y > 12 && y < 36 && x > 9 && x < 27 ? 1 : 0;
  });
  return { n: seeds.length, ...SIZE, images, masks };
}

/** A run after two steps with its card, and its weights after a third. */
async function trainThree(config: (typeof CONFIGS)[number]) {
  const engine = await createCpuEngine();
  try {
    const { plans } = planRun(config, 3, 0);
    const network = networkOfConfig(config);
    const start = { weights: trainedWeights(network), step: 0, batchesTracked: 0 };
    const trainer = await engine.trainer(plans, start);
    const step = (seeds: readonly number[]) => trainer.step(batchOf(seeds), config);
    await step([1, 2, 3]);
    await step([4, 5, 6]);
    const card: ModelCard = {
      version: "0",
      data: { train: { images: 9, masks: 9, lesion_free: 0 } },
      testVector: await testVectorOf(trainer, config),
    };
    const state = await trainer.state();
    await step([7, 8, 9]);
    return { network, card, state, after: await trainer.state() };
  } finally {
    engine.close();
  }
}

const PAGE = Deno.readTextFileSync("docs/cluster.md");
const [READ, TRAIN] = [...PAGE.matchAll(/```python\n(.*?)```/gs)].map(([, code]) => code);

for (const config of CONFIGS) {
  const decoder = config.bilinear ? "bilinear" : "transposed";
  Deno.test({
    name: `docs/cluster.md goes on in PyTorch as we do, and the card holds there: ${decoder}`,
    ignore: !torchIsThere,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        const { network, card, state, after } = await trainThree(config);
        const run = { state, progress: FRESH_PROGRESS, config, dataHash: "", card };
        Deno.writeFileSync(`${folder}/last.safetensors`, await encodeRun(run));
        const { images, masks } = batchOf([7, 8, 9]);
        Deno.writeFileSync(`${folder}/images`, images);
        Deno.writeFileSync(`${folder}/masks`, new Uint8Array(masks.buffer));
        const shape = `(3, 1, ${SIZE.height}, ${SIZE.width})`;
        Deno.writeTextFileSync(
          `${folder}/go_on.py`,
          [
            "import functools, sys, types",
            `sys.path.insert(0, ${JSON.stringify(Deno.realPathSync("tests/interop"))})`,
            "import unet as narrow, test_vector",
            "# Pytorch-UNet under its own name, but as narrow as the test's.",
            "sys.modules['unet'] = types.SimpleNamespace(UNet=lambda n_channels, n_classes, bilinear:",
            `    narrow.UNet(n_channels, n_classes, ${config.baseChannels}, bilinear))`,
            READ,
            "def values(name, kind):",
            `    return torch.from_numpy(numpy.fromfile(name, kind).reshape(${shape}))`,
            "batches = [(values('images', numpy.uint8), values('masks', numpy.float32))]",
            TRAIN,
            "model.load_state_dict(weights)",
            "model.eval()",
            "vector = about['test_vector']",
            "image = test_vector.test_image(config['width'], config['height'], vector['seed'])",
            "seen = (torch.from_numpy(image).float() / 255 - config['mean']) / config['std']",
            "with torch.no_grad():",
            "    print(test_vector.error_of(vector, model(seen[None, None])[0, 0].numpy()))",
          ].join("\n"),
        );
        const error = Number(runPython(["-B", "go_on.py"], folder));
        assert(error <= 1e-5, `the test vector is off by ${error}`);

        const { tensors } = readStateDict(Deno.readFileSync(`${folder}/trained_on.pth`));
        let [sum, count, most] = [0, 0, 0];
        for (const { name } of parametersOf(graphOf(network))) {
          const [theirs, ours] = [tensors[name].data, after.weights[name].data];
          for (let i = 0; i < ours.length; i++, count++) {
            const difference = Math.abs(Number(theirs[i]) - ours[i]);
            sum += difference;
            most = Math.max(most, difference);
          }
        }
        assert(sum / count <= 1e-6 && most <= 1e-3, `mean ${sum / count}, most ${most} apart`);
        assertEquals(tensors["inc.double_conv.1.num_batches_tracked"].data[0], 3n);
      }),
  });

  Deno.test({
    name: `the card in an ONNX file holds in onnxruntime: ${decoder}`,
    ignore: !hasOnnx,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        const { network, card, state } = await trainThree(config);
        const info = { config, epoch: 1, valDice: null, card };
        const { weights, batchesTracked } = state;
        const file = { path: "m", sha256: "", format: "pth" } as const;
        const model = { ...file, network, weights, batchesTracked, info };
        const bytes = await encodeAs("onnx", model);
        const metadata = Object.fromEntries(
          messagesIn(bytes, 14).map((entry) => [textsIn(entry, 1)[0], textsIn(entry, 2)[0]]),
        );
        assertEquals(JSON.parse(metadata.data), card.data);
        const vector = JSON.parse(metadata.test_vector);
        assertEquals(vector, JSON.parse(JSON.stringify(card.testVector)));
        const { width, height } = JSON.parse(metadata.config);
        const [mean, std] = [Number(metadata.mean), Number(metadata.std)];
        const image = Float32Array.from(
          testImage(width, height, vector.seed),
          (grey) => (grey / 255 - mean) / std,
        );
        Deno.writeFileSync(`${folder}/model.onnx`, bytes);
        const inputs = { image: { shape: [1, 1, height, width], data: image } };
        Deno.writeFileSync(`${folder}/inputs.safetensors`, writeSafetensors(inputs));
        runOnnx(folder);
        const { tensors } = readSafetensors(Deno.readFileSync(`${folder}/logits.safetensors`));
        const { error } = compareLogits(vector, tensors.image.data as Float32Array, SIZE);
        assert(error <= 1e-5, `the test vector is off by ${error}`);
        const other = await encodeAs("onnx", model, { width: 64, height: 64 });
        const names = messagesIn(other, 14).map((entry) => textsIn(entry, 1)[0]);
        assertEquals(names.includes("test_vector"), false);
      }),
  });
}
