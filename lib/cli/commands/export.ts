/**
 * `export`: writes a trained model for PyTorch, for other safetensors readers, or for ONNX
 * runtimes.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { DEFAULT_CONFIG, exportModel, RESEARCH_ONLY, toldInput } from "../../mod.ts";
import { DATA_OPTION, openFolders, outDirOption } from "../options/folder_options.ts";
import { parseSize } from "../options/values.ts";
import { sayOnStdout } from "../terminal/say.ts";
import { sayModel } from "../words/model_words.ts";
import { bytes } from "../words/words.ts";

/** `export` with its options and its action. */
export function exportCommand() {
  return new Command("export")
    .description(
      "Write a trained model in another format: pth for PyTorch, safetensors, or onnx (operator set 17).",
    )
    .argument(
      "[run-or-file]",
      "the name of a run (the model that it keeps), or a model file (default: the newest run)",
    )
    .requiredOption(...DATA_OPTION)
    .addOption(outDirOption())
    .addOption(
      new Option("--to <format>", "what to write")
        .choices(["pth", "safetensors", "onnx"] as const).makeOptionMandatory(),
    )
    .option("--out <file>", "the file to write (default: beside the model, same name)")
    .option(
      "--size <px>",
      "fix the input of an ONNX file: 512, or width x height: 512x384 (default: any size)",
      parseSize,
    )
    .action(async (source, { to: format, out, size, ...options }) => {
      const folders = await openFolders(options);
      const say = sayOnStdout();
      const written = await exportModel({ ...folders, source, format, out, size }, {
        note: (text) => say.line(`note: ${text}`),
        read: (model) => sayModel(model, say),
      });
      say.line(`Written: ${folders.output.resolve(written.path)} (${bytes(written.bytes)})`);
      const { model } = written;
      if (format === "onnx" && model.info === undefined && model.scaling?.size === undefined) {
        const { width, height, mean, std } = { ...DEFAULT_CONFIG, ...toldInput(model) };
        say.line(
          `The model does not tell its input, so the file says ${width}x${height}, mean ${mean}, std ${std}: check ` +
            `that this is how it was trained.`,
        );
      }
      say.line(RESEARCH_ONLY);
    });
}
