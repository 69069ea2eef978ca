/**
 * Selects the images that a model is evaluated on.
 *
 * The default is the part that the run reports, never silently the training images. The part is
 * named, and training images are recognised by content, wherever the files are now.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import type { AnnotationFiles } from "../dataset/annotations/annotation_files.ts";
import { classesOf } from "../dataset/classes.ts";
import { discover, type DiscoverOptions } from "../dataset/discover.ts";
import { checkPairing } from "../dataset/check_pairing.ts";
import type { LeftOut } from "../dataset/left_out.ts";
import { type GivenMaskRules, type MaskRules, maskRules } from "../dataset/masks.ts";
import type { Pair, Pairing } from "../dataset/pairing.ts";
import type { Layout } from "../dataset/layouts/layout.ts";
import { type Groups, groupsOfPatients, joinGroups, type Patients } from "../dataset/groups.ts";
import type { PatientTable } from "../dataset/patient_table.ts";
import { patientsOf } from "../dataset/selection.ts";
import { reportedPart } from "../dataset/split.ts";
import { type SplitNames, splitNamesOf, writtenNamesOf } from "../dataset/split_file.ts";
import { withoutUnmaskedFolders } from "../dataset/unmasked_folders.ts";
import { MOST_PIXELS, MOST_SIDE } from "../image/codecs/header.ts";
import type { Size } from "../model/input_scaling.ts";
import { type Model } from "../model/model_file.ts";
import { SMALLEST_SIDE } from "../network/network.ts";
import { namedFiles } from "../store/named_files.ts";
import type { FileReader, Folders } from "../store/store.ts";
import { checkPatients, DEFAULT_CONFIG, type TrainingConfig } from "../train/config.ts";
import { runOf } from "./find_model.ts";
import { FILES } from "./run_folder.ts";

/** The request. Absent fields follow from the run of the model. */
export interface ImagesRequest extends Folders, GivenMaskRules {
  readonly model: Model;
  /** A split file in the form of `split.json`. */
  readonly split?: string | undefined;
  /** The part of the split: "train", "validation", "test"; by default the reported part. */
  readonly part?: string | undefined;
  /** A folder of images. Without a split, all its images are evaluated. */
  readonly images?: string | undefined;
  readonly masks?: readonly string[] | undefined;
  readonly maskPattern?: readonly string[] | undefined;
  readonly missingMasks?: "error" | "empty" | undefined;
  /** A table of patients, or a pattern that finds the patient in a path. */
  readonly patients?: string | undefined;
  readonly patientPattern?: string | undefined;
}

/** The images to evaluate. */
export interface ChosenImages {
  /** The part of the split, or "all". */
  readonly part: string;
  /** Whether a model with this split is reported on this part. */
  readonly isReported: boolean;
  /** The path of the split file, relative to the data directory; `null` without a split. */
  readonly split: string | null;
  readonly pairs: readonly Pair[];
  /** The layout of the images and masks, in words. */
  readonly layout: string;
  readonly classes: ReadonlyMap<string, string>;
  /** The group of each grouped image: its patient, or the first of several duplicates. */
  readonly groups: ReadonlyMap<string, string>;
  /** The number of images whose patient is known. */
  readonly patientsKnown: number;
  readonly leftOut: LeftOut;
  /** The table that the patients come from. */
  readonly patientTable?: PatientTable;
  /** Which pixels of a mask are lesion. */
  readonly rules: MaskRules;
  /** The annotation files that were read, when outlines in them are the masks. */
  readonly annotations?: AnnotationFiles | undefined;
}

/**
 * Finds the images.
 *
 * @throws {InputError} if the choice of images is ambiguous, an image or mask is missing, or there
 *   are no images.
 */
export async function chooseImages(request: ImagesRequest): Promise<ChosenImages> {
  const { data, output = data, model } = request;
  checkPatients(request);
  const config = model.info?.config ?? DEFAULT_CONFIG;
  const missingMasks = request.missingMasks ?? config.missingMasks;
  const split = await splitFor(request);
  const images = request.images ?? (request.split === undefined ? config.images : ".");
  const given = maskRules(request);
  // One rule that is given replaces both of training.
  const rules = Object.values(given).some((rule) => rule !== null) ? given : config;
  const { maskClass } = rules;
  const within = data.relative(images);
  const reported = split && reportedPart(Object.fromEntries(split.names.parts));
  const part = reported === undefined ? "all" : request.part ?? reported;
  const named = split === undefined ? [] : namesOf(split, part);
  const layout = layoutFor(request, config);
  const all = await discover(data, { ...layout, maskClass, within, named });
  // A split names its images, whatever folder they lie in.
  const { pairing: found, folders } = split === undefined
    ? withoutUnmaskedFolders(all, within, missingMasks)
    : { pairing: all, folders: [] };
  const leftOut = { ...all.leftOut, unmasked: folders };
  const pairs = split === undefined
    ? checkPairing(found, { missingMasks })
    : pairsOf(named, found, missingMasks, split.path);
  if (pairs.length === 0) throw new InputError(`there are no images in ${images}`);
  const paths = pairs.map(({ image }) => image);
  const files = namedFiles(data, output);
  const { patients = split?.names.patients, table } = await patientsOf(files, request, paths);
  return {
    part,
    isReported: part === reported,
    split: split?.path ?? null,
    pairs,
    layout: found.words,
    classes: classesOf([...found.pairs.map(({ image }) => image), ...found.unmasked]),
    groups: groupOfEach(paths, split?.names.groups ?? [], patients ?? new Map()),
    patientsKnown: paths.filter((image) => patients?.has(image)).length,
    leftOut,
    ...(table && { patientTable: table }),
    rules,
    annotations: found.annotations,
  };
}

/**
 * The layout that is told. The model's own images have its layout; other images may have another,
 * but its layout is tried first.
 */
function layoutFor(
  { images, masks, maskPattern }: ImagesRequest,
  model: Pick<TrainingConfig, "masks" | "maskPattern">,
): DiscoverOptions {
  if (masks !== undefined || maskPattern !== undefined) return { masks, maskPattern };
  if (images === undefined || model.maskPattern === null) return model;
  const usual: Layout = { masks: model.masks, maskPattern: model.maskPattern };
  return { usual };
}

/** Throws {@linkcode InputError} for a size at which no image can be evaluated, px. */
export function checkEvalSize({ width, height }: Size): void {
  const sides = [width, height].every((side) => side >= SMALLEST_SIDE && side <= MOST_SIDE);
  if (sides && width * height <= MOST_PIXELS) return;
  throw new InputError(
    sentence`${setting("evalSize")} is ${width}x${height}; expected sides from ${SMALLEST_SIDE} to
      ${MOST_SIDE} px and at most ${MOST_PIXELS} px in all`,
  );
}

/** A split file and its content. */
interface FoundSplit {
  readonly path: string;
  readonly names: SplitNames;
}

/** The given split or the run's own; `undefined` for a folder of images without a split. */
async function splitFor(request: ImagesRequest): Promise<FoundSplit | undefined> {
  const { data, output = data, model, split, part, images } = request;
  const files = namedFiles(data, output);
  if (split === undefined && images !== undefined) {
    if (part === undefined) return undefined;
    throw new InputError(
      sentence`${setting("part", part)} needs a split: give ${setting("split", "FILE")} beside
        ${setting("images")}, or leave ${
        setting("images")
      } out to take the split of the model's run`,
    );
  }
  if (split !== undefined) return await readSplit(files, split, writtenNamesOf);
  const run = runOf(model.path);
  const path = `runs/${run}/${FILES.split}`;
  if (run !== undefined && await files.exists(path)) {
    return await readSplit(files, path, splitNamesOf);
  }
  const why = run === undefined ? "lies in no run" : `has no ${FILES.split} beside it`;
  throw new InputError(
    sentence`${model.path} ${why}, so the images that it did not see are not known; name them with
      ${setting("split", "FILE")}, or a folder of images with ${setting("images", "FOLDER")}`,
  );
}

/** Reads a split. The part names of old run folders are converted; those of another file stay. */
async function readSplit(
  files: FileReader,
  file: string,
  read: typeof splitNamesOf,
): Promise<FoundSplit> {
  const path = files.relative(file);
  const text = await files.readText(path);
  return { path, names: read(text, path) };
}

function namesOf({ path, names: { parts } }: FoundSplit, part: string): readonly string[] {
  const found = parts.find(([name]) => name === part);
  if (found !== undefined) return found[1];
  const names = parts.map(([name]) => name);
  throw new InputError(
    sentence`${setting("part", part)} is not in ${path}; it has ${names.join(" and ")}`,
  );
}

/** The images of these names with their masks. */
function pairsOf(
  names: readonly string[],
  { pairs, unmasked }: Pairing,
  missingMasks: "error" | "empty",
  source: string,
): Pair[] {
  const known = new Map(pairs.map((pair) => [pair.image, pair]));
  const without = new Set(unmasked);
  return names.map((image) => {
    const pair = known.get(image);
    if (pair !== undefined) return pair;
    if (!without.has(image)) {
      throw new InputError(`${source} names ${image}, which is not among the images found`);
    }
    if (missingMasks === "empty") return { image, masks: [] };
    throw new InputError(
      sentence`${image} has no mask; add it, or take it as an image without a lesion with
        ${setting("missingMasks", "empty")}`,
    );
  });
}

/**
 * Names each group by a patient in it, else by its first image. An image that is alone in its group
 * has no group.
 */
function groupOfEach(
  images: readonly string[],
  alike: Groups,
  patients: Patients,
): Map<string, string> {
  const evaluated = new Set(images);
  const known = new Map([...patients].filter(([image]) => evaluated.has(image)));
  const groups = new Map(known);
  for (const group of joinGroups([...alike, ...groupsOfPatients(known)])) {
    const members = group.filter((image) => evaluated.has(image));
    const patient = members.map((image) => known.get(image)).find((name) => name !== undefined);
    if (members.length < 2) continue;
    for (const image of members) groups.set(image, patient ?? members[0]);
  }
  return groups;
}
