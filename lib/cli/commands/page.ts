/**
 * `page`: writes a model as a page that outlines lesions in a browser.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { RESEARCH_ONLY, writePage } from "../../mod.ts";
import { DATA_OPTION, openFolders, outDirOption } from "../options/folder_options.ts";
import { sayOnStdout } from "../terminal/say.ts";
import { sayNotes } from "../words/model_words.ts";
import { bytes } from "../words/words.ts";

/** `page` with its options and its action. */
export function pageCommand() {
  return new Command("page")
    .description(
      "Write one HTML file that outlines lesions by itself: with the model, the kernels and the " +
        "program inside. A browser opens it from a disk or a stick; nothing is installed, and no " +
        "image leaves the computer.",
    )
    .argument(
      "[run-or-file]",
      "the name of a run (the model that it keeps), or a model file (default: the newest run)",
    )
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .option(
      "--out <file>",
      "the file to write (default: page.html in the run, or beside a model of no run)",
    )
    .action(async (source, { out, ...options }) => {
      const folders = await openFolders(options);
      const say = sayOnStdout();
      const note = (text: string) => say.line(`note: ${text}`);
      const written = await writePage({ ...folders, source, out }, note);
      sayNotes(written.model, say);
      say.line(
        `Written: ${folders.output.resolve(written.path)} (${bytes(written.bytes)}, of which ${
          bytes(written.bytesWithoutModel)
        } are no weights). Open it in a browser and drop images on it.`,
      );
      say.line(RESEARCH_ONLY);
    });
}
