/**
 * Where a command's words go.
 *
 * @module
 */

/** Standard output as a command sees it. */
export interface Say {
  /** Whether lines can be redrawn in place. */
  readonly terminal: boolean;
  /** Writes text as it is. */
  write(text: string): void;
  /** Writes a line. */
  line(text?: string): void;
}

/** Words for the person at the screen. */
export function sayOnStdout(): Say {
  const encoder = new TextEncoder();
  const write = (text: string) => {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  };
  return {
    terminal: Deno.stdout.isTerminal(),
    write,
    line: (text = "") => write(`${text}\n`),
  };
}
