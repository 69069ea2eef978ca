/**
 * The models of single epochs that a run keeps if it is asked to, in `epochs/`. Several of them
 * predict together as one model: an ensemble of snapshots.
 *
 * A model belongs to its epoch alone, so a run that is resumed writes the bytes of one that was not
 * stopped.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import { epochFile, epochOf } from "./epoch_files.ts";
import { FILES, type RunFolder } from "./run_folder.ts";

/** Whether the model of an epoch is kept: of every `every`-th one. 0 keeps none. */
export function keepsEpoch(epoch: number, every: number): boolean {
  return every > 0 && epoch % every === 0;
}

/** The file of an epoch's model in the run's folder: "epochs/epoch 0010.safetensors". */
export function epochModelFile(epoch: number): string {
  return `${FILES.epochs}/${epochFile(epoch, "safetensors")}`;
}

/** The epochs whose models a run has kept, in order. Other files are left alone. */
export async function keptEpochs(run: RunFolder): Promise<number[]> {
  const epochs = (await run.list(FILES.epochs)).map((file) => epochOf(file, "safetensors"))
    .filter((epoch) => epoch !== undefined);
  return epochs.filter((epoch) => epoch > 0).sort((a, b) => a - b);
}

/**
 * The paths of the models that a run kept of its epochs: of all, or of those in `range`, such as
 * "30-40" or "30-".
 *
 * @throws {InputError} if there is none, or `range` is no range.
 */
export async function epochModels(run: RunFolder, range?: string): Promise<string[]> {
  const all = await keptEpochs(run);
  if (all.length === 0) {
    throw new InputError(
      sentence`run ${run.name} has kept no models of single epochs: it was trained without
        ${setting("keepEvery")}`,
    );
  }
  const [from, to] = range === undefined ? [1, Infinity] : limitsOf(run.name, range);
  const epochs = all.filter((epoch) => epoch >= from && epoch <= to);
  if (epochs.length === 0) {
    throw new InputError(
      `run ${run.name} has kept no model of the epochs ${range}; it has those of ${inWords(all)}`,
    );
  }
  return epochs.map((epoch) => run.file(epochModelFile(epoch)));
}

function limitsOf(name: string, range: string): [from: number, to: number] {
  const [, from, to] = /^(\d{1,7})-(\d{0,7})$/.exec(range) ?? [];
  if (from !== undefined) return [Number(from), to === "" ? Infinity : Number(to)];
  throw new InputError(
    `${name}/${FILES.epochs}/${range} names no epochs of run ${name}; expected a range such as ` +
      `${name}/${FILES.epochs}/30-40 or ${name}/${FILES.epochs}/30-`,
  );
}

/** The most epochs that a sentence lists. */
const LISTED = 12;

/** Epochs in a sentence. */
function inWords(epochs: readonly number[]): string {
  const some = epochs.length > LISTED ? [...epochs.slice(0, LISTED - 1), "..."] : epochs;
  const last = epochs.length > LISTED ? [epochs.at(-1)] : [];
  return `epoch${epochs.length === 1 ? "" : "s"} ${[...some, ...last].join(", ")}`;
}
