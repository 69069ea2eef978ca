/**
 * Imports and exports models: reads a file and writes it in another format.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";
import { sentence, setting } from "../core/sentence.ts";
import { checkFields } from "../core/fields.ts";
import { folderName } from "../core/paths.ts";
import type { Fit } from "../image/fit.ts";
import { encodeAs, freeOutput, type ModelFormat } from "../model/exchange.ts";
import { type Model, readModel } from "../model/model_file.ts";
import type { InputScaling, Size } from "../model/input_scaling.ts";
import type { ToldNorms } from "../model/network_entry.ts";
import { namedFiles } from "../store/named_files.ts";
import type { FileStore, Folders } from "../store/store.ts";
import type { NormKind } from "../network/network.ts";
import { CONFIG_FIELDS, DEFAULT_CONFIG } from "../train/config.ts";
import { checkGroups } from "../train/network_fields.ts";
import { findModel } from "./find_model.ts";

/** What to import. */
export interface ImportRequest extends Folders {
  /** A .pth file. */
  readonly file: string;
  /** The .safetensors file to write; by default beside the .pth file, under its name. */
  readonly out?: string | undefined;
  /** How the network's input is prepared; a PyTorch file does not tell. */
  readonly mean?: number | undefined;
  readonly std?: number | undefined;
  /** How images became the input; by default what the file tells, or nothing. */
  readonly fit?: Fit | undefined;
  /** The norms of a file whose weights have no running statistics, and which does not tell. */
  readonly norm?: NormKind | undefined;
  readonly normGroups?: number | null | undefined;
}

/** What to export. */
export interface ExportRequest extends Folders {
  /** The name of a run, or a model file. Default: the newest run. */
  readonly source?: string | undefined;
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

/** An imported model. */
export interface ImportedModel extends WrittenModel {
  /** Whether mean and std are the defaults because neither the file nor the request tells them. */
  readonly guessesScaling: boolean;
}

/** Progress callbacks. They are called after reading, before anything is written. */
export interface ExchangeDisplay {
  /** Called with a sentence about something unusual that is no error. */
  note?(text: string): void;
  read?(model: Model): void;
}

/**
 * Converts a PyTorch file into a safetensors file, for grey images and one class.
 *
 * @throws {InputError} if the file is not a U-Net, or if the output file exists.
 */
export async function importModel(
  { data, output = data, file, out, mean, std, fit, norm = "batch", normGroups }: ImportRequest,
  display: ExchangeDisplay = {},
): Promise<ImportedModel> {
  const norms = toldNorms(norm, normGroups);
  const read = await readModel(namedFiles(data, output), file, norms);
  const model = withScaling(read, {
    ...(mean !== undefined && { mean }),
    ...(std !== undefined && { std }),
    ...(fit !== undefined && { fit }),
  });
  display.read?.(model);
  const written = await writeModel(output, model, "safetensors", out);
  const isTold = read.info !== undefined || read.scaling !== undefined;
  return { ...written, guessesScaling: !isTold && mean === undefined && std === undefined };
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
  const model = await findModel({ data, output }, source, (text) => display.note?.(text));
  display.read?.(model);
  return await writeModel(output, model, format, out, size);
}

/** The norms that an import is told; none for batch norm, which weights show. */
function toldNorms(norm: NormKind, groups: number | null = null): ToldNorms | undefined {
  const { normGroups } = CONFIG_FIELDS;
  checkFields({ norm: CONFIG_FIELDS.norm, normGroups }, { norm, normGroups: groups });
  checkGroups({ norm, normGroups: groups });
  return norm === "batch" ? undefined : { norm, ...(groups && { groups }) };
}

/** The model with a given scaling of its input. */
function withScaling(model: Model, given: Partial<InputScaling>): Model {
  if (Object.keys(given).length === 0) return model;
  const { info, path } = model;
  if (info !== undefined) {
    throw new InputError(
      sentence`${path} records how its input is prepared; leave ${setting("mean")},
        ${setting("std")} and ${setting("fit")} out`,
    );
  }
  const { mean, std, fit } = { ...DEFAULT_CONFIG, ...model.scaling, ...given };
  const fields = { mean: CONFIG_FIELDS.mean, std: CONFIG_FIELDS.std, fit: CONFIG_FIELDS.fit };
  checkFields(fields, { mean, std, fit });
  return { ...model, scaling: { ...model.scaling, ...given, mean, std } };
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
  await output.makeFolder(folderName(path));
  await output.writeFile(path, content);
  return { model, path, bytes: content.length };
}
