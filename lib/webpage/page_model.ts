/**
 * The model of a page on an engine of the browser.
 *
 * @module
 */
import { DeviceError } from "../core/errors.ts";
import { chooseEngine, type ChosenEngine, type EngineOptions } from "../engine/choose.ts";
import type { Predictor } from "../engine/engine.ts";
import { checkModel } from "../model/examine_model.ts";
import { type Model, modelOf } from "../model/model_file.ts";
import { inputConfig, networkToPredict } from "../model/model_input.ts";
import type { TrainingConfig } from "../train/config.ts";

/** Where a page may compute. */
export type Device = EngineOptions["device"];

/** A model that is ready to predict. */
export interface PageModel {
  readonly model: Model;
  readonly config: TrainingConfig;
  readonly predictor: Predictor;
  readonly engine: "cpu" | "gpu";
  /** What computes: the processor, or the name of the GPU. */
  readonly adapter: string;
  /** Why it was chosen. */
  readonly why: string;
  /** What the test vector of the model showed; `undefined` for a model without one. */
  readonly checked: string | undefined;
  /** The bytes that the network takes. */
  readonly bytes: number;
}

/**
 * Reads the model in a file and opens it. It computes on a GPU if there is one, and the self-test
 * and the model's test vector pass there; otherwise on one thread of the processor.
 *
 * @throws {InputError} for a file that is no model of this program.
 * @throws {DeviceError} if the device is missing, or computes the test vector wrongly.
 */
export async function openModel(file: Blob, path: string, device: Device): Promise<PageModel> {
  const model = await modelOf(new Uint8Array(await file.arrayBuffer()), path);
  const chosen = await chooseEngine({ device, threads: 1 });
  try {
    return await openOn(chosen, model);
  } catch (error) {
    chosen.engine.close();
    const isLast = device !== "auto" || chosen.engine.name === "cpu";
    if (isLast || !(error instanceof DeviceError)) throw error;
    const { engine } = await chooseEngine({ device: "cpu", threads: 1 });
    return await openOn({ engine, why: `auto: ${error.message}` }, model);
  }
}

async function openOn({ engine, why }: ChosenEngine, model: Model): Promise<PageModel> {
  const config = inputConfig(model);
  const { plan, weights } = networkToPredict(model, config, 1);
  const checked = model.info?.card && (await checkModel(engine, model)).figures;
  return {
    model,
    config,
    predictor: await engine.predictor(plan, weights),
    engine: engine.name,
    adapter: engine.adapter,
    why: String(why),
    checked,
    bytes: engine.memoryNeeded([plan]),
  };
}
