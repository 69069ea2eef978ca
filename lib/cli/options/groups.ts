/**
 * The headings under which the help lists options.
 *
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import { CONFIG_FIELDS, PREDICTION_FIELDS, SELECTION_FIELDS } from "../../mod.ts";
import { FLAGS } from "./flags.ts";

/** The heading of the options of what is printed. */
export const OUTPUT_GROUP = "Output options:";

/** The fields of each heading, where the table that a field is of does not tell. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  "Split options:": [
    ...["split", "patients", "patientPattern", "folds", "fold"],
    ...["trainFraction", "validationFraction", "testFraction", "seed", "splitSeed"],
  ],
  "Network options:": [
    ...["width", "height", "fit", "mean", "std", "baseChannels", "bilinear", "blocks"],
    ...["attention", "deepSupervision", "levels", "widthCap", "norm", "normGroups"],
    ...["dropout", "dropoutKind"],
  ],
  "Augmentation options:": ["augment", "lesionFreeShare"],
  "Machine options:": ["device", "threads", "memoryLimit", "gpuMemory"],
};

/** Options that are no field. */
const OTHERS: Readonly<Record<string, string>> = {
  data: "Data options:",
  outDir: "Data options:",
  autotune: "Machine options:",
};

/** Headings that commands other than `train` have, too. */
const EVERYWHERE: readonly string[] = [
  ...["Data options:", "Prediction options:", "Machine options:"],
];

/** The heading of an option, by its name in the parsed options; `undefined`: the usual one. */
export function groupOf(command: string, option: string): string | undefined {
  const group = headingOf(FIELD_OF.get(option) ?? option);
  return command === "train" || EVERYWHERE.includes(group) ? group : undefined;
}

/** The fields by the names that their options have. */
const FIELD_OF = new Map(
  Object.entries(FLAGS).toReversed().map(([name, flags]) =>
    [new Option(flags).attributeName(), name] as const
  ),
);

function headingOf(name: string): string {
  const group = Object.keys(FIELDS).find((heading) => FIELDS[heading].includes(name));
  if (group !== undefined) return group;
  if (name in OTHERS) return OTHERS[name];
  if (name in SELECTION_FIELDS) return "Data options:";
  if (name in CONFIG_FIELDS) return "Training options:";
  if (name in PREDICTION_FIELDS) return "Prediction options:";
  return "Run options:";
}
