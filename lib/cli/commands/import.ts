/**
 * `import`: converts a PyTorch file into a safetensors file and describes its content.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { DataFolder, importModel, isUsable } from "../../mod.ts";
import { sayOnStdout } from "../terminal/say.ts";
import { describeModel } from "../words/model_words.ts";
import { bytes, shellWord } from "../words/words.ts";

/** `import` with its options and its action. */
export function importCommand() {
  return new Command("import")
    .description(
      "Read a U-Net that torch.save wrote (no code in the file is run), say what is in it, and write it as " +
        "a safetensors file.",
    )
    .argument("<file>", "a .pth file, inside the data directory")
    .requiredOption("--data <folder>", "the data directory (the tasks give DATA_DIR)")
    .option(
      "--out <file>",
      "the .safetensors file to write (default: beside the .pth, same name)",
    )
    .action(async (file, { data: root, out }) => {
      const data = await DataFolder.open(root);
      const say = sayOnStdout();
      const { model, path, bytes: size } = await importModel({ data, file, out }, {
        read: (model) => say.line(describeModel(model)),
      });
      say.line(`Written: ${data.resolve(path)} (${bytes(size)})`);
      say.line(
        isUsable(model.network)
          ? `Predict with: deno task predict --model ${shellWord(path)} FILE_OR_FOLDER`
          : "train and predict cannot use it: they take one grey channel and one class.",
      );
    });
}
