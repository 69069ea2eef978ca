/**
 * `inspect`: inspects the images and masks of a data set before training.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import {
  type Inspection,
  proposeRecipe,
  SELECTION_FIELDS,
  type TrainingConfig,
  writeInspection,
  type WriteInspectionRequest,
} from "../../mod.ts";
import { FLAGS } from "../options/flags.ts";
import { DATA_OPTION, openFolders, outDirOption } from "../options/folder_options.ts";
import { addText, parseNumber } from "../options/values.ts";
import { ProgressBar } from "../terminal/progress_bar.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { describeInspection } from "../words/inspect_words.ts";
import { sayLeftOut } from "../words/left_out_words.ts";
import { describeProposal } from "../words/proposal_words.ts";

/** `inspect` with its options and its action. */
export function inspectCommand() {
  const { masks, maskPattern, missingMasks, maskThreshold, maskClass } = SELECTION_FIELDS;
  return new Command("inspect")
    .description(
      "Examine images and masks: files, sizes, masks, lesions, classes, images that show the same. What is found is " +
        "listed, written to inspect.json and drawn on contact sheets; nothing is changed.",
    )
    .argument("[folder]", "the folder, inside the data directory (default: all of it)")
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .option(FLAGS.masks, masks.says, addText)
    .option(FLAGS.maskPattern, maskPattern.says, addText)
    .addOption(
      new Option(FLAGS.missingMasks, missingMasks.says)
        .choices(missingMasks.choices).default(missingMasks.default),
    )
    .option(FLAGS.maskThreshold, maskThreshold.says, parseNumber)
    .option(FLAGS.maskClass, maskClass.says)
    .option("--out <folder>", "where to write, inside the output directory", "inspect")
    .action(async (within, { data, outDir, ...options }) => {
      const folders = await openFolders({ data, outDir });
      await inspect({ ...folders, within, ...options }, sayOnStdout());
    });
}

/**
 * Inspects a data set, prints and writes the findings, and proposes how to train.
 *
 * @throws {InputError} if there are no images.
 */
export async function inspect(request: WriteInspectionRequest, say: Say): Promise<Inspection> {
  const { output = request.data } = request;
  let bar: ProgressBar | undefined;
  const { inspection, out, files } = await writeInspection(request, {
    begin(total, leftOut) {
      sayLeftOut(leftOut, say);
      bar = new ProgressBar({ doing: "examining", things: "images", total, say });
    },
    examining: (done) => bar?.done(done),
    found(inspection) {
      bar?.end();
      say.block(describeInspection(inspection));
    },
  });
  say.line(`Written to ${output.resolve(out)}: ${files.join(", ")}`);
  const proposal = await proposeRecipe(inspection);
  if (proposal) say.block(`\n${describeProposal(proposal, givenToTrain(request))}`);
  return inspection;
}

/** The settings of `train` that `inspect` has, too. */
function givenToTrain(
  { within: images, masks, maskPattern, missingMasks, maskThreshold, maskClass }:
    WriteInspectionRequest,
): Partial<TrainingConfig> {
  const given = { images, masks, maskPattern, missingMasks, maskThreshold, maskClass };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
