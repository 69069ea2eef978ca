/**
 * Starts workers from module text, so that no file is read at run time.
 *
 * @module
 */

/**
 * Starts a worker from the text of a module that imports nothing. Its object URL is revoked at its
 * first message.
 */
export function startWorker(moduleText: string): Worker {
  const url = URL.createObjectURL(new Blob([moduleText], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  for (const event of ["message", "messageerror", "error"]) {
    worker.addEventListener(event, () => URL.revokeObjectURL(url), { once: true });
  }
  return worker;
}
