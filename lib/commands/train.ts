/**
 * `train`: trains a U-Net on the images in the data directory.
 *
 * @module
 */
import { DataFolder } from "../data/folder.ts";
import { type Dataset, loadSamples } from "../data/samples.ts";
import type { Engine } from "../engine/engine.ts";
import { networkOfConfig } from "../train/config.ts";
import { checkMemory, memoryOf, planRun, type RunCost } from "../train/cost.ts";
import { checkUnchanged, hashInputs } from "../train/inputs.ts";
import { findImages, type RunImages } from "../train/images.ts";
import { bestOf, type Progress } from "../train/progress.ts";
import { FILES, type RunFolder } from "../train/run_folder.ts";
import { runSession } from "../train/session.ts";
import { parameterCount } from "../unet/network.ts";
import { openEngine } from "./device.ts";
import { TrainingDisplay } from "./display.ts";
import { EXIT, Exit } from "./exit.ts";
import { finishReport } from "./report.ts";
import { onInterrupt } from "./interrupt.ts";
import { type Say, sayOnStdout } from "./say.ts";
import { givenConfig, givenSettings, trainCommand as commandWithOptions } from "./train_options.ts";
import { startOf, type TrainRequest, type TrainStart } from "./train_start.ts";
import { describeRun } from "./train_words.ts";
import { figure, positionOf, shellWord } from "./words.ts";

/** `train` with its options and its action. */
export function trainCommand() {
  return commandWithOptions().action(async (options) => {
    const { data, name, resume, fromPrevious, weights, config } = options;
    const result = await train(
      {
        data: await DataFolder.open(data),
        config: givenConfig(options),
        settings: givenSettings(options),
        name,
        resume,
        fromPrevious,
        weights,
        configFile: config,
      },
      sayOnStdout(),
    );
    if (result.interrupted) throw new Exit(EXIT.interrupted);
  });
}

/** How a training run ended. */
export interface TrainResult {
  readonly run: RunFolder;
  readonly images: RunImages;
  readonly progress: Progress;
  /** Stopped by Ctrl-C before its last epoch. */
  readonly interrupted: boolean;
}

/** Trains and says how it goes. Throws `InputError` before anything is written when something is wrong. */
export async function train(request: TrainRequest, say: Say): Promise<TrainResult> {
  const { data } = request;
  const begin = await startOf(request);
  const { run, config, settings, start, saved } = begin;
  const images = await findImages(data, config, saved?.split);
  const { split } = images;
  const cost = planRun(config, split.train.length, split.test.length);
  const engine = await openEngine(settings);
  try {
    checkMemory(engine, config, split.train.length, split.test.length);
    const datasets = await load(data, begin, images, say);
    const hashes = await hashInputs(data, split);
    if (saved !== undefined) await checkUnchanged(split, hashes, saved.dataHash, saved.manifest);
    sayBefore(begin, images, datasets, cost, engine, say);

    const display = new TrainingDisplay({
      epochs: config.epochs,
      start: start.epoch,
      trainImages: split.train.length,
      testImages: split.test.length,
      terminal: say.terminal,
      columns: () => say.columns(),
      write: (text) => say.write(text),
      now: () => performance.now(),
    });
    using interrupt = onInterrupt(() => {
      display.end();
      say.line("Finishing this step, then saving; press Ctrl-C again to end at once.");
    });
    const progress = await runSession({
      ...begin,
      engine,
      plans: cost.plans,
      split,
      ...datasets,
      hashes,
      state: begin.state(),
      display,
      signal: interrupt.signal,
    });
    display.end();
    const interrupted = progress.epoch < config.epochs;
    sayAfter(data, run, progress, interrupted, say);
    await finishReport({
      data,
      run,
      engine,
      config,
      progress,
      split,
      say,
      ...(interrupted ? { inAHurry: true } : { signal: interrupt.signal }),
    });
    return { run, images, progress, interrupted };
  } finally {
    engine.close();
  }
}

async function load(
  data: DataFolder,
  { config: { width, height } }: TrainStart,
  { split }: RunImages,
  say: Say,
): Promise<{ train: Dataset; test: Dataset }> {
  const total = split.train.length + split.test.length;
  const showing = (offset: number) => (done: number) => {
    if (say.terminal) say.write(`\r\x1b[Kreading images: ${offset + done} of ${total}`);
  };
  const options = (offset: number) => ({ width, height, onProgress: showing(offset) });
  try {
    const train = await loadSamples(data, split.train, options(0));
    const test = await loadSamples(data, split.test, options(split.train.length));
    return { train, test };
  } finally {
    if (say.terminal) say.write("\r\x1b[K");
  }
}

function sayBefore(
  { run, config, settings, start }: TrainStart,
  images: RunImages,
  datasets: { train: Dataset; test: Dataset },
  cost: RunCost,
  engine: Engine,
  say: Say,
): void {
  say.line(
    describeRun({
      run: run.name,
      config,
      settings,
      images,
      datasets,
      parameters: parameterCount(networkOfConfig(config)),
      flopsPerEpoch: cost.flopsPerEpoch,
      memoryBytes: memoryOf(engine, cost.plans),
      engine,
    }),
  );
  if (start.epoch > 0 || start.losses.length > 0) {
    say.line(`going on after ${positionOf(start)}`);
  }
  say.line();
}

function sayAfter(
  data: DataFolder,
  run: RunFolder,
  progress: Progress,
  interrupted: boolean,
  say: Say,
): void {
  if (interrupted) {
    say.line(`Stopped after ${positionOf(progress)}; everything is saved.`);
    const [folder, name] = [data.root, run.name].map(shellWord);
    say.line(`Go on with: DATA_DIR=${folder} deno task train --resume ${name}`);
    return;
  }
  const best = bestOf(progress.history)!;
  say.line();
  if (best.testDice !== null) {
    say.line(
      `Best test Dice ${
        figure(best.testDice)
      } in epoch ${best.epoch}. The test images chose this epoch, so ` +
        `new images may do worse.`,
    );
  }
  say.line(
    `Everything is in ${data.resolve(run.path)}: ${FILES.loss}, ${FILES.samples}/, ${FILES.best}`,
  );
  say.line("For research only; not a medical device.");
}
