/**
 * Finds reasons to doubt evaluation figures: images that the model was trained on or selected by,
 * changed files, and masks that do not fit.
 *
 * @module
 */
import { plural } from "../core/plural.ts";
import { RUNS_FOLDER } from "../dataset/image_files.ts";
import { splitNamesOf } from "../dataset/split_file.ts";
import type { EvaluatedCase } from "../evaluate/evaluate.ts";
import type { FileReader } from "../store/store.ts";
import { runOf } from "./find_model.ts";
import { forInformation } from "./for_information.ts";
import { manifestAt } from "./manifest.ts";
import { FILES } from "./run_folder.ts";

/** The use of images in a run. An image is known by its path and by the hash of its file. */
interface RunUse {
  readonly model: string;
  readonly trained: ReadonlySet<string>;
  /** The images that selected the best epoch; empty for another model of the run. */
  readonly selected: ReadonlySet<string>;
  /** Why images are known by their paths alone; `undefined` where they are not. */
  readonly damage: string | undefined;
}

/** Collects counts during an evaluation. */
export class LeakageCheck {
  readonly #uses: readonly (RunUse | undefined)[];
  readonly #trained: number[];
  readonly #selected: number[];
  #images = 0;
  /** The first mask whose size differs from that of its image, and the number of such masks. */
  #resized: { readonly first: string; count: number } | undefined;
  /** The number of images whose lesions vanish at the evaluation size. */
  #vanished = 0;

  private constructor(uses: readonly (RunUse | undefined)[]) {
    this.#uses = uses;
    this.#trained = uses.map(() => 0);
    this.#selected = uses.map(() => 0);
  }

  /**
   * Creates a check for models; each is the path of one, or of several that predict together. Reads
   * the splits and manifests of their runs.
   */
  static async of(
    files: FileReader,
    models: readonly (readonly string[])[],
  ): Promise<LeakageCheck> {
    return new LeakageCheck(
      await Promise.all(
        models.map(async (members) =>
          together(await Promise.all(members.map((model) => runUse(files, model))))
        ),
      ),
    );
  }

  /** Adds an evaluated image to the counts. */
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

  /** The number of images that a model was trained on; `null` if its run does not record them. */
  trainedOn(model: number): number | null {
    return this.#uses[model] === undefined ? null : this.#trained[model];
  }

  /**
   * Warnings for the reader, as sentences. `patientsKnown` is the number of images with a known
   * patient.
   */
  warnings(patientsKnown: number): string[] {
    return [
      ...this.#uses.flatMap((use, k) => use === undefined ? [] : this.#ofModel(use, k)),
      ...this.#ofMasks(),
      ...(patientsKnown === this.#images ? [] : [this.#ofPatients(patientsKnown)]),
    ];
  }

  #ofModel({ model, damage }: RunUse, k: number): string[] {
    const [trained, selected, images] = [this.#trained[k], this.#selected[k], this.#images];
    const warnings: string[] = [];
    if (damage !== undefined) {
      warnings.push(
        `${damage}: images that ${model} was trained on are known by their paths alone`,
      );
    }
    if (trained > 0) {
      warnings.push(
        `${trained} of the ${plural(images, "image")} ${
          trained === 1 ? "was" : "were"
        } used to train ${model}: the figures do not tell how it does on ` +
          `new ones`,
      );
    }
    if (selected > 0) {
      warnings.push(
        `${selected} of the ${
          plural(images, "image")
        } selected the epoch of ${model}, so new images may do worse; with a split of ` +
          `three parts the test images select nothing`,
      );
    }
    return warnings;
  }

  #ofPatients(known: number): string {
    const which = known === 0
      ? "patients are unknown"
      : `patients are known for ${plural(known, "image")} only`;
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

/** The use of images by several models; `undefined` if nothing is known of any. */
function together(uses: readonly (RunUse | undefined)[]): RunUse | undefined {
  const known = uses.filter((use) => use !== undefined);
  if (known.length === 0) return undefined;
  return {
    model: known.map(({ model }) => model).join(", "),
    trained: new Set(known.flatMap(({ trained }) => [...trained])),
    selected: new Set(known.flatMap(({ selected }) => [...selected])),
    damage: known.find(({ damage }) => damage !== undefined)?.damage,
  };
}

/**
 * Reads the use of images in a model's run; `undefined` for a model outside a run, or without a
 * split.
 */
async function runUse(files: FileReader, model: string): Promise<RunUse | undefined> {
  const name = runOf(model);
  if (name === undefined) return undefined;
  const path = (file: string) => `${RUNS_FOLDER}/${name}/${file}`;
  const [split, record] = [path(FILES.split), path(FILES.manifest)];
  if (!await files.exists(split)) return undefined;
  const parts = new Map(splitNamesOf(await files.readText(split), split).parts);
  let damage: string | undefined;
  const manifest = await files.exists(record)
    ? await forInformation(
      () => manifestAt(files, record),
      (why) => damage = why,
    )
    : undefined;
  const hashes = new Map(Object.entries(manifest?.inputs ?? {}));
  const named = (images: readonly string[] = []) =>
    new Set(images.flatMap((image) => [image, hashes.get(image) ?? image]));
  const isBest = model === path(FILES.best);
  return {
    model,
    trained: named(parts.get("train")),
    selected: named(isBest ? parts.get("validation") : []),
    damage,
  };
}
