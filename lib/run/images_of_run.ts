/**
 * The images of a run: read and inspected, divided into parts, the run planned for them, and cut
 * into batches. A range test of learning rates makes all of it as the run would.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { atCommonDepth, Depth } from "../dataset/depth.ts";
import type { DuplicatePair } from "../dataset/duplicates.ts";
import { imagesPerEpoch } from "../dataset/lesion_free_share.ts";
import { MaskJudge } from "../dataset/masks.ts";
import { type Dataset, loadSamples, type SampleSet, samplesOf } from "../dataset/samples.ts";
import { type DividedImages, type FoundImages, splitImages } from "../dataset/selection.ts";
import type { Split } from "../dataset/split.ts";
import { splitToJson } from "../dataset/split_file.ts";
import type { Engine } from "../engine/engine.ts";
import { workersFor } from "../image/codecs/unpackers.ts";
import { Examiner } from "../inspect/examiner.ts";
import type { Inspection } from "../inspect/inspection.ts";
import { namedFiles } from "../store/named_files.ts";
import type { Folders } from "../store/store.ts";
import { batchSource } from "../train/batch_source.ts";
import { deviceAugmentation } from "../train/device_augmentation.ts";
import { checkImageMemory } from "../train/image_memory.ts";
import { checkBeforeReading, type Preparation, prepareRun } from "../train/preparation.ts";
import { FILES, type RunFolder } from "./run_folder.ts";
import type { TrainStart } from "./start.ts";

/** The bits by which runs read 16-bit images that do not record them. */
const FORMER_BITS = 16;

/** Where the images are, and what is asked of their split. */
export interface ImagesOfRunRequest extends Folders {
  /** A run whose split the new run must have. */
  readonly splitOf?: RunFolder | undefined;
}

/** Progress callbacks of reading. */
export interface ReadingDisplay {
  /** Called with the number of images that are read. */
  reading?(done: number, total: number): void;
  /** Called when reading has ended, also after an error. */
  readingEnded?(): void;
}

/** What a run takes from its start to read images. */
type Begin = Pick<TrainStart, "config" | "settings" | "saved">;

interface ReadImages {
  readonly dataset: Dataset;
  readonly duplicates: readonly DuplicatePair[];
  /** The inspection of the images of a new run. */
  readonly inspection?: Inspection;
}

/** The images of a run before its first step. */
export interface ReadyImages extends ReadImages {
  readonly divided: DividedImages;
  readonly parts: {
    readonly train: SampleSet;
    readonly validation: SampleSet;
    readonly test: SampleSet | undefined;
  };
  /** The plans and their cost. */
  readonly preparation: Preparation;
}

/**
 * Reads the images, divides them and plans the run. `known` is the division of a resumed run.
 *
 * @throws {InputError} if the images cannot be used, or if the run does not fit into memory.
 */
export async function readyImages(
  request: ImagesOfRunRequest,
  begin: Begin,
  engine: Engine,
  images: FoundImages,
  known: DividedImages | undefined,
  display: ReadingDisplay,
): Promise<ReadyImages> {
  const { data, output = data, splitOf } = request;
  const { config, settings } = begin;
  checkImageMemory(images.pairs, config, settings.memoryLimit);
  await checkBeforeReading(engine, config);
  const read = await readImages(request, begin, images, display);
  const { dataset, duplicates } = read;
  const divided = known ??
    await splitImages(namedFiles(data, output), config, images.pairs, duplicates);
  const { split } = divided;
  if (splitOf !== undefined) await checkSameSplit(splitOf, split);
  const parts = {
    train: samplesOf(dataset, split.train),
    validation: samplesOf(dataset, split.validation),
    test: split.test && samplesOf(dataset, split.test),
  };
  const preparation = await prepareRun(engine, config, [
    imagesPerEpoch(parts.train.samples, config.lesionFreeShare),
    split.validation.length,
    split.test?.length ?? 0,
  ]);
  return { ...read, divided, parts, preparation };
}

/** Cuts the images into batches, as the threads of the run and its engine make them. */
export function batchesOfRun(
  { train, validation }: Pick<ReadyImages["parts"], "train" | "validation">,
  { config, settings }: Pick<Begin, "config" | "settings">,
  engine: Engine,
): ReturnType<typeof batchSource> {
  return batchSource(train, validation, config, {
    threads: settings.threads ?? (navigator.hardwareConcurrency || 1),
    isDeviceAugmenting: deviceAugmentation(engine, config) !== undefined,
  });
}

/** Reads the images and inspects those of a new run. */
async function readImages(
  { data }: ImagesOfRunRequest,
  { config, settings: { threads }, saved }: Begin,
  { found, pairs }: FoundImages,
  display: ReadingDisplay,
): Promise<ReadImages> {
  const { width, height, fit, missingMasks } = config;
  const read = async (depth: Depth): Promise<ReadImages> => {
    const examiner = saved?.split === undefined ? new Examiner() : undefined;
    const dataset = await loadSamples(data, pairs, {
      width,
      height,
      fit,
      depth,
      onProgress: (done, total) => display.reading?.(done, total),
      workers: threads === null ? undefined : workersFor(threads),
      judge: new MaskJudge(config),
      annotations: found.annotations,
      onCase: examiner && ((loaded) => examiner.see(loaded)),
    });
    if (examiner === undefined) return { dataset, duplicates: [] };
    const folder = data.relative(config.images);
    return {
      dataset,
      duplicates: examiner.nearDuplicates(),
      inspection: examiner.inspection({ folder, pairing: found, missingMasks }),
    };
  };
  try {
    return await (saved === undefined
      ? atCommonDepth(read)
      : read(Depth.ofModel(saved.bitsInUse ?? FORMER_BITS)));
  } finally {
    display.readingEnded?.();
  }
}

/** Throws {@linkcode InputError} unless a run has this split. */
async function checkSameSplit(run: RunFolder, split: Split): Promise<void> {
  if (await run.readText(FILES.split) === splitToJson(split)) return;
  throw new InputError(
    `the images are no longer those of ${run.name}, so this run would have another split; put them ` +
      `back as they were`,
  );
}
