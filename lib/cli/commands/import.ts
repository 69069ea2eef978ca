/**
 * `import`: converts a PyTorch file into a safetensors file and describes its content.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { CONFIG_FIELDS, importModel } from "../../mod.ts";
import { addFieldOptions, givenFields } from "../options/field_options.ts";
import { DATA_OPTION, openFolders, outDirOption } from "../options/folder_options.ts";
import { sayOnStdout } from "../terminal/say.ts";
import { sayModel } from "../words/model_words.ts";
import { task } from "../words/task.ts";
import { bytes, shellWord } from "../words/words.ts";

const { mean, std, fit, norm, normGroups } = CONFIG_FIELDS;
const FIELDS = { mean, std, fit, norm, normGroups };

const UNKNOWN_SCALING =
  "The file does not tell how its input was scaled. If it was scaled otherwise, import it " +
  "again with --mean and --std: Pytorch-UNet's own scripts divide by 255 alone, which is --mean 0 --std 1.";

/** `import` with its options and its action. */
export function importCommand() {
  const command = new Command("import")
    .description(
      "Read a U-Net that torch.save wrote (no code in the file is run), say what is in it, and write it as " +
        "a safetensors file.",
    )
    .argument("<file>", "a .pth file, inside the data directory")
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .option(
      "--out <file>",
      "the .safetensors file to write (default: beside the .pth, same name)",
    )
    .action(async (file, { data, outDir, out, ...options }) => {
      const folders = await openFolders({ data, outDir });
      const say = sayOnStdout();
      const request = { ...folders, file, out, ...givenFields(FIELDS, options) };
      const { path, bytes: size, guessesScaling } = await importModel(request, {
        read: (model) => sayModel(model, say),
      });
      say.line(`Written: ${folders.output.resolve(path)} (${bytes(size)})`);
      if (guessesScaling) say.line(UNKNOWN_SCALING);
      say.line(`Predict with: ${task("predict", "--model", shellWord(path))} FILE_OR_FOLDER`);
    });
  addFieldOptions(command, FIELDS);
  return command;
}
