/**
 * The output stream of a command.
 *
 * @module
 */

/** Standard output as a command sees it. */
export interface Say {
  /** Whether lines can be redrawn in place. */
  readonly terminal: boolean;
  /** The current width of the terminal in characters. */
  columns(): number;
  /** Writes text unchanged. */
  write(text: string): void;
  /** Writes a line. */
  line(text?: string): void;
}

/**
 * Writes to standard output. If the reader of a pipe or the terminal is gone, or the disk of a log
 * is full, output is dropped and the work continues: Ctrl-C also ends the `tee` behind a run, and
 * the run must still save.
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
