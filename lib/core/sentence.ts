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
 * Values are cut to a readable length, since they may come from a file.
 *
 * @module
 */
import { brief, briefLines } from "./visible.ts";

/** A setting or a command in a sentence. */
export interface Mention {
  readonly kind: "setting" | "command";
  /** The field of a setting, such as `learningRate`, or the name of a command. */
  readonly name: string;
  /** The value of the setting, or the argument of the command. */
  readonly value?: string | number;
}

/** Writes a mention as a front end spells it. */
export type Spell = (mention: Mention) => string;

/** Text with mentions. Its string form names settings by their fields. */
export class Sentence {
  readonly parts: readonly (string | Mention)[];

  constructor(parts: readonly (string | Mention)[]) {
    this.parts = parts.map((part) => typeof part === "string" ? briefLines(part) : part);
  }

  /** The text with each mention as `spell` writes it. */
  spelled(spell: Spell): string {
    return this.parts.map((part) => typeof part === "string" ? part : spell(part)).join("");
  }

  toString(): string {
    return this.spelled(({ name, value }) => value === undefined ? name : `${name} ${value}`);
  }

  /** Files name settings by their fields. */
  toJSON(): string {
    return this.toString();
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
  return [typeof value === "object" ? value : brief(String(value))];
}

/** Mentions a setting by its field, with an optional value. */
export function setting(name: string, value?: string | number): Mention {
  const shown = typeof value === "string" ? brief(value) : value;
  return { kind: "setting", name, ...(shown !== undefined && { value: shown }) };
}

/** Mentions the size of a network's input: one number for a square. */
export function sizeSetting(
  { width, height }: { readonly width: number; readonly height: number },
): Mention {
  return setting("size", width === height ? width : `${width}x${height}`);
}

/** Mentions a command, with an optional first argument. */
export function command(name: string, value?: string): Mention {
  return { kind: "command", name, ...(value !== undefined && { value: brief(value) }) };
}
