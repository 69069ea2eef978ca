/**
 * Handles Ctrl-C: the first press requests a stop, the second ends the program at once. Closing the
 * terminal and shutting down the system count as a press.
 *
 * @module
 */
import { EXIT } from "./exit.ts";

/**
 * The interval in which signals count as one press, in ms. A press can arrive twice: from the
 * terminal, and from `deno task`, which forwards it.
 */
const SAME_PRESS_MS = 500;

/** The signals of Ctrl-C, of a closed terminal, and of a system that stops a program. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGHUP", "SIGTERM"];

/**
 * Ctrl-C as a stop request. Before {@linkcode Interrupt.listen}, Ctrl-C ends the program at once.
 */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController();
  #listener: (() => void) | undefined;

  /** Aborted at the first Ctrl-C. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts listening. `asked` is called at the first Ctrl-C, that of an earlier call no more. */
  listen(asked: () => void): void {
    this.end();
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

  /** Stops listening. */
  end(): void {
    if (this.#listener === undefined) return;
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#listener);
    this.#listener = undefined;
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/** A signal handler that calls `asked` at the first press and `end` at a later one. */
export function interruptListener({ asked, end, now }: {
  readonly asked: () => void;
  readonly end: () => void;
  /** Returns monotonic time in ms. */
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
