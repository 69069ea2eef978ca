/**
 * What must be known of the evaluated images to believe the figures: whether the models were made
 * with them, whether they are the files that they were, whether their masks fit.
 *
 * @module
 */
import { splitNamesOf } from "../dataset/split_file.ts";
import type { EvaluatedCase } from "../evaluate/evaluate.ts";
import type { FileStore } from "../store/store.ts";
import { runOf } from "./find_model.ts";
import type { InputHashes } from "./inputs.ts";
import { FILES, RunFolder } from "./run_folder.ts";

/** What a run did with images, which are named by path and by the hash of their file. */
interface RunUse {
  readonly model: string;
  readonly trained: ReadonlySet<string>;
  /** Those that selected the epoch of its best model; empty for another model of the run. */
  readonly selected: ReadonlySet<string>;
}

/** Counts while images are evaluated. */
export class LeakageCheck {
  readonly #uses: readonly (RunUse | undefined)[];
  readonly #trained: number[];
  readonly #selected: number[];
  #images = 0;
  /** The first mask of another size than its image, and their number. */
  #resized: { readonly first: string; count: number } | undefined;
  /** Images whose lesions vanish at the size of the evaluation. */
  #vanished = 0;

  private constructor(uses: readonly (RunUse | undefined)[]) {
    this.#uses = uses;
    this.#trained = uses.map(() => 0);
    this.#selected = uses.map(() => 0);
  }

  /** For models with these paths; reads the splits and manifests of their runs. */
  static async of(data: FileStore, models: readonly string[]): Promise<LeakageCheck> {
    return new LeakageCheck(await Promise.all(models.map((model) => runUse(data, model))));
  }

  /** Takes an evaluated image into account. */
  add({ pair, loaded }: EvaluatedCase): void {
    this.#images++;
    this.#uses.forEach((use, k) => {
      const isAmong = (images?: ReadonlySet<string>) =>
        images !== undefined && (images.has(loaded.sha256) || images.has(pair.image));
      if (isAmong(use?.trained)) this.#trained[k]++;
      else if (isAmong(use?.selected)) this.#selected[k]++;
    });
    if (loaded.resizedMasks > 0) {
      this.#resized ??= { first: pair.image, count: 0 };
      this.#resized.count += loaded.resizedMasks;
    }
    if (loaded.vanished) this.#vanished++;
  }

  /** How many of the images a model was trained on; `null` where its run does not tell. */
  trainedOn(model: number): number | null {
    return this.#uses[model] === undefined ? null : this.#trained[model];
  }

  /**
   * What a reader must know, as sentences; `patientsKnown` is the number of images whose patient is
   * known.
   */
  warnings(patientsKnown: number): string[] {
    return [
      ...this.#uses.flatMap((use, k) => use === undefined ? [] : this.#ofModel(use, k)),
      ...this.#ofMasks(),
      ...(patientsKnown === this.#images ? [] : [this.#ofPatients(patientsKnown)]),
    ];
  }

  #ofModel({ model }: RunUse, k: number): string[] {
    const [trained, selected, images] = [this.#trained[k], this.#selected[k], this.#images];
    const warnings: string[] = [];
    if (trained > 0) {
      warnings.push(
        `${trained} of these ${images} images were used to train ${model}: the figures do not tell how it does on ` +
          `new ones`,
      );
    }
    if (selected > 0) {
      warnings.push(
        `${selected} of these ${images} images selected the epoch of ${model}, so new images may do worse; with a split of ` +
          `three parts the test images select nothing`,
      );
    }
    return warnings;
  }

  #ofPatients(known: number): string {
    const which = known === 0
      ? "patients are unknown"
      : `patients are known for ${known} images only`;
    const others = known === 0 ? "several images" : "several of the others";
    return `${which}: if ${others} show one patient, the true intervals are wider`;
  }

  #ofMasks(): string[] {
    const warnings: string[] = [];
    if (this.#resized !== undefined) {
      const { first, count } = this.#resized;
      warnings.push(
        `${count === 1 ? "1 mask has" : `${count} masks have`} another size than the image and ` +
          `${count === 1 ? "was" : "were"} resized to it, the first for ${first}`,
      );
    }
    if (this.#vanished > 0) {
      warnings.push(
        `at this size the lesions of ${this.#vanished} of these ${this.#images} images vanish; they count as lesion-free`,
      );
    }
    return warnings;
  }
}

/**
 * Reads what a model's run did. `undefined` for a model outside of runs, or without a split beside
 * it.
 */
async function runUse(data: FileStore, model: string): Promise<RunUse | undefined> {
  const name = runOf(model);
  if (name === undefined) return undefined;
  const run = await RunFolder.folderOf(data, name);
  const text = await run.readText(FILES.split);
  if (text === undefined) return undefined;
  const parts = new Map(splitNamesOf(text, run.file(FILES.split)).parts);
  const manifest = await run.readJson(FILES.manifest) as { inputs?: InputHashes } | undefined;
  const hashes = new Map(Object.entries(manifest?.inputs ?? {}));
  const named = (images: readonly string[] = []) =>
    new Set(images.flatMap((image) => [image, hashes.get(image) ?? image]));
  const isBest = model === run.file(FILES.best);
  return {
    model,
    trained: named(parts.get("train")),
    selected: named(isBest ? parts.get("validation") : []),
  };
}
