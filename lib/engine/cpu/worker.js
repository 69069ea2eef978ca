// A thread of the CPU engine: takes tasks of the current job until none is left.
//
// This file is used twice: imported by machine.ts for the calling thread, and as text for the
// workers, so it imports nothing.
//
// The control block is an Int32Array in a separate shared memory (see the indices below). LEFT
// counts the tasks that no thread has taken yet; a thread takes one by compare and exchange. A
// job's description lies in the WebAssembly memory: kernel, tasks, argument count, arguments, as
// doubles. It is written before LEFT and stays until the last task is done, so a thread that holds
// a task may read it. WAKE is written last. A worker that found no work before the write wakes and
// looks again.

export const LEFT = 0;
export const JOB_NUMBER = 1;
export const JOB_ADDRESS = 2;
export const DONE = 3;
export const WAKE = 4;
export const SLEEPERS = 5;
export const STOP = 6;
export const FAILED = 7;
/** 1 while the calling thread sleeps until DONE changes. */
export const CALLER_SLEEPS = 10;
/** First byte of the threads' scratch memories, and the bytes of each. */
export const SCRATCH_ADDRESS = 8;
export const SCRATCH_BYTES = 9;
export const CONTROL_WORDS = 16;

/** Number of checks for a new job before an idle worker sleeps: 20 to 50 microseconds. */
const SPINS = 4000;

/**
 * One thread's view of the work.
 *
 * @param {Int32Array} control
 * @param {WebAssembly.Memory} memory
 * @param {((...args: number[]) => number)[]} kernels in the order of the job descriptions
 * @param {number} thread 0 is the calling thread
 */
export function makeThread(control, memory, kernels, thread) {
  let number = -1;
  let scratch = 0;
  let kernel = kernels[0];
  let tasks = 0;
  /** @type {number[]} */
  let args = [];

  /** Reads the description of the job that a held task belongs to. */
  function readJob() {
    const now = Atomics.load(control, JOB_NUMBER);
    if (now === number) return;
    number = now;
    const address = Atomics.load(control, JOB_ADDRESS) >>> 0;
    const words = new Float64Array(memory.buffer, address, 3);
    kernel = kernels[words[0]];
    tasks = words[1];
    args = Array.from(new Float64Array(memory.buffer, address + 24, words[2]));
    const first = Atomics.load(control, SCRATCH_ADDRESS) >>> 0;
    scratch = first + thread * Atomics.load(control, SCRATCH_BYTES);
  }

  /** Does one task of the current job; returns false when none is left to take. */
  function work() {
    for (;;) {
      const left = Atomics.load(control, LEFT);
      if (left === 0) return false;
      if (Atomics.compareExchange(control, LEFT, left, left - 1) !== left) continue;
      readJob();
      try {
        kernel(tasks - left, scratch, ...args);
      } catch (error) {
        Atomics.store(control, FAILED, 1);
        throw error;
      } finally {
        Atomics.add(control, DONE, 1);
        if (Atomics.load(control, CALLER_SLEEPS)) Atomics.notify(control, DONE);
      }
      return true;
    }
  }

  return { work };
}

/** The loop of a worker until STOP is set: work, spin for a new job, sleep. */
function serve(control, work) {
  while (!Atomics.load(control, STOP)) {
    const seen = Atomics.load(control, WAKE);
    while (work());
    let spins = SPINS;
    while (spins > 0 && Atomics.load(control, WAKE) === seen) spins--;
    if (spins === 0) {
      Atomics.add(control, SLEEPERS, 1);
      Atomics.wait(control, WAKE, seen);
      Atomics.sub(control, SLEEPERS, 1);
    }
  }
}

if (typeof WorkerGlobalScope !== "undefined" && globalThis instanceof WorkerGlobalScope) {
  globalThis.onmessage = ({ data: { module, memory, control, names, thread } }) => {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const kernels = names.map((name) => exports[name]);
    const { work } = makeThread(control, memory, kernels, thread);
    globalThis.postMessage("ready");
    try {
      serve(control, work);
    } finally {
      globalThis.close();
    }
  };
}
