// deno-lint-ignore-file no-unused-vars -- the other scripts of the page use this one.
// The workers of the page. Each has the whole program and the model, and does one job at a time.

/** An error of a job. `kind` is the name of the error's class in the program. */
class JobError extends Error {
  constructor({ kind, message }) {
    super(message);
    this.kind = kind;
  }
}

/** One worker. It is opened by its first message. */
class PageWorker {
  #worker;
  #waiting = [];

  constructor(url, opening) {
    this.#worker = new Worker(url);
    this.#worker.onmessage = ({ data }) => {
      const { resolve, reject } = this.#waiting.shift();
      if ("kind" in data) reject(new JobError(data));
      else resolve(data.value);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.end(event.message || "the browser ended it");
    };
    this.opened = this.ask(opening);
    // Whoever asks it hears of the error.
    this.opened.catch(() => {});
  }

  get busy() {
    return this.#waiting.length > 0;
  }

  ask(message) {
    const answer = Promise.withResolvers();
    this.#waiting.push(answer);
    this.#worker.postMessage(message);
    return answer.promise;
  }

  end(why) {
    this.ended = true;
    this.#worker.terminate();
    const error = { kind: "DeviceError", message: `a worker of this page has ended: ${why}` };
    for (const { reject } of this.#waiting.splice(0)) reject(new JobError(error));
  }
}

/** The workers, and the jobs that wait for one. */
class Pool {
  #url;
  #opening;
  #workers = [];
  #jobs = [];
  size = 1;

  /** `opening` is a worker's first message. */
  constructor(url, opening) {
    this.#url = url;
    this.#opening = opening;
  }

  /** Opens the model in the first worker, and tells where it computes. */
  async open() {
    const first = new PageWorker(this.#url, this.#opening);
    this.#workers.push(first);
    const opened = await first.opened;
    const { engine, bytes } = opened;
    this.size = engine === "gpu" ? 1 : mostWorkers(bytes);
    this.#opening = { ...this.#opening, device: engine };
    return opened;
  }

  /** The answer to a job; jobs that are `urgent` come before those that wait. */
  ask(job, argument, urgent = false) {
    const answer = Promise.withResolvers();
    const waiting = { message: { job, argument }, answer };
    if (urgent) this.#jobs.unshift(waiting);
    else this.#jobs.push(waiting);
    this.#begin();
    return answer.promise;
  }

  /** Gives waiting jobs to workers that are free; starts further workers while jobs wait. */
  #begin() {
    this.#workers = this.#workers.filter(({ ended }) => !ended);
    while (this.#jobs.length > 0) {
      let free = this.#workers.find(({ busy }) => !busy);
      if (!free && this.#workers.length < this.size) {
        free = new PageWorker(this.#url, this.#opening);
        this.#workers.push(free);
      }
      if (!free) return;
      this.#give(free, this.#jobs.shift());
    }
  }

  async #give(worker, waiting) {
    const { message, answer } = waiting;
    const asked = worker.ask(message);
    asked.catch(() => {});
    try {
      await worker.opened;
    } catch (error) {
      // There may be memory for fewer workers than the browser let hope for.
      worker.end(error.message);
      this.size = Math.max(1, this.size - 1);
      const others = this.#workers.filter(({ ended }) => !ended);
      if (others.length > 0) this.#jobs.unshift(waiting);
      else answer.reject(error);
      return this.#begin();
    }
    try {
      answer.resolve(await asked);
    } catch (error) {
      answer.reject(error);
    }
    this.#begin();
  }

  close() {
    for (const worker of this.#workers) worker.end("it was stopped");
    for (const { answer } of this.#jobs.splice(0)) {
      answer.reject(new JobError({ kind: "Stopped", message: "stopped" }));
    }
    this.#workers = [];
  }
}

/** One worker for each core, in half of the memory that the browser tells of. */
function mostWorkers(bytes) {
  const memory = (navigator.deviceMemory ?? 4) * 2 ** 30 / 2;
  return Math.max(1, Math.min(navigator.hardwareConcurrency || 1, Math.floor(memory / bytes)));
}
