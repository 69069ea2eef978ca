/**
 * Makes text from files harmless to show. A terminal obeys control characters: they move the
 * cursor, rename the window, fill the clipboard. Direction marks show text in another order than it
 * has. Each such character is written out instead: `\x1b`, `\u202e`.
 *
 * @module
 */

/** Controls (C0, C1, delete), direction marks, separators of lines, invisible joins. */
const UNSEEN =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** Line breaks that do not begin an indented line. */
const FLUSH_BREAK = /\n(?! )/g;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** One line: line breaks are written out, too. */
export function visibleLine(text: string): string {
  return text.toWellFormed().replaceAll(UNSEEN, escaped);
}

/** Several lines: line breaks stay. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visibleLine).join("\n");
}

/**
 * A message: a line break stays where the next line is indented, as our own lists are. A line break
 * in a name therefore cannot begin a line that looks like a message of its own.
 */
export function visibleMessage(text: string): string {
  return visibleLines(text.replaceAll(FLUSH_BREAK, "\\n"));
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return NAMED[character] ??
    (code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`);
}

/** The text without its middle if it is longer than `most` characters. */
export function brief(text: string, most = 300): string {
  if (text.length <= most) return text;
  const end = Math.floor(most / 4);
  const left = text.length - most;
  return `${text.slice(0, most - end)}... (${left} characters left out) ...${text.slice(-end)}`;
}

/** Text of which no line, nor the whole, is much longer than a reader wants to see. */
export function briefLines(text: string): string {
  const whole = brief(text, 16_000);
  return whole.length <= 1000
    ? whole
    : whole.split("\n").map((line) => brief(line, 1000)).join("\n");
}
