/**
 * `export`: writes a trained model for PyTorch, for other safetensors readers, or for ONNX runtimes.
 *
 * @module
 */
import { Command, Option } from "@commander-js/extra-typings";
import { DataFolder } from "../../store/folder.ts";
import type { FileStore } from "../../store/store.ts";
import { InputError } from "../../core/errors.ts";
import { DEFAULT_CONFIG } from "../../train/config.ts";
import { encodeAs, freeOutput, type ModelFormat, type Size } from "../../model/exchange.ts";
import { findModel } from "../../run/find_model.ts";
import { describeModel } from "../words/model_words.ts";
import { type Say, sayOnStdout } from "../terminal/say.ts";
import { parseSize } from "../options/values.ts";
import { bytes } from "../words/words.ts";
import { RESEARCH_ONLY } from "../../core/version.ts";

/** `export` with its options and its action. */
export function exportCommand() {
  return new Command("export")
    .description(
      "Write a trained model in another format: pth for PyTorch, safetensors, or onnx (operator set 17).",
    )
    .argument("<run-or-file>", "the name of a run (its best model), or a model file")
    .requiredOption("--data <folder>", "the data directory (the tasks give DATA_DIR)")
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
    .action(async (source, { data, to, out, size }) => {
      await exportModel(
        { data: await DataFolder.open(data), source, format: to, out, size },
        sayOnStdout(),
      );
    });
}

/** What to write, and where. */
export interface ExportRequest {
  readonly data: FileStore;
  /** The name of a run or a model file. */
  readonly source: string;
  readonly format: ModelFormat;
  readonly out?: string | undefined;
  readonly size?: Size | undefined;
}

/** Exports and says what was found. Throws `InputError`; a file that is there is never replaced. */
export async function exportModel(request: ExportRequest, say: Say): Promise<void> {
  const { data, source, format, out, size } = request;
  if (size !== undefined && format !== "onnx") {
    throw new InputError(
      `--size is for --to onnx; a ${format} file holds weights, which take any size`,
    );
  }
  const model = await findModel(data, source);
  say.line(describeModel(model));
  const path = await freeOutput(data, model, format, out);
  const content = await encodeAs(format, model, size);
  await data.writeFile(path, content);
  say.line(`Written: ${data.resolve(path)} (${bytes(content.length)})`);
  if (format === "onnx" && model.info === undefined) {
    const { width, height, mean, std } = DEFAULT_CONFIG;
    say.line(
      `The model does not tell its input, so the file says ${width}x${height}, mean ${mean}, std ${std}: check ` +
        `that this is how it was trained.`,
    );
  }
  say.line(RESEARCH_ONLY);
}
