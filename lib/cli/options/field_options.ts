/**
 * Makes command-line options from fields. Parser, choices, default and help come from the table.
 *
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import {
  CONFIG_FIELDS,
  type Field,
  type Fields,
  type RunSettings,
  SETTINGS_FIELDS,
  sizeSetting,
  type TrainingConfig,
  type ValuesOf,
} from "../../mod.ts";
import { shellWord } from "../words/words.ts";
import { flagOf, FLAGS, spell } from "./flags.ts";
import {
  addText,
  parseBytes,
  parseNumber,
  parseNumberOrAuto,
  parseNumberOrPair,
  parseSize,
} from "./values.ts";

/** A field that has an option. */
export type FieldName = keyof typeof FLAGS;

/** A command with any arguments and options. */
interface TakesOptions {
  addOption(option: Option): unknown;
}

/** Adds the options of fields to a command; {@linkcode givenFields} reads the given values. */
export function addFieldOptions(
  command: TakesOptions,
  fields: { readonly [Name in FieldName]?: Field<unknown> },
): void {
  for (const [name, field] of Object.entries(fields)) {
    for (const option of optionsOf(name as FieldName, field)) command.addOption(option);
  }
}

/** The option of a field. A switch that a file may turn on also has the opposite option. */
function optionsOf(name: FieldName, field: Field<unknown>): Option[] {
  // `--size` sets width and height.
  if (name === "height") return [];
  const flags = FLAGS[name];
  if (name === "width") {
    const words = `network input: 512, or width x height: 512x384 (default: ${field.default})`;
    return [new Option(flags, words).argParser(parseSize)] as unknown as Option[];
  }
  const { kind, choices } = field;
  const option = new Option(flags as string, helpOf(field));
  if (kind === "number") option.argParser(parseNumber);
  if (kind === "number or auto") option.argParser(parseNumberOrAuto);
  if (kind === "number or pair") option.argParser(parseNumberOrPair);
  if (kind === "bytes") option.argParser(parseBytes);
  if (kind === "texts") option.argParser(addText);
  if (choices !== undefined) option.choices(choices);
  if (kind !== "switch" || !(name in CONFIG_FIELDS)) return [option];
  const opposite = new Option(flags.replace("--", "--no-"), `not ${flags}, whatever --config says`);
  return [option, opposite];
}

/** The sentence about a field, with its default. */
function helpOf({ says, kind, unset, default: value }: Field<unknown>): string {
  const shown = value === null ? unset : kind === "switch" ? undefined : String(value);
  return shown === undefined ? says : `${says} (default: ${shown})`;
}

/** The fields of the configuration that were given as options. */
export function givenConfig(options: GivenOptions): Partial<TrainingConfig> {
  return givenFields(CONFIG_FIELDS, options);
}

/** The settings that were given as options of any command. */
export function givenSettings(options: GivenOptions): Partial<RunSettings> {
  return givenFields(SETTINGS_FIELDS, options);
}

/** Options as parsed by Commander. */
type GivenOptions = Readonly<Record<string, unknown>>;

/**
 * Selects the fields of a table from parsed options, under their field names. Options that were not
 * given are left out.
 */
export function givenFields<Table extends Fields>(
  fields: Table,
  options: GivenOptions,
): Partial<ValuesOf<Table>> {
  const given: Record<string, unknown> = {};
  for (const name of Object.keys(fields) as FieldName[]) {
    const value = options[new Option(FLAGS[name] as string).attributeName()];
    const isSide = name === "width" || name === "height";
    if (value !== undefined) given[name] = isSide ? (value as TrainingConfig)[name] : value;
  }
  return given as Partial<ValuesOf<Table>>;
}

/** Given values of fields as the options of a command; a size has both sides. */
export function givenText(given: Partial<TrainingConfig & RunSettings>): string {
  const { width, height } = given;
  return Object.entries(given).flatMap(([name, value]) => {
    if (name === "height") return [];
    if (name === "width") return [spell(sizeSetting({ width: width!, height: height! }))];
    const flag = flagOf(name);
    if (typeof value === "boolean") return [value ? flag : flag.replace("--", "--no-")];
    return [value].flat().map((one) => `${flag} ${shellWord(String(one))}`);
  }).join(" ");
}

/** Adds the options that select the engine and limit its memory. */
export function addEngineOptions(command: TakesOptions): void {
  const { device, threads, memoryLimit, gpuMemory } = SETTINGS_FIELDS;
  addFieldOptions(command, { device, threads, memoryLimit, gpuMemory });
}

/** Adds the options that select the engine, for commands without a memory limit. */
export function addDeviceOptions(command: TakesOptions): void {
  const { device, threads } = SETTINGS_FIELDS;
  addFieldOptions(command, { device, threads });
}

/** `--no-autotune`, an option of the GPU engine. */
export function noAutotuneOption() {
  return new Option(
    "--no-autotune",
    "take the usual kernels on a GPU instead of measuring at first use",
  );
}
