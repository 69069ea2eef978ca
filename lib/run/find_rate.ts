/**
 * Finds a learning rate: a range test with the images, the network and the recipe of a run that is
 * not begun. Only the curve is kept.
 *
 * @module
 */
import { csvText } from "../core/csv.ts";
import { namedFiles } from "../store/named_files.ts";
import { Hold } from "../store/hold.ts";
import { checkOwnFolder, outputFolder, OWN } from "../store/own_files.ts";
import { findImages } from "../dataset/selection.ts";
import type { ChosenEngine } from "../engine/choose.ts";
import { rateChart } from "../report/rate_chart.ts";
import { configToJson, type TrainingConfig } from "../train/config.ts";
import { openTrainer } from "../train/open_trainer.ts";
import { type RateSuggestion, suggestedRate, TRIED_RATES, tryRates } from "../train/tried_rates.ts";
import { batchesOfRun, readyImages } from "./images_of_run.ts";
import { openEngine } from "./open_engine.ts";
import { newRun, type StartRequest } from "./start.ts";
import type { TrainDisplay, TrainRequest } from "./train_run.ts";

/** The files of a range test. */
export const RATE_FILES = {
  json: "find-lr.json",
  csv: "find-lr.csv",
  chart: "find-lr.svg",
} as const;

/** The settings of the run whose learning rate is wanted. */
export interface FindRateRequest
  extends
    Omit<StartRequest, "resume" | "fromPrevious" | "name">,
    Pick<TrainRequest, "autotune" | "signal"> {
  /** The folder to write into, in the output directory. Default: `find-lr`. */
  readonly out?: string | undefined;
}

/** Progress callbacks of a range test, in the order of the calls. */
export interface FindRateDisplay extends Pick<TrainDisplay, "tuning" | "reading" | "readingEnded"> {
  /** Called before the first step. */
  begin?(about: { readonly config: TrainingConfig; readonly chosen: ChosenEngine }): void;
  /** Called after each step with the number of steps. */
  trying?(done: number, total: number): void;
}

/** The result of a range test. */
export interface FoundRate {
  /** `undefined` where the loss never fell. */
  readonly suggestion: RateSuggestion | undefined;
  /** The folder of the files, relative to the output directory. */
  readonly out: string;
}

/**
 * Tries learning rates from 1e-6 to 1 and writes the curve. Returns `undefined` if the signal
 * stopped it; then nothing is written.
 *
 * @throws {InputError} if the request cannot be fulfilled.
 * @throws {DeviceError} if the device is missing or fails.
 */
export async function findRate(
  request: FindRateRequest,
  display: FindRateDisplay = {},
): Promise<FoundRate | undefined> {
  const { data, output = data, autotune, signal } = request;
  const start = await newRun(request);
  const out = await outputFolder(output, request.out ?? "find-lr");
  const { json, csv, chart } = RATE_FILES;
  await checkOwnFolder(output, out, json, OWN.rates, [json, csv, chart]);
  const images = await findImages(data, start.config, namedFiles(data, output));
  const config = { ...start.config, ...images.found.layout };
  const { settings } = start;
  const onTuning = () => display.tuning?.();
  const chosen = await openEngine(settings, { output, autotune, onTuning });
  const { engine } = chosen;
  try {
    const { parts, preparation } = await readyImages(
      request,
      { config, settings },
      engine,
      images,
      undefined,
      display,
    );
    display.begin?.({ config, chosen });
    const trainer = await openTrainer(engine, preparation, start.state());
    using batches = batchesOfRun(parts, { config, settings }, engine);
    const onStep = (done: number) => display.trying?.(done, TRIED_RATES.steps);
    const { accumulate } = config;
    const tried = await tryRates({ trainer, batches, accumulate, signal, onStep });
    if (signal?.aborted) return undefined;
    const suggestion = suggestedRate(tried);
    await using _hold = await Hold.of(output, out, "train");
    const about = {
      format: 1,
      suggestion: suggestion?.rate ?? null,
      fallen_at: suggestion?.fallen ?? null,
      steps: tried.length,
      config: configToJson(config),
    };
    await output.writeFile(`${out}/${json}`, `${JSON.stringify(about, null, 2)}\n`);
    const rows = tried.map(({ rate, loss, smoothed }) => ({ rate, loss, smoothed_loss: smoothed }));
    await output.writeFile(`${out}/${csv}`, csvText(["rate", "loss", "smoothed_loss"], rows));
    await output.writeFile(`${out}/${chart}`, await rateChart(tried, suggestion));
    return { suggestion, out };
  } finally {
    engine.close();
  }
}
