/**
 * A shared WebAssembly memory and the threads that compute on it.
 *
 * The calling thread computes, too. It spins while other threads finish, and sleeps where that
 * takes long, which tells that the system runs something else in their place. Every 50 ms it lets
 * the event loop run, so that timers, signals and progress bars work. Workers sleep between runs.
 *
 * @module
 */
import { DeviceError } from "../../core/errors.ts";
import {
  instantiate,
  kernelModule,
  type Kernels,
  PAGE_BYTES,
  sharedMemory,
  type Simd,
} from "../../core/wasm.ts";
import { startWorker } from "../../core/worker.ts";
import type { Job } from "./job.ts";
import {
  CALLER_SLEEPS,
  CONTROL_WORDS,
  DONE,
  FAILED,
  JOB_ADDRESS,
  JOB_NUMBER,
  LEFT,
  makeThread,
  SCRATCH_ADDRESS,
  SCRATCH_BYTES,
  SLEEPERS,
  STOP,
  WAKE,
} from "./worker.js";
import workerText from "./worker.js" with { type: "text" };

/** The longest time between two turns of the event loop, in milliseconds. */
const SLICE_MS = 50;

/** The calling thread spins so long before it sleeps. Threads that run end within less. */
const SPIN_MS = 0.5;

/** Whether this thread may sleep: that of a page may not. */
const MAY_SLEEP = maySleep();

function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return true;
  } catch {
    return false;
  }
}

/** Memory and threads. */
export class Machine {
  readonly memory: WebAssembly.Memory;
  readonly threads: number;
  readonly #module: WebAssembly.Module;
  readonly #kernels: Kernels;
  readonly #names: string[];
  // A page of a file has no SharedArrayBuffer by name, yet its WebAssembly memories share theirs.
  readonly #control = new Int32Array(sharedMemory(1, PAGE_BYTES).buffer, 0, CONTROL_WORDS);
  readonly #work: () => boolean;
  readonly #workers: Worker[] = [];
  #sliceStart = 0;

  private constructor(threads: number, mostBytes: number, simd: Simd | undefined) {
    this.threads = threads;
    this.memory = sharedMemory(PAGE_BYTES, mostBytes);
    this.#module = kernelModule(simd);
    this.#kernels = instantiate(this.memory, this.#module);
    this.#names = kernelNames(this.#kernels);
    const kernels = this.#names.map((name) => this.#kernels[name]);
    this.#work = makeThread(this.#control, this.memory, kernels, 0).work;
  }

  /**
   * Starts a machine with `threads` threads, including the calling one. Its memory can grow to
   * `mostBytes` bytes. `simd` chooses the build of the kernels, by default the best that runs here.
   *
   * @throws {DeviceError} when a worker does not start.
   */
  static async start(threads: number, mostBytes: number, simd?: Simd): Promise<Machine> {
    const machine = new Machine(threads, mostBytes, simd);
    const starts = Array.from({ length: threads - 1 }, (_, i) => machine.#startWorker(i + 1));
    await Promise.all(starts);
    return machine;
  }

  async #startWorker(thread: number): Promise<void> {
    const worker = startWorker(workerText);
    this.#workers.push(worker);
    await new Promise<void>((resolve, reject) => {
      worker.onmessage = () => resolve();
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new DeviceError(`worker thread ${thread} does not start: ${event.message}`));
      };
      worker.postMessage({
        module: this.#module,
        memory: this.memory,
        control: this.#control,
        names: this.#names,
        thread,
      });
    });
  }

  /**
   * Grows the memory to at least `bytes` bytes.
   *
   * @throws {DeviceError} when the system refuses.
   */
  grow(bytes: number): void {
    const missing = Math.ceil((bytes - this.memory.buffer.byteLength) / PAGE_BYTES);
    if (missing <= 0) return;
    try {
      this.memory.grow(missing);
    } catch (cause) {
      throw new DeviceError(`the system does not give ${bytes} bytes of memory`, { cause });
    }
  }

  /** Sets the address of the first thread's scratch memory, and the bytes of each. */
  setScratch(address: number, bytesPerThread: number): void {
    Atomics.store(this.#control, SCRATCH_ADDRESS, address);
    Atomics.store(this.#control, SCRATCH_BYTES, bytesPerThread);
  }

  /**
   * Writes a job's description to `address`.
   *
   * @throws {Error} when the number of arguments is not the kernel's.
   */
  describe(job: Job, address: number): void {
    const kernel = this.#names.indexOf(job.kernel);
    // The thread adds the first two arguments, task and scratch.
    const wanted = this.#kernels[job.kernel].length - 2;
    if (job.args.length !== wanted) {
      throw new Error(
        `kernel ${job.kernel} takes ${wanted} arguments, ${job.args.length} are given`,
      );
    }
    new Float64Array(this.memory.buffer, address, 3 + job.args.length)
      .set([kernel, job.tasks, job.args.length, ...job.args]);
  }

  /** Runs described jobs one after the other, each on all threads. */
  async run(jobs: readonly { readonly address: number; readonly tasks: number }[]): Promise<void> {
    this.#sliceStart = performance.now();
    for (const { address, tasks } of jobs) {
      if (tasks === 0) continue;
      this.#publish(address, tasks);
      while (this.#work()) if (this.#isSliceOver()) await this.#yield();
      await this.#awaitDone(tasks);
      if (Atomics.load(this.#control, FAILED)) {
        throw new Error("a kernel failed on a worker thread");
      }
    }
  }

  /** Waits for the tasks that other threads have taken. */
  async #awaitDone(tasks: number): Promise<void> {
    const control = this.#control;
    const start = performance.now();
    for (;;) {
      const done = Atomics.load(control, DONE);
      if (done === tasks) return;
      if (this.#isSliceOver()) await this.#yield();
      else if (MAY_SLEEP && performance.now() - start > SPIN_MS) this.#sleep(done);
    }
  }

  /** Sleeps until more than `done` tasks are done, or the slice is over. */
  #sleep(done: number): void {
    const control = this.#control;
    Atomics.store(control, CALLER_SLEEPS, 1);
    // A thread that ends a task changes DONE before it looks whether the caller sleeps.
    Atomics.wait(control, DONE, done, this.#sliceStart + SLICE_MS - performance.now());
    Atomics.store(control, CALLER_SLEEPS, 0);
  }

  #publish(address: number, tasks: number): void {
    const control = this.#control;
    Atomics.store(control, JOB_ADDRESS, address);
    Atomics.add(control, JOB_NUMBER, 1);
    Atomics.store(control, DONE, 0);
    Atomics.store(control, LEFT, tasks);
    Atomics.add(control, WAKE, 1);
    if (Atomics.load(control, SLEEPERS) > 0) Atomics.notify(control, WAKE);
  }

  #isSliceOver(): boolean {
    return performance.now() - this.#sliceStart > SLICE_MS;
  }

  /** Lets the event loop run. */
  async #yield(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    this.#sliceStart = performance.now();
  }

  /** Ends the workers. */
  close(): void {
    Atomics.store(this.#control, STOP, 1);
    Atomics.add(this.#control, WAKE, 1);
    Atomics.notify(this.#control, WAKE);
    for (const worker of this.#workers) worker.terminate();
    this.#workers.length = 0;
  }
}

/** The kernels in an order that all threads share. */
function kernelNames(kernels: Kernels): string[] {
  return Object.keys(kernels).filter((name) => typeof kernels[name] === "function").sort();
}
