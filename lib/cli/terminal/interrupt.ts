/**
 * Ctrl-C: the first asks to stop, the second ends the program at once. The end of the terminal or of the system
 * counts as one.
 *
 * @module
 */
import { EXIT } from "./exit.ts";

/** One press can arrive twice within moments: from the terminal, and from `deno task`, which passes it on. */
const SAME_PRESS_MS = 500;

/** What a terminal sends at Ctrl-C and when it is closed, and what a system sends before it stops a program. */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGHUP", "SIGTERM"];

/** Listens for Ctrl-C until it is disposed of; `asked` is called at the first. */
export function onInterrupt(asked: () => void): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const listener = interruptListener({
    asked() {
      controller.abort();
      asked();
    },
    end: () => Deno.exit(EXIT.interrupted),
    now: () => performance.now(),
  });
  for (const signal of SIGNALS) Deno.addSignalListener(signal, listener);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, listener);
    },
  };
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
