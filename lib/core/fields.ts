/**
 * Settings as a table: each field says its default, what it accepts, how files call it, whether a
 * run that goes on may change it, and one sentence about it. The checks, the JSON, the command
 * line's options and the pages of documentation are read from the table.
 *
 * @module
 */
import { InputError, reworded } from "./errors.ts";
import { sentence, setting } from "./sentence.ts";

/** What is known of a field; `Value` is what it holds. */
export interface Field<Value> {
  /** How its value is written on a command line. */
  readonly kind: "number" | "bytes" | "text" | "choice" | "switch";
  /** `null` stands for a value that is left open, and is accepted then. */
  readonly default: Value;
  /** What a default of `null` comes to, in words: "all". */
  readonly unset?: string;
  readonly choices?: readonly string[];
  /** What is accepted, as it follows the word "expected". */
  readonly expected: string;
  accepts(value: unknown): boolean;
  /** The name in JSON; by default the field's own in snake_case. */
  readonly json?: string;
  /** Words of JSON files that differ from the field's own: `{ error: "refuse" }`. */
  readonly inFiles?: Readonly<Record<string, string>>;
  /** What holds in files that were written before the field was there. */
  readonly legacy?: Value;
  /** Whether a run that goes on may have another value. */
  readonly resumable: boolean;
  /**
   * What it does, for help and documentation: lower case, no full stop, units where it has some.
   */
  readonly says: string;
}

/** A table of fields. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The record that a table describes. */
export type ValuesOf<Table> = {
  readonly [Key in keyof Table]: Table[Key] extends Field<infer Value> ? Value : never;
};

/** What every kind of field is made from. */
type About<Value> =
  & Pick<Field<Value>, "default" | "says">
  & Partial<Pick<Field<Value>, "unset" | "json" | "legacy" | "resumable">>;

function make<Value>(
  about: About<Value>,
  own: Pick<Field<Value>, "kind" | "choices" | "expected" | "inFiles" | "accepts">,
): Field<Value> {
  const accepts = (value: unknown) =>
    value === null && about.default === null || own.accepts(value);
  return { resumable: false, ...about, ...own, accepts };
}

/**
 * A whole number from one bound to another, both included; where the last is not given, as far as
 * numbers go.
 */
export function whole<Default extends number | null>(
  { from, to = Number.MAX_SAFE_INTEGER, ...about }: About<Default | number> & {
    readonly default: Default;
    readonly from: number;
    readonly to?: number;
  },
): Field<Default | number> {
  return make<Default | number>(about, {
    kind: "number",
    expected: `a whole number from ${from}${to < Number.MAX_SAFE_INTEGER ? ` to ${to}` : ""}`,
    accepts: (value) => isWhole(value, from, to),
  });
}

/** A finite number; `above` and `below` are excluded, `from` is included. */
export function number<Default extends number | null>(
  { above = -Infinity, below = Infinity, from = -Infinity, expected, ...about }:
    & About<Default | number>
    & {
      readonly default: Default;
      readonly above?: number;
      readonly below?: number;
      readonly from?: number;
      readonly expected?: string;
    },
): Field<Default | number> {
  const bounds = [
    ...(above > -Infinity ? [`above ${above}`] : []),
    ...(from > -Infinity ? [`from ${from}`] : []),
    ...(below < Infinity ? [`below ${below}`] : []),
  ];
  return make<Default | number>(about, {
    kind: "number",
    expected: expected ?? ["a number", bounds.join(" and ")].join(" ").trim(),
    accepts: (value) =>
      Number.isFinite(value) && Number(value) > above && Number(value) < below &&
      Number(value) >= from,
  });
}

/** A number of bytes, or `null`. */
export function bytes(about: About<number | null>): Field<number | null> {
  return make(about, {
    kind: "bytes",
    expected: "a number of bytes such as 2GiB",
    accepts: (value) => isWhole(value, 1, Number.MAX_SAFE_INTEGER),
  });
}

/** A text that is not empty, and matches where a pattern is given. */
export function text<Default extends string | null>(
  { expected, matches = /[^]/, ...about }: About<Default | string> & {
    readonly default: Default;
    readonly expected: string;
    readonly matches?: RegExp;
  },
): Field<Default | string> {
  return make<Default | string>(about, {
    kind: "text",
    expected,
    accepts: (value) => typeof value === "string" && matches.test(value),
  });
}

/** One of several words. */
export function choice<const Choices extends readonly string[]>(
  { choices, inFiles, ...about }: About<Choices[number]> & {
    readonly choices: Choices;
    readonly inFiles?: Readonly<Record<string, string>>;
  },
): Field<Choices[number]> & { readonly choices: Choices } {
  const field = make<Choices[number]>(about, {
    kind: "choice",
    expected: `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`,
    accepts: (value) => choices.includes(value as string),
    ...(inFiles && { inFiles }),
  });
  return { ...field, choices };
}

/** Yes or no. */
export function onOff(about: About<boolean>): Field<boolean> {
  return make(about, {
    kind: "switch",
    expected: "true or false",
    accepts: (value) => typeof value === "boolean",
  });
}

/** The defaults of all fields. */
export function defaultsOf<Table extends Fields>(fields: Table): ValuesOf<Table> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, field.default]),
  ) as ValuesOf<Table>;
}

/** Throws {@linkcode InputError} for the first field whose value is not accepted. */
export function checkFields<Table extends Fields>(fields: Table, values: ValuesOf<Table>): void {
  for (const [name, field] of Object.entries(fields)) {
    const value = values[name as keyof Table];
    if (!field.accepts(value)) throw refusal(name, value, field.expected);
  }
}

/** The error for a value that is not accepted: "batch is 0; expected ...". */
export function refusal(name: string, value: unknown, expected: string): InputError {
  const shown = typeof value === "number" || value === undefined
    ? String(value)
    : JSON.stringify(value);
  return new InputError(sentence`${setting(name)} is ${shown}; expected ${expected}`);
}

/** The name of a field in JSON. */
export function jsonName(name: string, { json }: Field<unknown>): string {
  return json ?? snakeCase(name);
}

/** The values as plain JSON, in the order of the table. */
export function fieldsToJson<Table extends Fields>(
  fields: Table,
  values: ValuesOf<Table>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const value = values[name as keyof Table];
      return [jsonName(name, field), field.inFiles?.[String(value)] ?? value];
    }),
  );
}

/**
 * Takes the fields out of the entries of a JSON file and checks them; what is left is not of this
 * table. Throws {@linkcode InputError}, naming `source`, for a field that is missing or not
 * accepted.
 */
export function takeFields<Table extends Fields>(
  fields: Table,
  entries: Map<string, unknown>,
  source: string,
): ValuesOf<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const key = jsonName(name, field);
    if (!entries.has(key) && field.legacy === undefined) {
      throw new InputError(`${source} has no "${key}"`);
    }
    values[name] = entries.has(key) ? fromFile(entries.get(key), field) : field.legacy;
    entries.delete(key);
  }
  naming(source, () => checkFields(fields, values as ValuesOf<Table>));
  return values as ValuesOf<Table>;
}

/** Runs a check whose {@linkcode InputError} is to name the file that holds the values. */
export function naming(source: string, check: () => void): void {
  reworded(check, (why) => sentence`${source} cannot be used: ${why}`);
}

/** The field's own word for a file's. */
function fromFile(value: unknown, { inFiles = {} }: Field<unknown>): unknown {
  return Object.entries(inFiles).find(([, word]) => word === value)?.[0] ?? value;
}

/** `trainFraction` as `train_fraction`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isWhole(value: unknown, from: number, to: number): boolean {
  return Number.isInteger(value) && Number(value) >= from && Number(value) <= to;
}
