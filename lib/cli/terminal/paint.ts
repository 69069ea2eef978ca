/**
 * Colours of the few words that must be found at a glance. The words say the same without them.
 *
 * @module
 */

const CODES = { error: 31, warning: 33, best: 36 } as const;

/** Paints a text; without colours it stays as it is. */
export function painted(text: string, tone: keyof typeof CODES, colours: boolean): string {
  return colours ? `\x1b[${CODES[tone]}m${text}\x1b[0m` : text;
}

/** Paints the words that begin lines of messages: "error:", "warning:". */
export function withTone(text: string, colours: boolean): string {
  return text.replace(/^(error|warning):/gm, (word, tone) => painted(word, tone, colours));
}

/** Whether a stream shows colours: a terminal does, unless the user has set NO_COLOR. */
export function hasColours(stream: { isTerminal(): boolean }, noColor = Deno.noColor): boolean {
  return stream.isTerminal() && !noColor;
}
