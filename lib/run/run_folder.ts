/**
 * The folder of a run: `runs/NAME/` in the data directory.
 *
 * `last.safetensors` holds everything that the run needs to resume and is the one commit point.
 * Each file is replaced as a whole: the best model before the last checkpoint, the readable files
 * after it. A run that was killed between two files writes them again when it is resumed. The
 * checkpoint before the last stays as `previous.safetensors`, in case the last one is damaged.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { parseJson } from "../core/json.ts";
import { folderName } from "../core/paths.ts";
import { sentence, setting } from "../core/sentence.ts";
import { RUNS_FOLDER } from "../dataset/image_files.ts";
import { decodeRun, encodeModel, encodeRun, type SavedRun } from "../model/checkpoint.ts";
import type { Choice } from "../model/choice.ts";
import { readModel } from "../model/model_file.ts";
import type { TensorHashes } from "../model/sealed_entry.ts";
import { LOCK_FILE } from "../store/hold.ts";
import type { FileStore } from "../store/store.ts";
import type { HistoryRow } from "../train/progress.ts";
import { historyCsv } from "./history_csv.ts";
import { checkName, isName, plainName } from "./run_name.ts";
import {
  averagedModel,
  bestModel,
  epochModel,
  type UnsavedModel,
  type UnsavedRun,
  withChoice,
} from "./saved_models.ts";

/** The files of a run. */
export const FILES = {
  config: "config.json",
  split: "split.json",
  manifest: "manifest.json",
  history: "history.csv",
  timings: "timings.csv",
  events: "events.out.tfevents.0.sonoseg",
  last: "last.safetensors",
  previous: "previous.safetensors",
  best: "best.safetensors",
  ema: "ema.safetensors",
  test: "test.json",
  inspection: "inspect.json",
  augmented: "augmented.png",
  loss: "loss.png",
  report: "report.html",
  results: "results.png",
  metrics: "metrics.json",
  together: "together.json",
  samples: "samples",
  snapshots: "snapshots",
  epochs: "epochs",
  predictions: "predictions",
  evaluation: "evaluation",
} as const;

/** The file of the model that a run keeps. */
export function keptFile({ keep }: { readonly keep: "best" | "last" }): string {
  return keep === "last" ? FILES.last : FILES.best;
}

/** A run's folder. */
export class RunFolder {
  readonly #data: FileStore;
  readonly name: string;
  /** The folder, relative to the data directory. */
  readonly path: string;
  /** The hash of the best model that was last written, or that the loaded checkpoint names. */
  #bestHash: string | undefined;
  /** The same of the averaged weights. */
  #averageHash: string | undefined;
  /**
   * Whether `last.safetensors` is known to be valid. Only a valid file may replace
   * `previous.safetensors`.
   */
  #lastIsGood = false;

  private constructor(data: FileStore, name: string) {
    this.#data = data;
    this.name = name;
    this.path = `${RUNS_FOLDER}/${name}`;
  }

  /**
   * A run that has no file yet. Nothing is written.
   *
   * @throws {InputError} if the name is not a valid folder name, or is taken.
   */
  static async fresh(data: FileStore, name: string): Promise<RunFolder> {
    checkName(name);
    const run = new RunFolder(data, name);
    const kind = await data.kindOf(run.path);
    const entries = kind === "folder" ? await data.list(run.path) : [];
    const isFree = kind === undefined ||
      kind === "folder" && entries.every(({ name }) => name === LOCK_FILE);
    if (isFree) return run;
    throw new InputError(
      await run.#hasCheckpoint()
        ? sentence`there is already a run ${name} (${run.path}): choose another ${setting("name")},
            or go on with it: ${setting("resume", name)}`
        : sentence`there is already a run ${name} (${run.path}) that was stopped before its first
            checkpoint: choose another ${setting("name")}, or remove that folder`,
    );
  }

  /**
   * An existing run folder with any content.
   *
   * @throws {InputError} if it is missing; the message lists the runs.
   */
  static async folderOf(data: FileStore, name: string): Promise<RunFolder> {
    const plain = plainName(name);
    if (isName(plain)) {
      const run = new RunFolder(data, plain);
      if (await data.kindOf(run.path) === "folder") return run;
    }
    // A folder that was renamed or copied may have a name that no new run gets.
    const names = await runNames(data);
    const found = names.find((one) => one.normalize("NFC") === plain.normalize("NFC"));
    if (found !== undefined) return new RunFolder(data, found);
    checkName(plain);
    const there = names.length === 0 ? "there is no run yet" : `there are: ${names.join(", ")}`;
    throw new InputError(`there is no run ${plain} in ${RUNS_FOLDER}/; ${there}`);
  }

  /**
   * A run with a checkpoint.
   *
   * @throws {InputError} if there is none.
   */
  static async existing(data: FileStore, name: string): Promise<RunFolder> {
    const run = await RunFolder.folderOf(data, name);
    if (await run.#hasCheckpoint()) return run;
    throw new InputError(
      `run ${run.name} was stopped before its first checkpoint (no ${run.file(FILES.last)}): ` +
        `there is nothing to go on with; begin a new run`,
    );
  }

  async #hasCheckpoint(): Promise<boolean> {
    return await this.has(FILES.last) || await this.has(FILES.previous);
  }

  /** The path of a file of the run, relative to the data directory. */
  file(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Writes a file of the run. Missing folders are created. */
  async write(name: string, content: string | Uint8Array): Promise<void> {
    const path = this.file(name);
    await this.#data.makeFolder(folderName(path));
    await this.#data.writeFile(path, content);
  }

  /** Appends bytes to a file of the run. It must exist. */
  append(name: string, bytes: Uint8Array): Promise<void> {
    return this.#data.appendFile(this.file(name), bytes);
  }

  /** Writes plain data as indented JSON. */
  writeJson(name: string, value: unknown): Promise<void> {
    return this.write(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  /** Whether the run has something of this name. */
  has(name: string): Promise<boolean> {
    return this.#data.exists(this.file(name));
  }

  /** Reads a file of the run as text; `undefined` if it is missing. */
  async readText(name: string, options?: { limit?: number }): Promise<string | undefined> {
    if (!await this.has(name)) return undefined;
    return await this.#data.readText(this.file(name), options);
  }

  /** Reads a file of the run; `undefined` if it is missing. */
  async readBytes(
    name: string,
    options: { readonly limit: number },
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!await this.has(name)) return undefined;
    return await this.#data.readFile(this.file(name), options);
  }

  /** The sorted names of the files in a folder of the run; empty if it is missing. */
  async list(folder: string): Promise<string[]> {
    if (await this.#data.kindOf(this.file(folder)) !== "folder") return [];
    const entries = await this.#data.list(this.file(folder));
    return entries.filter(({ kind }) => kind === "file").map(({ name }) => name);
  }

  /** Reads a JSON file of the run; `undefined` if it is missing. */
  async readJson(name: string, options?: { limit?: number }): Promise<unknown> {
    const text = await this.readText(name, options);
    return text === undefined ? undefined : parseJson(text, this.file(name));
  }

  /**
   * Reads the last checkpoint.
   *
   * @throws {InputError} if it is damaged.
   */
  async readLast(): Promise<SavedRun> {
    const saved = await this.#read(FILES.last);
    this.#lastIsGood = true;
    return saved;
  }

  /**
   * Reads the checkpoint before the last.
   *
   * @throws {InputError} if it is missing or damaged.
   */
  async readPrevious(): Promise<SavedRun> {
    const saved = await this.#read(FILES.previous);
    this.#lastIsGood = false;
    return saved;
  }

  async #read(file: string): Promise<SavedRun> {
    const path = this.file(file);
    const saved = await decodeRun(await this.#data.readFile(path), path);
    this.#bestHash = saved.bestHash;
    this.#averageHash = saved.averageHash;
    return saved;
  }

  /**
   * Saves a checkpoint: the best model, the averaged weights and the epoch's model, then the commit
   * point, then the readable history. The averaged weights are those of a finished epoch. A choice
   * is stored in the card of the model that the run keeps. `epochFile` is the file of the epoch's
   * model, where it is kept.
   */
  async save(
    run: UnsavedRun,
    best: boolean,
    { choice, epochFile }: {
      readonly choice?: Choice | undefined;
      readonly epochFile?: string | undefined;
    } = {},
  ): Promise<void> {
    const hashes: TensorHashes = new Map();
    const keepsBest = run.config.keep === "best";
    if (best) {
      const model = bestModel(run, keepsBest ? choice : undefined);
      this.#bestHash = await this.#writeModel(FILES.best, model, hashes);
    } else if (keepsBest && choice !== undefined) {
      await this.#writeChoice(choice);
    }
    const averaged = averagedModel(run);
    if (averaged) this.#averageHash = await this.#writeModel(FILES.ema, averaged, hashes);
    if (epochFile !== undefined) await this.#writeModel(epochFile, epochModel(run), hashes);
    const [bestHash, averageHash] = [this.#bestHash, this.#averageHash];
    // The choice is for the last weights, too, where these are the best.
    const card = run.card && withChoice(run.card, keepsBest && !best ? undefined : choice);
    const checkpoint = await encodeRun({
      ...run,
      ...(card && { card }),
      ...(bestHash && { bestHash }),
      ...(averageHash && { averageHash }),
    }, hashes);
    if (this.#lastIsGood) {
      await this.#data.keepAs(this.file(FILES.last), this.file(FILES.previous));
    }
    await this.write(FILES.last, checkpoint);
    this.#lastIsGood = true;
    await this.writeHistory(run.progress.history);
  }

  /** Writes a model. Returns the SHA-256 of its file. */
  async #writeModel(
    name: string,
    { state, info }: UnsavedModel,
    hashes: TensorHashes,
  ): Promise<string> {
    const model = await encodeModel(state, info, hashes);
    await this.write(name, model);
    return await sha256(model);
  }

  /** Writes the best model again, with a choice in its card; not a model without a card. */
  async #writeChoice(choice: Choice): Promise<void> {
    const { weights, batchesTracked, info } = await readModel(this.#data, this.file(FILES.best));
    if (info?.card === undefined) return;
    const model = {
      state: { weights, batchesTracked, step: 0 },
      info: { ...info, card: withChoice(info.card, choice) },
    };
    this.#bestHash = await this.#writeModel(FILES.best, model, new Map());
  }

  /** Writes `history.csv`. */
  writeHistory(history: readonly HistoryRow[]): Promise<void> {
    return this.write(FILES.history, historyCsv(history));
  }
}

/** The names of all run folders, in alphabetical order. */
export async function runNames(data: FileStore): Promise<string[]> {
  if (await data.kindOf(RUNS_FOLDER) !== "folder") return [];
  const entries = await data.list(RUNS_FOLDER);
  return entries.filter(({ kind }) => kind === "folder").map(({ name }) => name);
}
