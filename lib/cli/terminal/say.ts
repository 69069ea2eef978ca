/**
 * The output streams of a command. What a command says may hold names from files, so control
 * characters in it are written out; only a bar that is redrawn moves the cursor.
 *
 * @module
 */
import { visibleLine, visibleLines, visibleMessage } from "../../mod.ts";

/** Standard output as a command sees it. */
export interface Say {
  /** Whether lines can be redrawn in place. */
  readonly terminal: boolean;
  /** The current width of the terminal in characters. */
  columns(): number;
  /** Writes text unchanged: for the program's own escape sequences, never for names. */
  write(text: string): void;
  /** Writes a line. Control characters are written out, line breaks too. */
  line(text?: string): void;
  /** Writes the lines of a table or of several sentences. Cells must hold no line breaks. */
  block(text: string): void;
}

/** Writes a message to standard error. Lines after the first one must be indented. */
export function complain(text: string): void {
  writeTo(Deno.stderr, `${visibleMessage(text)}\n`);
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
  return {
    terminal: Deno.stdout.isTerminal(),
    columns: terminalColumns,
    write,
    line: (text = "") => write(`${visibleLine(text)}\n`),
    block: (text) => write(`${visibleLines(text)}\n`),
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
