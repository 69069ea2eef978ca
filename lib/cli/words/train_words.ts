/**
 * The text before a run begins: its settings, the findings, the expected cost.
 *
 * @module
 */
import {
  type BitsInUse,
  type ChosenEngine,
  CONFIG_KEYS,
  type DatasetCounts,
  graphOf,
  isSplitFile,
  largestOf,
  leaksOf,
  networkOfConfig,
  partsOf,
  patientTableInWords,
  type PreparedRun,
  PURPOSE,
  seedOfSplit,
  type TrainingConfig,
  visibleLine,
} from "../../mod.ts";
import { flagOf } from "../options/flags.ts";
import { describeDevice } from "./engine_words.ts";
import { recipeRows } from "./recipe_words.ts";
import { batchWords, bytes, count, flops, plural, table } from "./words.ts";

/** Arguments of {@linkcode describeRun}. */
export interface RunFacts {
  readonly run: string;
  readonly config: TrainingConfig;
  readonly images: PreparedRun["images"];
  readonly counts: DatasetCounts;
  readonly bitsInUse?: BitsInUse | undefined;
  readonly parameters: number;
  readonly flopsPerEpoch: number;
  readonly memoryBytes: number;
  readonly chosen: ChosenEngine;
}

const LISTED_FILES = 3;

/** The lines before the first step. */
export function describeRun(facts: RunFacts): string {
  const { config, chosen, images, counts } = facts;
  const lines = [
    `run ${facts.run}`,
    table([
      ...recipeRows(config),
      ...configRows(config),
      ["device", describeDevice(chosen)],
    ]),
    `layout: ${images.found.words}`,
    "found",
    table([...foundRows(images, counts), ...splitRows(images)]),
    "cost",
    table([
      ["parameters", count(facts.parameters)],
      ["work", `${flops(facts.flopsPerEpoch)} per epoch`],
      ["memory", describeMemory(facts.memoryBytes, chosen.engine.memoryLimit)],
    ]),
  ];
  for (const { kind, files } of images.found.others) {
    lines.push(`left out: ${plural(files.length, "mask")} of another kind: ${kind}`);
  }
  if (counts.lesionFree === counts.images) {
    lines.push(
      "warning: no image has a lesion: the network can only learn to find nothing; are these the " +
        "right masks? (--masks, --mask-pattern)",
    );
  }
  if (facts.bitsInUse !== undefined) lines.push(`note: ${depthWords(facts.bitsInUse)}`);
  const { rescaled } = counts;
  if (rescaled.length > 0) {
    const more = rescaled.length > LISTED_FILES
      ? `, and ${rescaled.length - LISTED_FILES} more`
      : "";
    lines.push(
      `note: ${
        plural(rescaled.length, "mask")
      } of two other levels or colours taken as black and white ` +
        `(${visibleLine(rescaled.slice(0, LISTED_FILES).join(", "))}${more})`,
    );
  }
  return lines.join("\n");
}

/** How 16-bit images became grey: all alike, by so many bits. */
function depthWords(bits: BitsInUse): string {
  const most = largestOf(bits);
  return `images with more than 8 bits per sample use ${bits} bits: 0 to ${most} became 0 to 255, ` +
    `in all of them alike`;
}

/**
 * Describes memory. The limit is infinite on a GPU without `--gpu-memory`, since WebGPU does not
 * report the size of its memory.
 */
function describeMemory(needed: number, limit: number): string {
  return limit === Infinity
    ? `${bytes(needed)} on the GPU`
    : `${bytes(needed)} of at most ${bytes(limit)}`;
}

/** The settings, grouped into rows. */
const ROWS: readonly {
  readonly label: string;
  readonly fields: readonly (keyof TrainingConfig)[];
  words(config: TrainingConfig): string;
}[] = [
  {
    label: "images",
    fields: ["images"],
    words: ({ images }) => images === "." ? "the whole data directory" : images,
  },
  {
    label: "masks",
    fields: ["masks", "maskPattern", "missingMasks", "maskThreshold", "maskClass"],
    // The line about the layout says where masks are and how they are named.
    words: ({ missingMasks, maskThreshold, maskClass }) => {
      const threshold = maskThreshold === null ? "" : `; lesion from level ${maskThreshold} on`;
      const label = maskClass === null ? "" : `; lesion: ${maskClass}`;
      return `missing ones: ${missingMasks}${threshold}${label}`;
    },
  },
  {
    label: "max images",
    fields: ["maxImages"],
    words: ({ maxImages }) => maxImages === null ? "none" : plural(maxImages, "image"),
  },
  {
    label: "split",
    fields: [
      ...["split", "trainFraction", "validationFraction", "testFraction"] as const,
      ...["folds", "fold", "patients", "patientPattern", "seed", "splitSeed"] as const,
    ],
    words: (config) => {
      const own = seedOfSplit(config) === config.seed ? "" : ` (of the split ${config.splitSeed})`;
      return `${describeSplit(config)}, seed ${config.seed}${own}`;
    },
  },
  {
    label: "input",
    fields: ["width", "height", "mean", "std"],
    words: ({ width, height, mean, std }) => `${width}x${height}, mean ${mean}, std ${std}`,
  },
  {
    label: "network",
    fields: [
      "baseChannels",
      "bilinear",
      "blocks",
      "attention",
      "deepSupervision",
      "levels",
      "widthCap",
      "norm",
      "normGroups",
      "dropout",
      "dropoutKind",
    ],
    words: (config) =>
      graphOf(networkOfConfig(config)).details +
      (config.dropout === 0 ? "" : `, dropout ${config.dropout}`) +
      (config.dropout > 0 && config.dropoutKind === "elements" ? " of elements" : ""),
  },
  {
    label: "training",
    fields: ["epochs", "patience", "batch", "accumulate", "loss", "precision"],
    words: ({ epochs, patience, batch, accumulate, loss, precision }) => {
      const early = patience === null
        ? ""
        : ` or until ${plural(patience, "epoch")} bring no better`;
      const words = [
        `${plural(epochs, "epoch")}${early}`,
        batchWords(batch, accumulate),
        `loss ${loss}`,
        ...(precision === "mixed" ? ["mixed precision"] : []),
      ];
      return words.join(", ");
    },
  },
  {
    label: "lesion-free",
    fields: ["lesionFreeShare"],
    words: ({ lesionFreeShare: share }) =>
      share === null ? "every image once" : `a share of ${share} of each batch`,
  },
  {
    label: "model kept",
    fields: ["recipe", "keep", "ensembleThreshold"],
    words: ({ keep }) => keep === "last" ? "of the last epoch" : "of the best epoch",
  },
  { label: "augmentation", fields: ["augment"], words: ({ augment }) => augment },
  {
    label: "optimiser",
    fields: ["optimizer", "momentum", "weightDecay", "clipNorm", "ema"],
    words: ({ optimizer, momentum, weightDecay, clipNorm, ema }) =>
      [
        optimizer,
        ...(momentum === null ? [] : [`momentum ${momentum}`]),
        ...(weightDecay === null ? [] : [`weight decay ${weightDecay}`]),
        ...(clipNorm === null ? [] : [`gradients up to a norm of ${clipNorm}`]),
        ...(ema === null ? [] : [`average of the weights with decay ${ema}`]),
      ].join(", "),
  },
  {
    label: "learning rate",
    fields: ["learningRate", "schedule", "scheduleEpochs", "warmupEpochs", "finalRate"],
    words: describeSchedule,
  },
];

/** The settings table. A field that no row contains gets its own row, named by its flag. */
function configRows(config: TrainingConfig): [string, string][] {
  const named = new Set(ROWS.flatMap(({ fields }) => fields));
  const others = CONFIG_KEYS.filter((key) => !named.has(key));
  return [
    ...ROWS.map(({ label, words }): [string, string] => [label, words(config)]),
    ...others.map((key): [string, string] => [flagOf(key).slice(2), String(config[key] ?? "-")]),
  ];
}

/** Describes the learning rate over time. */
function describeSchedule(config: TrainingConfig): string {
  const { learningRate, schedule, scheduleEpochs, warmupEpochs, finalRate } = config;
  const warmup = warmupEpochs === 0 ? "" : `, rising for ${plural(warmupEpochs, "epoch")}`;
  if (schedule === "constant") return `${learningRate}${warmup}`;
  // The product of two decimals may end in digits that nobody wrote.
  const last = Number((learningRate * finalRate).toPrecision(12));
  const length = plural(scheduleEpochs ?? config.epochs, "epoch");
  return `${learningRate}${warmup}, ${schedule} to ${last} in ${length}`;
}

/** Describes how the split is made. */
function describeSplit(config: TrainingConfig): string {
  const { split, trainFraction, validationFraction, testFraction } = config;
  const { folds, fold, patients, patientPattern } = config;
  if (isSplitFile(config)) return `as ${split} says`;
  const shares = [
    `${trainFraction} for training`,
    ...(validationFraction === null ? [] : [`${validationFraction} for validation`]),
    ...(testFraction === null ? [] : [`${testFraction} for the test`]),
  ];
  const share = folds === null ? shares.join(", ") : `fold ${fold} of ${folds} to validate`;
  const source = patients ?? patientPattern;
  return `${split}, ${share}${source === null ? "" : `, patients by ${source}`}`;
}

function foundRows(
  { total, split }: RunFacts["images"],
  { masks, withSeveralMasks, lesionFree, softEdged, colour, full }: DatasetCounts,
): [string, string][] {
  const parts = partsOf(split);
  const used = parts.reduce((sum, [, pairs]) => sum + pairs.length, 0);
  const words = parts.map(([part, pairs]) => `${count(pairs.length)} ${PURPOSE[part]}`);
  const rows: [string, string][] = [
    [
      "images",
      `${plural(used, "image")}${used < total ? ` of ${count(total)}` : ""}: ${words.join(", ")}`,
    ],
    ["masks", plural(masks, "file")],
    ["several masks", plural(withSeveralMasks, "image")],
    ["lesion-free", `${plural(lesionFree, "image")} without a lesion`],
    ["soft edges", plural(softEdged, "mask")],
  ];
  if (colour > 0) rows.push(["colour", `${plural(colour, "image")}, converted to grey`]);
  if (full > 0) rows.push(["full masks", `${plural(full, "mask")} cover the whole image`]);
  return rows;
}

/** Describes the known and unknown groups of images. */
function splitRows({ split, duplicates, patientTable }: RunFacts["images"]): [string, string][] {
  const rows: [string, string][] = [];
  if (split.groups) {
    const grouped = split.groups.reduce((sum, { length }) => sum + length, 0);
    rows.push(["groups", `${plural(grouped, "image")} in ${plural(split.groups.length, "group")}`]);
  }
  const images = partsOf(split).flatMap(([, pairs]) => pairs).map(({ image }) => image);
  const unknown = images.filter((image) => !split.patients?.has(image)).length;
  rows.push([
    "patients",
    unknown === images.length
      ? "unknown: images of one patient may be in several parts (--patients, --patient-pattern)"
      : `${plural(new Set(split.patients!.values()).size, "patient")}` +
        (unknown === 0 ? "" : `; of ${plural(unknown, "image")} the patient is unknown`),
  ]);
  if (patientTable) rows.push(["table", patientTableInWords(patientTable)]);
  const leaks = leaksOf(split, duplicates).length;
  if (leaks > 0) {
    rows.push([
      "leaks",
      `${plural(leaks, "image")} to validate or test ${
        leaks === 1 ? "shows" : "show"
      } the same as one to train: figures will look too good ` +
      `(--split grouped)`,
    ]);
  }
  return rows;
}
