/**
 * Imports and exports models: reads a file and writes it in another format.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import { encodeAs, freeOutput, type ModelFormat, type Size } from "../model/exchange.ts";
import { type Model, readAnyModel } from "../model/model_file.ts";
import { namedFiles } from "../store/named_files.ts";
import type { FileStore, Folders } from "../store/store.ts";
import { findModel } from "./find_model.ts";

/** What to import. */
export interface ImportRequest extends Folders {
  /** A .pth file. */
  readonly file: string;
  /** The .safetensors file to write; by default beside the .pth file, under its name. */
  readonly out?: string | undefined;
}

/** What to export. */
export interface ExportRequest extends Folders {
  /** The name of a run, or a model file. */
  readonly source: string;
  readonly format: ModelFormat;
  /** The file to write; by default beside the model, under its name. */
  readonly out?: string | undefined;
  /** The fixed input size of an ONNX file, in px. */
  readonly size?: Size | undefined;
}

/** A model and the file that was written. */
export interface WrittenModel {
  readonly model: Model;
  /** Relative to the output directory. */
  readonly path: string;
  /** The size of the file in bytes. */
  readonly bytes: number;
}

/** Progress callbacks. They are called after reading, before anything is written. */
export interface ExchangeDisplay {
  read?(model: Model): void;
}

/**
 * Converts a PyTorch file into a safetensors file.
 *
 * @throws {InputError} if the file is not a U-Net, or if the output file exists.
 */
export async function importModel(
  { data, output = data, file, out }: ImportRequest,
  display: ExchangeDisplay = {},
): Promise<WrittenModel> {
  const model = await readAnyModel(namedFiles(data, output), file);
  display.read?.(model);
  return await writeModel(output, model, "safetensors", out);
}

/**
 * Writes a model in another format.
 *
 * @throws {InputError} if the format cannot hold the model, or if the output file exists.
 */
export async function exportModel(
  { data, output = data, source, format, out, size }: ExportRequest,
  display: ExchangeDisplay = {},
): Promise<WrittenModel> {
  if (size !== undefined && format !== "onnx") {
    throw new InputError(
      sentence`${setting("size")} is for ${setting("to", "onnx")}; a ${format} file holds weights,
        which take any size`,
    );
  }
  const model = await findModel({ data, output }, source);
  display.read?.(model);
  return await writeModel(output, model, format, out, size);
}

async function writeModel(
  output: FileStore,
  model: Model,
  format: ModelFormat,
  out?: string,
  size?: Size,
): Promise<WrittenModel> {
  const path = await freeOutput(output, model, format, out);
  const content = await encodeAs(format, model, size);
  await output.writeFile(path, content);
  return { model, path, bytes: content.length };
}
