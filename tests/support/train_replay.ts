/**
 * Replays the recorded training on an engine, batch by batch, and compares every epoch.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Tensors } from "../../lib/core/tensor.ts";
import type { Engine, Trainer } from "../../lib/engine/engine.ts";
import { graphOf } from "../../lib/network/architectures.ts";
import { checkWeights } from "../../lib/network/weights.ts";
import {
  planEvaluation,
  planPrediction,
  planTraining,
  type TrainingOptions,
} from "../../lib/plan/planners.ts";
import { assertClose, assertCloseNumber } from "./compare.ts";
import { loadJson, loadTensors, type ReferenceFolder } from "./reference_data.ts";
import {
  batchOf,
  boundOfScore,
  boundsOfFirstEpoch,
  boundsPerEpoch,
  firstAxis,
  type RecordedTraining,
  scoresOf,
} from "./training_data.ts";

const NORMALISATION = { mean: 0.485, std: 0.229 };

/** The advised bound of logits from given weights. */
const LOGITS_BOUND = 1e-4;

/** The recorded training of a folder with its data. */
export class Replay {
  readonly #folder: ReferenceFolder;
  readonly #recorded: RecordedTraining;
  readonly #data: Tensors;

  constructor(folder: ReferenceFolder) {
    this.#folder = folder;
    this.#recorded = loadJson(folder, "train/train.json");
    this.#data = loadTensors(folder, "train/data.safetensors");
  }

  get epochs(): number {
    return this.#recorded.epochs;
  }

  get #network() {
    const { base, bilinear } = this.#recorded;
    return { inChannels: 1, classes: 1, base, bilinear };
  }

  #weights(file: string) {
    const path = `train/${file}`;
    return checkWeights(graphOf(this.#network), loadTensors(this.#folder, path), path);
  }

  #shape(n: number) {
    const { size } = this.#recorded;
    return { n, height: size, width: size, ...NORMALISATION };
  }

  async #trainer(
    engine: Engine,
    file: string,
    options: TrainingOptions = {},
  ): Promise<Trainer> {
    const { epochs, test_batches } = this.#recorded.plan;
    const sizes = (
      batches: readonly (readonly number[])[],
    ) => [...new Set(batches.map((batch) => batch.length))];
    const plans = {
      train: sizes(epochs.flat()).map((n) =>
        planTraining(graphOf(this.#network), this.#shape(n), options)
      ),
      evaluate: sizes(test_batches).map((n) =>
        planEvaluation(graphOf(this.#network), this.#shape(n))
      ),
    };
    const weights = this.#weights(file);
    return await engine.trainer(plans, { weights, step: 0, batchesTracked: 0 });
  }

  /**
   * Trains for the first `epochs` epochs. Compares losses after each epoch and the test scores
   * after the last.
   */
  async train(test: Deno.TestContext, engine: Engine, epochs: number): Promise<void> {
    const { plan, runs: { float32 }, gap_to_float32 } = this.#recorded;
    const gaps = Object.values(gap_to_float32);
    const firstBounds = boundsOfFirstEpoch(gaps.map((gap) => gap.first_epoch_batch_losses));
    const trainBounds = boundsPerEpoch(gaps.map((gap) => gap.train_batch_mean), 0.005);
    const testBounds = boundsPerEpoch(gaps.map((gap) => gap.test_batch_mean), 0.01);
    const trainer = await this.#trainer(engine, "init.safetensors");
    for (let epoch = 0; epoch < epochs; epoch++) {
      await test.step(`epoch ${epoch + 1}`, async () => {
        for (const batch of plan.epochs[epoch]) {
          await trainer.step(batchOf(this.#data, batch), { learningRate: this.#recorded.lr });
        }
        const losses = (await trainer.losses()).map(({ loss }) => loss);
        assertEquals(losses.length, plan.epochs[epoch].length);
        if (epoch === 0) {
          losses.forEach((loss, i) =>
            assertCloseNumber(`batch ${i}`, loss, float32.batch_losses[0][i], firstBounds[i])
          );
        }
        const expected = float32.train_batch_mean[epoch];
        assertCloseNumber("train loss", mean(losses), expected, trainBounds[epoch]);
        const { loss } = await this.#evaluate(trainer);
        assertCloseNumber("test loss", loss, float32.test_batch_mean[epoch], testBounds[epoch]);
      });
    }
    if (epochs === this.epochs) {
      await test.step("test Dice and IoU after the last epoch", async () => {
        const { dice, iou } = await this.#evaluate(trainer);
        const diceBound = boundOfScore(gaps.map((gap) => gap.test_dice_mean));
        const iouBound = boundOfScore(gaps.map((gap) => gap.test_iou_mean));
        assertCloseNumber("Dice", dice, float32.test_overlap.dice_mean, diceBound);
        assertCloseNumber("IoU", iou, float32.test_overlap.iou_mean, iouBound);
      });
    }
    trainer.close();
  }

  /**
   * Trains for all epochs in mixed precision. The last training loss is that of float32 within 1 %;
   * the test loss, which is noisier, within the bound of other float32 kernels.
   */
  async trainMixed(engine: Engine): Promise<void> {
    const { plan, lr, runs: { float32 }, gap_to_float32 } = this.#recorded;
    const gaps = Object.values(gap_to_float32).map((gap) => gap.test_batch_mean);
    const trainer = await this.#trainer(engine, "init.safetensors", { precision: "mixed" });
    const epochs = plan.epochs.slice(0, this.epochs);
    for (const batch of epochs.flat()) {
      await trainer.step(batchOf(this.#data, batch), { learningRate: lr });
    }
    const losses = (await trainer.losses()).map(({ loss }) => loss);
    const last = losses.slice(-epochs[this.epochs - 1].length);
    const { loss } = await this.#evaluate(trainer);
    const { lossScale } = await trainer.state();
    trainer.close();
    const [train, test] = [float32.train_batch_mean, float32.test_batch_mean]
      .map((each) => each[this.epochs - 1]);
    assertCloseNumber("train loss", mean(last), train, 0.01 * train);
    assertCloseNumber("test loss", loss, test, boundsPerEpoch(gaps, 0.01)[this.epochs - 1]);
    assertEquals(lossScale?.skipped, 0);
  }

  async #evaluate(trainer: Trainer): Promise<{ loss: number; dice: number; iou: number }> {
    const losses: number[] = [];
    const scores: { dice: number; iou: number }[] = [];
    for (const indices of this.#recorded.plan.test_batches) {
      const evaluation = await trainer.evaluate(batchOf(this.#data, indices));
      losses.push(evaluation.loss);
      scores.push(...evaluation.images.map(scoresOf));
    }
    return {
      loss: mean(losses),
      dice: mean(scores.map(({ dice }) => dice)),
      iou: mean(scores.map(({ iou }) => iou)),
    };
  }

  /**
   * Checks that PyTorch's trained weights give PyTorch's logits in the trainer and the predictor.
   */
  async checkTrained(engine: Engine): Promise<void> {
    const { logits } = loadTensors(this.#folder, "train/final_logits.safetensors");
    const [first] = this.#recorded.plan.test_batches;
    const most = first.length;
    const trainer = await this.#trainer(engine, "final.safetensors");
    const plan = planPrediction(graphOf(this.#network), this.#shape(most));
    const predictor = await engine.predictor(plan, this.#weights("final.safetensors"));
    for (let start = 0; start < logits.shape[0]; start += most) {
      const count = Math.min(most, logits.shape[0] - start);
      const indices = Array.from({ length: count }, (_, i) => start + i);
      const batch = batchOf(this.#data, indices);
      const predicted = await predictor.run(batch.images, count);
      const evaluated = count === most ? await trainer.logits(batch) : predicted;
      for (const [place, index] of indices.entries()) {
        const expected = firstAxis(logits, index);
        const shape = [count, ...expected.shape];
        for (const [what, data] of Object.entries({ predicted, evaluated })) {
          const got = firstAxis({ shape, data }, place);
          assertClose(`${what} logits of image ${index}`, got, expected, LOGITS_BOUND);
        }
      }
    }
    predictor.close();
    trainer.close();
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b) / values.length;
}
