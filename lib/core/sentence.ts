/**
 * Sentences that mention settings and commands. A library knows a setting as a field, a command
 * line as a flag. So a sentence keeps each mention apart from the words around it, and the place
 * that shows the sentence spells it.
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
  /** The field of a setting, such as `learningRate`; the name of a command. */
  readonly name: string;
  /** What the setting is, or should be, set to; what the command is called with. */
  readonly value?: string | number;
}

/** Text with mentions. As a string, settings are called by their fields. */
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
 * Makes a sentence. A sentence inside it keeps its mentions; a line break in the text, with the
 * spaces around it, counts as one space.
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

/** Mentions a setting by its field, with a value where one belongs to it. */
export function setting(name: string, value?: string | number): Mention {
  return { kind: "setting", name, ...(value !== undefined && { value }) };
}

/** Mentions a command, with its first argument where there is one. */
export function command(name: string, value?: string): Mention {
  return { kind: "command", name, ...(value !== undefined && { value }) };
}
