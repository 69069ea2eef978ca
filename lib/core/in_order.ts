/**
 * Tasks that run at the same time, within bounds, and whose results come in their order.
 *
 * @module
 */

/** How much may be on its way. */
export interface InOrderBounds {
  /** Tasks; with 1, each ends before `add` does. */
  readonly tasks: number;
  /** Bytes that the tasks hold. One task may hold more. */
  readonly bytes: number;
}

/** A queue of tasks on their way. Disposal waits for those that have begun. */
export class InOrder<Result> implements AsyncDisposable {
  readonly #bounds: InOrderBounds;
  readonly #take: (result: Result) => void;
  readonly #onTheirWay: { readonly bytes: number; readonly taken: Promise<void> }[] = [];
  #begun: Promise<unknown> = Promise.resolve();
  #last: Promise<void> = Promise.resolve();

  /** @param take Is given each result as soon as it and those before it are there. */
  constructor(bounds: InOrderBounds, take: (result: Result) => void) {
    this.#bounds = bounds;
    this.#take = take;
  }

  /**
   * Begins a task, then waits until another one may begin.
   *
   * @param bytes About what the task holds in memory.
   * @throws What a task or `take` threw. No later result is taken then.
   */
  async add(bytes: number, task: () => Promise<Result>): Promise<void> {
    const result = task();
    const before = this.#last;
    const take = async () => {
      await before;
      this.#take(await result);
    };
    const taken = take();
    // Its values are dropped: they would hold every result.
    this.#begun = Promise.allSettled([this.#begun, result, taken]).then(() => {});
    this.#last = taken;
    this.#onTheirWay.push({ bytes, taken });
    while (this.#isFull()) {
      await this.#onTheirWay[0].taken;
      this.#onTheirWay.shift();
    }
  }

  /** Waits until all results are taken. Throws as {@linkcode add} does. */
  async end(): Promise<void> {
    await this.#last;
  }

  #isFull(): boolean {
    const { tasks, bytes } = this.#bounds;
    const held = this.#onTheirWay.reduce((sum, task) => sum + task.bytes, 0);
    return this.#onTheirWay.length >= tasks || held > bytes;
  }

  /** Waits for the tasks that have begun, whatever becomes of them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#begun;
  }
}
