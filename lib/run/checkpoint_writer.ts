/**
 * Writes a checkpoint: pictures before it, then the model files and the state, then what is made
 * from them. Only the pictures and the test vectors need the network: a GPU makes the next steps
 * while the rest is written.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { VERSION } from "../core/version.ts";
import type { Trainer } from "../engine/engine.ts";
import type { Choice } from "../model/choice.ts";
import { type PartCounts, partCounts } from "../model/model_card.ts";
import { readModel } from "../model/model_file.ts";
import { testVectorOf } from "../model/test_vector.ts";
import type { BatchSource, Checkpoint, Write } from "../train/loop.ts";
import { hasEnded, type Progress } from "../train/progress.ts";
import { withAverage } from "../train/with_average.ts";
import { chooseOnValidation } from "./choose_on_validation.ts";
import { epochModelFile, keepsEpoch } from "./epoch_models.ts";
import { EpochClock } from "./epoch_clock.ts";
import { appendEvents } from "./event_file.ts";
import { lossPicture } from "./pictures.ts";
import { ReportRefresh } from "./report_refresh.ts";
import { FILES } from "./run_folder.ts";
import { writeReport } from "./run_report.ts";
import { writeSamples, writeSnapshot } from "./session_pictures.ts";
import type { SessionRequest } from "./session_request.ts";
import { Timings } from "./timings.ts";

/** Saves checkpoints and the readable files that are made from them. */
export class CheckpointWriter {
  readonly clock: EpochClock;
  readonly #refresh = new ReportRefresh();
  readonly #parts: Record<string, PartCounts>;
  /** The epochs in the curves that this session drew last: saves within an epoch add none. */
  #drawnEpochs = 0;

  constructor(
    readonly request: SessionRequest,
    readonly trainer: Trainer,
    readonly batches: BatchSource,
    readonly timings: Timings,
    readonly dataHash: string,
  ) {
    const { train, validation, test, start } = request;
    this.#parts = {
      train: partCounts(train),
      validation: partCounts(validation),
      ...(test && { test: partCounts(test) }),
    };
    this.clock = new EpochClock(start);
  }

  /** Does what needs the network. With a GPU it returns what writes the rest. */
  async save(checkpoint: Checkpoint, best: boolean): Promise<Write | void> {
    const { request, trainer, batches, dataHash } = this;
    const { config, settings } = request;
    const { state, progress } = checkpoint;
    const isEpochEnd = progress.losses.length === 0;
    // This is written before the commit point. A run that is killed in between repeats the epoch
    // and its pictures.
    if (isEpochEnd) {
      await writeSnapshot(request, batches, trainer, progress.epoch);
    }
    // The pictures show the best model so far, and at the end the model that is kept.
    if (best || config.keep === "last" && this.#isAtEnd(progress)) {
      await writeSamples(request, batches, trainer, progress.epoch);
    }
    const vector = () => testVectorOf(trainer, config);
    const testVector = await vector();
    // A model file of the averaged weights belongs to a finished epoch.
    const averageVector = isEpochEnd ? await withAverage(trainer, state, vector) : undefined;
    const depth = request.bitsInUse && { bitsInUse: request.bitsInUse };
    const card = { version: VERSION, data: this.#parts, testVector, ...depth };
    const averageCard = averageVector && { ...card, testVector: averageVector };
    const choice = await this.#choiceAtEnd(checkpoint, best);
    const isKept = isEpochEnd && keepsEpoch(progress.epoch, settings.keepEvery);
    const epochFile = isKept ? epochModelFile(progress.epoch) : undefined;
    const unsaved = { ...checkpoint, config, dataHash, card, averageCard };
    const commit = () => request.run.save(unsaved, best, { choice, epochFile });
    const finishEpoch = () => this.clock.finishEpoch(progress.epoch, this.timings);
    // The CPU engine computes on this thread, too: steps beside the writing would gain nothing.
    if (request.engine.name !== "gpu") {
      await commit();
      const isNew = finishEpoch();
      await this.#writeReadable(progress, isNew);
      if (isNew) this.clock.start();
      return;
    }
    const isNew = finishEpoch();
    if (isNew) this.clock.start();
    return async () => {
      await commit();
      await this.#writeReadable(progress, isNew);
    };
  }

  /** Writes the files that are made from the checkpoint, and from its epoch if that is new. */
  async #writeReadable(progress: Progress, isNew: boolean): Promise<void> {
    const { request, timings } = this;
    const { run, config, settings, display } = request;
    if (isNew) await run.write(FILES.timings, timings.toCsv());
    if (progress.history.length > this.#drawnEpochs) {
      await run.write(FILES.loss, await lossPicture(progress.history, run.name));
      this.#drawnEpochs = progress.history.length;
    }
    if (!isNew) return;
    if (settings.tensorboard) {
      const warn = (text: string) => display.warn?.(text);
      await appendEvents({ run, history: progress.history, timings, warn });
    }
    // After the last epoch the report with the results follows at once.
    if (!hasEnded(progress, config)) {
      await this.#refresh.whenDue(
        () => writeReport({ run, config, progress, state: "training", spell: request.spell }),
        (why) => display.warn?.(`${FILES.report} is not written anew: ${why}`),
      );
    }
  }

  /** Whether the last epoch has just been made. */
  #isAtEnd(progress: Progress): boolean {
    return progress.losses.length === 0 && hasEnded(progress, this.request.config);
  }

  /** After the last epoch, what the validation images choose for the model that is kept. */
  async #choiceAtEnd({ progress, state }: Checkpoint, best: boolean): Promise<Choice | undefined> {
    const { request: { output, run, config, display }, trainer, batches } = this;
    if (!this.#isAtEnd(progress)) return undefined;
    if (best || config.keep === "last") return await chooseOnValidation(trainer, batches);
    try {
      const { weights, batchesTracked } = await readModel(output, run.file(FILES.best));
      await trainer.load({ weights, batchesTracked, step: 0 });
    } catch (error) {
      // A run ends without its best model, too.
      if (!(error instanceof InputError)) throw error;
      display.warn?.(`nothing is chosen by the validation images: ${error.message}`);
      return undefined;
    }
    const choice = await chooseOnValidation(trainer, batches);
    await trainer.load(state);
    return choice;
  }
}
