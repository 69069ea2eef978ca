/**
 * Starts workers from module text, so that no file is read at run time.
 *
 * @module
 */
import { DeviceError } from "./errors.ts";

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

/** A worker that answers each message with one, in order. It starts with the first message. */
export class AnsweringWorker<Answer> {
  readonly #what: string;
  readonly #texts: readonly string[];
  readonly #answers: PromiseWithResolvers<Answer>[] = [];
  #worker: Worker | undefined;
  #ended: DeviceError | undefined;

  /**
   * @param what Its name in errors, such as "the thread that makes batches".
   * @param texts See {@linkcode startWorker}.
   */
  constructor(what: string, ...texts: readonly string[]) {
    this.#what = what;
    this.#texts = texts;
  }

  /** The number of unanswered messages. */
  get pending(): number {
    return this.#answers.length;
  }

  /**
   * The answer to a message.
   *
   * @throws {DeviceError} when the worker has ended, or ends before it answers.
   */
  async ask(message: unknown, transfer: Transferable[] = []): Promise<Answer> {
    if (this.#ended) throw this.#ended;
    this.#worker ??= this.#start();
    const answer = Promise.withResolvers<Answer>();
    this.#answers.push(answer);
    this.#worker.postMessage(message, transfer);
    return await answer.promise;
  }

  #start(): Worker {
    const worker = startWorker(...this.#texts);
    worker.onmessage = ({ data }) => this.#answers.shift()?.resolve(data);
    worker.onmessageerror = () => this.end("its answer cannot be read");
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(event.message);
    };
    return worker;
  }

  /** Ends it and rejects what is unanswered. Returns the error that every later message gets. */
  end(why: string): DeviceError {
    this.#ended ??= new DeviceError(`${this.#what} has ended: ${why}`);
    this.#worker?.terminate();
    for (const { reject } of this.#answers.splice(0)) reject(this.#ended);
    return this.#ended;
  }
}

/** Workers of one kind: a message goes to the one with the fewest unanswered messages. */
export class AnsweringWorkers<Answer> implements Disposable {
  readonly #make: () => AnsweringWorker<Answer>;
  readonly #workers: AnsweringWorker<Answer>[] = [];

  /**
   * @param what The name of each in errors.
   * @param texts See {@linkcode startWorker}.
   */
  constructor(what: string, ...texts: readonly string[]) {
    this.#make = () => new AnsweringWorker(what, ...texts);
  }

  /**
   * The answer to a message, by one of `count` workers. They start with their first message.
   *
   * @throws {DeviceError} when the worker has ended, or ends before it answers.
   */
  async ask(count: number, message: unknown, transfer: Transferable[] = []): Promise<Answer> {
    while (this.#workers.length < count) this.#workers.push(this.#make());
    const worker = this.#workers.reduce((a, b) => b.pending < a.pending ? b : a);
    return await worker.ask(message, transfer);
  }

  /** Ends the workers and rejects what is unanswered. */
  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.end("it was stopped");
    this.#workers.length = 0;
  }
}
