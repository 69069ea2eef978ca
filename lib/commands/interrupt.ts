/**
 * Ctrl-C: the first asks to stop, the second ends the program at once.
 *
 * @module
 */
import { EXIT } from "./exit.ts";

/** Listens for Ctrl-C until it is disposed of; `asked` is called at the first. */
export function onInterrupt(asked: () => void): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const listener = () => {
    if (controller.signal.aborted) Deno.exit(EXIT.interrupted);
    controller.abort();
    asked();
  };
  Deno.addSignalListener("SIGINT", listener);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGINT", listener),
  };
}
