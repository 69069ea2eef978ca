/**
 * HTML as a template in which every value is escaped, whatever it holds: names of files are
 * anybody's words.
 *
 * @module
 */
import { escapeText } from "../../pictures/svg.ts";

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

/**
 * What a template takes: HTML goes in as it is, lists are joined, all else is escaped; nothing for
 * what is missing.
 */
export type Value = Html | string | number | null | undefined | false | readonly Value[];

/** HTML with its values escaped, for content and for attributes in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.reduce((text, part, index) => text + textOf(values[index - 1]) + part));
}

/** Marks text that this program made as HTML: a chart, a style sheet. */
export function raw(text: string): Html {
  return new Html(text);
}

function textOf(value: Value): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(textOf).join("");
  return escapeText(String(value)).replaceAll("'", "&#39;");
}
