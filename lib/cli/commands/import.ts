/**
 * `import`: turns a PyTorch file into a safetensors file, and says what is in it.
 *
 * @module
 */
import { Command } from "@commander-js/extra-typings";
import { DataFolder } from "../../store/folder.ts";
import type { FileStore } from "../../store/store.ts";
import { encodeAs, freeOutput } from "../../model/exchange.ts";
import { isUsable, readAnyModel } from "../../model/model_file.ts";
import { describeModel } from "../words/model_words.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { bytes } from "../words/words.ts";

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
    .action(async (file, { data, out }) => {
      await importModel(await DataFolder.open(data), file, out, sayOnStdout());
    });
}

/** Imports and says what was found. Throws `InputError`; a file that is there is never replaced. */
export async function importModel(
  data: FileStore,
  file: string,
  out: string | undefined,
  say: Say,
): Promise<void> {
  const model = await readAnyModel(data, file);
  say.line(describeModel(model));
  const path = await freeOutput(data, model, "safetensors", out);
  const content = await encodeAs("safetensors", model);
  await data.writeFile(path, content);
  say.line(`Written: ${data.resolve(path)} (${bytes(content.length)})`);
  say.line(
    isUsable(model.network)
      ? `Predict with: deno task predict --model "${path}" FILE_OR_FOLDER`
      : "train and predict cannot use it: they take one grey channel and one class.",
  );
}
