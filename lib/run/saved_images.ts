/**
 * The images of a resumed run: those that its split.json names, and no others. Files beside them
 * are of no concern to the run.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { plural } from "../core/plural.ts";
import { firstOf } from "../core/printable.ts";
import { sentence, setting } from "../core/sentence.ts";
import { fileOfMask } from "../dataset/annotations/annotation_files.ts";
import { BUSI_LAYOUT, layoutWords, parseLayout } from "../dataset/layouts/layout.ts";
import { NOTHING } from "../dataset/left_out.ts";
import { findNamed, type FoundImages } from "../dataset/selection.ts";
import { partsOf, type Split } from "../dataset/split.ts";
import { splitFromJson, splitNamesOf } from "../dataset/split_file.ts";
import type { FileStore } from "../store/store.ts";
import type { TrainingConfig } from "../train/config.ts";
import { hasHash } from "./inputs.ts";
import { splitOfInputs } from "./split_of_inputs.ts";
import type { TrainStart } from "./start.ts";

/** The images of a run that was saved. */
export interface SavedImages extends FoundImages {
  readonly split: Split;
}

/** What a run saved about its images. */
type Saved = NonNullable<TrainStart["saved"]>;

/**
 * Finds the images and masks of a resumed run. No folder is searched, if the run's manifest lists
 * its files. A manifest that was lost or changed is not needed: then the masks are found by name.
 *
 * @throws {InputError} that names the files that are gone.
 */
export async function savedImages(
  data: FileStore,
  config: TrainingConfig,
  text: NonNullable<Saved["split"]>,
  { dataHash, manifest }: Pick<Saved, "dataHash" | "manifest">,
): Promise<SavedImages> {
  const listed = await splitOfManifest(text, manifest, dataHash);
  if (listed === undefined) {
    const names = splitNamesOf(text.text, text.name).parts.flatMap(([, images]) => images);
    const found = await findNamed(data, config, new Set(names));
    return { ...found, split: splitFromJson(text.text, found.pairs, text.name) };
  }
  const pairs = partsOf(listed).flatMap(([, pairs]) => pairs)
    .toSorted((a, b) => a.image < b.image ? -1 : 1);
  await checkThere(data, pairs.flatMap(({ image, masks }) => [image, ...masks]), text.name);
  const { masks, maskPattern, images } = config;
  // A run keeps the layout that it found. Older runs all had the usual one.
  const layout = { masks, maskPattern: maskPattern ?? BUSI_LAYOUT.maskPattern };
  const found = {
    layout,
    words: layoutWords(parseLayout(layout, data.relative(images))),
    others: [],
    lookalikes: [],
    ambiguous: [],
    rivals: [],
    pairs: pairs.filter(({ masks }) => masks.length > 0),
    unmasked: pairs.flatMap(({ image, masks }) => masks.length === 0 ? [image] : []),
    orphans: [],
  };
  return { found, total: pairs.length, pairs, leftOut: NOTHING, split: listed };
}

/** The split with the masks that the manifest lists, if both are those of the checkpoint. */
async function splitOfManifest(
  { text, name }: NonNullable<Saved["split"]>,
  { inputs }: Saved["manifest"],
  dataHash: string,
): Promise<Split | undefined> {
  if (inputs === undefined) return undefined;
  try {
    const split = splitOfInputs(text, inputs, name);
    return await hasHash(split, inputs, dataHash) ? split : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

async function checkThere(
  data: FileStore,
  files: readonly string[],
  source: string,
): Promise<void> {
  const gone: string[] = [];
  for (const file of new Set(files.map(fileOfMask))) {
    if (!await data.exists(file)) gone.push(file);
  }
  if (gone.length === 0) return;
  throw new InputError(
    sentence`the run of ${source} needs ${plural(gone.length, "file")} that ${
      gone.length === 1 ? "is" : "are"
    } not there: ${firstOf(gone)}; put back what is missing, or begin a new run from its model with
      ${setting("weights")}`,
  );
}
