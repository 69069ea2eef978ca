/**
 * A template for HTML that escapes every value. File names are untrusted input.
 *
 * @module
 */
import { escapeText } from "../pictures/svg.ts";

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

/**
 * A value in a template. HTML is inserted as it is, lists are joined, other values are escaped;
 * `null`, `undefined` and `false` give nothing.
 */
export type Value = Html | string | number | null | undefined | false | readonly Value[];

/** HTML with its values escaped, for content and for attributes in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.reduce((text, part, index) => text + textOf(values[index - 1]) + part));
}

/** Marks text from this program as HTML: a chart, a style sheet. */
export function raw(text: string): Html {
  return new Html(text);
}

function textOf(value: Value): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(textOf).join("");
  return escapeText(String(value)).replaceAll("'", "&#39;");
}
