/**
 * Starts workers from module text, so that no file is read at run time.
 *
 * @module
 */

/** An import of another file of the project. */
const OWN_IMPORT = /^import .* from "\.\/.*";$/gm;

/**
 * Starts a worker from the text of a module. The texts of the files that it imports come before it;
 * together they are one module without these imports. Its object URL is revoked at its first
 * message.
 */
export function startWorker(...texts: readonly string[]): Worker {
  const parts = texts.map((text) => text.replaceAll(OWN_IMPORT, ""));
  const url = URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  for (const event of ["message", "messageerror", "error"]) {
    worker.addEventListener(event, () => URL.revokeObjectURL(url), { once: true });
  }
  return worker;
}
