/**
 * Sentences that mention settings and commands. A library calls a setting by its field, a command
 * line by its flag. A sentence therefore stores each mention separately, and the front end that
 * shows the sentence spells it.
 *
 * ```ts
 * throw new InputError(sentence`${setting("batch")} is 0; expected a whole number from 1`);
 * // library: "batch is 0; expected ...", command line: "--batch is 0; expected ..."
 * ```
 *
 * @module
 */

/** A setting or a command in a sentence. */
export interface Mention {
  readonly kind: "setting" | "command";
  /** The field of a setting, such as `learningRate`, or the name of a command. */
  readonly name: string;
  /** The value of the setting, or the argument of the command. */
  readonly value?: string | number;
}

/** Text with mentions. Its string form names settings by their fields. */
export class Sentence {
  constructor(readonly parts: readonly (string | Mention)[]) {}

  /** The text with each mention as `spell` writes it. */
  spelled(spell: (mention: Mention) => string): string {
    return this.parts.map((part) => typeof part === "string" ? part : spell(part)).join("");
  }

  toString(): string {
    return this.spelled(({ name, value }) => value === undefined ? name : `${name} ${value}`);
  }
}

/**
 * Makes a sentence. A nested sentence keeps its mentions. A line break with the spaces around it
 * becomes one space.
 */
export function sentence(
  texts: TemplateStringsArray,
  ...values: readonly (string | number | Mention | Sentence)[]
): Sentence {
  const parts = texts.flatMap((text, k) => [
    text.replaceAll(/\s*\n\s*/g, " "),
    ...(k < values.length ? of(values[k]) : []),
  ]);
  return new Sentence(parts.filter((part) => part !== ""));
}

function of(value: string | number | Mention | Sentence): readonly (string | Mention)[] {
  if (value instanceof Sentence) return value.parts;
  return [typeof value === "number" ? String(value) : value];
}

/** Mentions a setting by its field, with an optional value. */
export function setting(name: string, value?: string | number): Mention {
  return { kind: "setting", name, ...(value !== undefined && { value }) };
}

/** Mentions a command, with an optional first argument. */
export function command(name: string, value?: string): Mention {
  return { kind: "command", name, ...(value !== undefined && { value }) };
}
