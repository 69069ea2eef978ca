/**
 * Ctrl-C: the first asks to stop, the second ends the program at once. The end of the terminal or
 * of the system counts as one.
 *
 * @module
 */
import { EXIT } from "./exit.ts";

/**
 * One press can arrive twice within moments: from the terminal, and from `deno task`, which passes
 * it on.
 */
const SAME_PRESS_MS = 500;

/**
 * What a terminal sends at Ctrl-C and when it is closed, and what a system sends before it stops a
 * program.
 */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGHUP", "SIGTERM"];

/** Ctrl-C as a request to stop. Until {@linkcode Interrupt.listen} it ends the program at once. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  #listener: (() => void) | undefined;

  /** Aborted at the first Ctrl-C. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Listens until its end; `asked` is called at the first Ctrl-C. */
  listen(asked: () => void): void {
    this.#listener = interruptListener({
      asked: () => {
        this.#controller.abort();
        asked();
      },
      end: () => Deno.exit(EXIT.interrupted),
      now: () => performance.now(),
    });
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#listener);
  }

  /** Listens no longer. */
  end(): void {
    if (this.#listener === undefined) return;
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#listener);
    this.#listener = undefined;
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/** What to do when the signal arrives: `asked` at the first press, `end` at a later one. */
export function interruptListener({ asked, end, now }: {
  readonly asked: () => void;
  readonly end: () => void;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
}): () => void {
  let first: number | undefined;
  return () => {
    if (first === undefined) {
      first = now();
      asked();
    } else if (now() - first > SAME_PRESS_MS) end();
  };
}
