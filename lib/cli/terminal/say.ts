/**
 * Where a command's words go.
 *
 * @module
 */

/** Standard output as a command sees it. */
export interface Say {
  /** Whether lines can be redrawn in place. */
  readonly terminal: boolean;
  /** The characters that fit beside each other now. */
  columns(): number;
  /** Writes text as it is. */
  write(text: string): void;
  /** Writes a line. */
  line(text?: string): void;
}

/**
 * Words for the person at the screen. When the reader of a pipe or the terminal is gone the work
 * goes on in silence: Ctrl-C also ends the `tee` behind a run, and the run must still save.
 */
export function sayOnStdout(): Say {
  const encoder = new TextEncoder();
  const write = (text: string) => {
    const bytes = encoder.encode(text);
    try {
      for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  };
  return {
    terminal: Deno.stdout.isTerminal(),
    columns: terminalColumns,
    write,
    line: (text = "") => write(`${text}\n`),
  };
}

/** A pipe without a reader; a terminal that was closed, for which Deno has no error of its own. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe ||
    (error instanceof Error && error.message.includes("Input/output error"));
}

const USUAL_COLUMNS = 80;

/** The width of the terminal; the usual one where there is none, or where it does not tell. */
function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns || USUAL_COLUMNS;
  } catch {
    return USUAL_COLUMNS;
  }
}
