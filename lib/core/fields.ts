/**
 * Settings as a table of fields. A field holds its default, its bounds, its name in JSON, whether a
 * resumed run may change it, and its help text. Checks, JSON, command-line options and
 * documentation are generated from the table.
 *
 * @module
 */
import { InputError, naming } from "./errors.ts";
import { sentence, setting } from "./sentence.ts";

/** The description of a field with values of type `Value`. */
export interface Field<Value> {
  /** How the value is written on a command line. */
  readonly kind:
    | "number"
    | "number or auto"
    | "number or pair"
    | "bytes"
    | "text"
    | "texts"
    | "choice"
    | "switch";
  /** The default value. If it is `null`, the field is optional and accepts `null`. */
  readonly default: Value;
  /** The meaning of a default of `null`, in words: "all". */
  readonly unset?: string;
  readonly choices?: readonly string[];
  /** The accepted values, as a message lists them after the word "expected". */
  readonly expected: string;
  accepts(value: unknown): boolean;
  /** The name in JSON; by default the field's name in snake_case. */
  readonly json?: string;
  /** Values that JSON files spell differently: `{ error: "refuse" }`. */
  readonly inFiles?: Readonly<Record<string, string>>;
  /** The value for files that were written before the field existed. */
  readonly legacy?: Value;
  /** Whether a resumed run may have another value. */
  readonly resumable: boolean;
  /** The help text: lower case, no full stop, with the unit if there is one. */
  readonly says: string;
}

/** A table of fields. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The type of the record that a table describes. */
export type ValuesOf<Table> = {
  readonly [Key in keyof Table]: Table[Key] extends Field<infer Value> ? Value : never;
};

/** The parts of a description that are common to all kinds of fields. */
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
 * A whole number between two bounds, both included. Without an upper bound, the largest safe
 * integer is the bound.
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

/** A text that is not empty and that matches the pattern, if one is given. */
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

/** A field that also accepts the word `auto`. */
export function orAuto<Value>(field: Field<Value>): Field<Value | "auto"> {
  return {
    ...field,
    kind: "number or auto",
    expected: `${field.expected}, or auto`,
    accepts: (value) => value === "auto" || field.accepts(value),
  };
}

/** A field that also accepts two values in a list. */
export function orPair<Value>(
  field: Field<Value>,
): Field<Value | readonly [first: NonNullable<Value>, second: NonNullable<Value>]> {
  return {
    ...field,
    kind: "number or pair",
    expected: `${field.expected}, or two of them`,
    accepts: (value) =>
      Array.isArray(value)
        ? value.length === 2 && value.every((one) => one !== null && field.accepts(one))
        : field.accepts(value),
  };
}

/**
 * Several texts, or `null`. A JSON file may hold a single one without its list. `is` says whether
 * one of them is accepted.
 */
export function texts(
  { expected, is, ...about }: About<readonly string[] | null> & {
    readonly expected: string;
    readonly is: (text: string) => boolean;
  },
): Field<readonly string[] | null> {
  return make<readonly string[] | null>(about, {
    kind: "texts",
    expected,
    accepts: (value) =>
      Array.isArray(value) && value.length > 0 &&
      value.every((text) => typeof text === "string" && is(text)),
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

/** Whether two values of a field are equal. */
export function isSameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The error for a value that is not accepted: "batch is 0; expected ...". */
export function refusal(name: string, value: unknown, expected: string): InputError {
  const single = Array.isArray(value) && value.length === 1 ? value[0] : value;
  const shown = typeof single === "number" || single === undefined
    ? String(single)
    : JSON.stringify(single);
  return new InputError(sentence`${setting(name)} is ${shown}; expected ${expected}`);
}

/** The name of a field in JSON. */
function jsonName(name: string, { json }: Field<unknown>): string {
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
      return [jsonName(name, field), toFile(value, field)];
    }),
  );
}

/**
 * Removes the table's fields from the entries of a JSON file and checks their values. Entries of
 * other tables remain. Throws {@linkcode InputError}, naming `source`, for a field that is missing
 * or not accepted.
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

/** Translates a value to its spelling in files. */
function toFile(value: unknown, { kind, inFiles = {} }: Field<unknown>): unknown {
  if (kind === "texts" && Array.isArray(value) && value.length === 1) return value[0];
  return inFiles[String(value)] ?? value;
}

/** Translates a value's spelling in files to the field's own. */
function fromFile(value: unknown, { kind, inFiles = {} }: Field<unknown>): unknown {
  if (kind === "texts" && typeof value === "string") return [value];
  return Object.entries(inFiles).find(([, word]) => word === value)?.[0] ?? value;
}

/** `trainFraction` as `train_fraction`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function isWhole(value: unknown, from: number, to: number): boolean {
  return Number.isInteger(value) && Number(value) >= from && Number(value) <= to;
}
