/**
 * `merge`: joins the parts of a prediction that was divided with `--shard`.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { countSpecks, mergePredictions, PREDICTION_FILES, RESEARCH_ONLY } from "../../mod.ts";
import { DATA_OPTION, openOutput, outDirOption } from "../options/folder_options.ts";
import { EXIT, Exit } from "../terminal/exit.ts";
import { failureLine } from "../terminal/predict_display.ts";
import { complain, sayOnStdout } from "../terminal/say.ts";
import { specksWords } from "../words/prediction_words.ts";
import { plural } from "../words/words.ts";

/** Said after each merge. */
const NO_PAGE = `There is no ${PREDICTION_FILES.page}: merge has the masks, not the images. ` +
  `predict without --shard writes it.`;

/** `merge` with its options and its action. */
export function mergeCommand() {
  return new Command("merge")
    .description(
      "Join the parts of a prediction that several processes made with --shard. The lists and the contact " +
        "sheet are the same, byte for byte, as if one process had predicted all images.",
    )
    .argument("[folder]", "where the shards wrote (default: predictions/ in the newest run)")
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .action(async (given, folders) => {
      const data = await openOutput(folders);
      const { shards, images, failed, folder, settings, nothing } = await mergePredictions(
        data,
        given,
      );
      for (const failure of failed) complain(failureLine(failure));
      const lesions = images.reduce((sum, { lesions }) => sum + lesions.length, 0);
      const say = sayOnStdout();
      say.line(
        `${plural(shards, "part")} merged: ${plural(images.length, "image")}, ${
          plural(lesions, "lesion")
        }; see ${data.resolve(folder)}`,
      );
      const specks = specksWords(countSpecks(images, settings));
      if (specks) say.line(specks);
      if (nothing !== undefined) say.line(`note: ${nothing}`);
      say.line(NO_PAGE);
      say.line(RESEARCH_ONLY);
      if (failed.length > 0) {
        complain(`error: ${plural(failed.length, "file")} failed`);
        throw new Exit(EXIT.input);
      }
    });
}
