/**
 * The output streams of a command. What a command says may hold names from files, so control
 * characters in it are written out; only a bar that is redrawn moves the cursor.
 *
 * @module
 */
import { visibleLine, visibleLines, visibleMessage } from "../../mod.ts";
import { hasColours, withTone } from "./paint.ts";

/** Standard output as a command sees it. */
export interface Say {
  /** Whether lines can be redrawn in place. */
  readonly terminal: boolean;
  /** Whether text may be coloured. */
  readonly colours?: boolean;
  /** The current width of the terminal in characters. */
  columns(): number;
  /** Writes text unchanged: for the program's own escape sequences, never for names. */
  write(text: string): void;
  /**
   * Writes a line. Control characters are written out, line breaks too. A `result` is what a
   * command came to; `--quiet` prints nothing else.
   */
  line(text?: string, kind?: "result"): void;
  /** Writes the lines of a table or of several sentences. Cells must hold no line breaks. */
  block(text: string): void;
}

/** Writes a message to standard error. Lines after the first one must be indented. */
export function complain(text: string): void {
  writeTo(Deno.stderr, `${withTone(visibleMessage(text), hasColours(Deno.stderr))}\n`);
}

/** Writes plain data to standard output, one object a line. */
export type Json = (value: Readonly<Record<string, unknown>>) => void;

/** Characters that a terminal obeys, and that JSON need not write as escapes. */
const OBEYED = /[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** An object as one line of JSON in which a name cannot do anything to a terminal. */
export function jsonLine(value: Readonly<Record<string, unknown>>): string {
  const escaped = (character: string) =>
    `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(value).replace(OBEYED, escaped)}\n`;
}

/** Writes JSON to standard output. */
export function jsonOnStdout(): Json {
  return (value) => writeTo(Deno.stdout, jsonLine(value));
}

/** Says nothing on standard output. Warnings go to standard error. */
export function unsaid(warn: (text: string) => void = complain): Say {
  const line = (text = "") => {
    if (text.startsWith("warning: ")) warn(text);
  };
  const block = (text: string) => text.split("\n").forEach(line);
  return { terminal: false, columns: terminalColumns, write() {}, line, block };
}

/** Says only results. */
export function quietSay(say: Say): Say {
  const line: Say["line"] = (text, kind) => {
    if (kind === "result") say.line(text);
  };
  return { ...unsaid(() => {}), line };
}

/** Writes the parser's text, such as the help, to the streams. */
export const PARSER_OUTPUT = {
  writeOut: (text: string) => writeTo(Deno.stdout, text),
  writeErr: (text: string) => writeTo(Deno.stderr, text),
} as const;

/**
 * Writes text to a stream. If the reader of a pipe or the terminal is gone, or the disk of a log is
 * full, the text is dropped and the work continues: Ctrl-C also ends the `tee` behind a run, and
 * the run must still save.
 */
function writeTo(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Writes to standard output. */
export function sayOnStdout(): Say {
  const write = (text: string) => writeTo(Deno.stdout, text);
  const colours = hasColours(Deno.stdout);
  return {
    terminal: Deno.stdout.isTerminal(),
    colours,
    columns: terminalColumns,
    write,
    line: (text = "") => write(`${withTone(visibleLine(text), colours)}\n`),
    block: (text) => write(`${withTone(visibleLines(text), colours)}\n`),
  };
}

/**
 * Whether an error means a pipe without a reader, a closed terminal or a broken disk (5), a log
 * that is larger than allowed (27), a full disk (28) or a full quota (122). Deno has no classes for
 * most.
 */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    (error instanceof Error && /\(os error (5|27|28|122)\)/.test(error.message));
}

const USUAL_COLUMNS = 80;

/** The width of the terminal, or the usual width if it is unknown. */
function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns || USUAL_COLUMNS;
  } catch {
    return USUAL_COLUMNS;
  }
}
