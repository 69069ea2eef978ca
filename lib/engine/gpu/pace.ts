/**
 * Estimates by the clock how much work waits in a GPU's queue.
 *
 * To ask the GPU is dear in Deno: the thread stands still until the queue is empty. So the end of
 * the queue is computed from the FLOP submitted and the GPU's rate, and the GPU is asked every few
 * seconds. The answers correct the rate. The first ones come soon; the intervals grow while the
 * estimates are right, so that the drift between two answers stays small.
 *
 * @module
 */

/** Time that a submission should take. */
const PIECE_MS = 70;

/** No submission makes the queue longer than this, while the rate is right. */
const AHEAD_MS = 200;

/** The next submission does not wait for a queue shorter than this, however long itself. */
const LEAST_AHEAD_MS = 60;

/** Submitted time after which the GPU is asked: at first, at least later, and at most. */
const CHECK_MS = { first: 50, least: 100, most: 2500 };

/** The drift that is tolerated between two answers. */
const DRIFT_MS = 150;

/** Answers come late by so much at most: Deno sleeps 10 ms when the GPU has ended already. */
const LATE_MS = 20;

/** A shorter time says at most that a GPU is faster than expected. */
const SHORT_MS = 50;

/** Busy time that the rate is an average over: several steps, whose kernels differ in speed. */
const MEMORY_MS = 6000;

/** A rate that differs more is another kind of work, or another load of the GPU. */
const CHANGE = 0.5;

/** Work that the GPU was asked about: all that was submitted since the question before. */
export interface Asked {
  /** When it was asked. */
  readonly at: number;
  readonly flops: number;
  /** When the first of it was submitted. */
  readonly start: number;
  /** Time since then in which the queue is thought to have been empty. */
  readonly gaps: number;
  /** When it was expected to end. */
  readonly end: number;
}

/** The queue of a GPU as it should be. All times are those of one clock, in ms. */
export class Pace {
  /** FLOP per ms. */
  #rate: number;
  /** When the queue is expected to be empty. */
  #end = -Infinity;
  /** The fields of `Asked` for what was submitted since the last question. */
  #flops = 0;
  #start = 0;
  #gaps = 0;
  /** Questions without an answer, in order. */
  #open: Asked[] = [];
  /** When the work of the last answered question had ended. */
  #idle = -Infinity;
  #check = CHECK_MS.first;
  /** Whether no answer has confirmed the rate, or the last one came too late to tell it. */
  #isGuess = true;
  /** Time and FLOP of the answers that the rate is made of. */
  #known = { ms: 0, flops: 0 };

  /** @param rate The GPU's rate in FLOP per ms, as far as it is known. */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** FLOP of a submission. */
  get piece(): number {
    return this.#rate * PIECE_MS;
  }

  /** Milliseconds to wait before a submission of so many FLOP. */
  wait(flops: number, now: number): number {
    const room = Math.max(AHEAD_MS - flops / this.#rate, LEAST_AHEAD_MS);
    return Math.max(0, this.#end - now - room);
  }

  /**
   * Whether an answer should come before the next submission: it is overdue, so the queue is longer
   * than expected, or the rate is young and a portion is queued behind the question.
   */
  needsAnswer(now: number): boolean {
    const isYoung = this.#check < AHEAD_MS && this.#flops > 0;
    return this.#open.some(({ flops, end }) => flops > 0 && (isYoung || now > end + LATE_MS));
  }

  /**
   * Whether the GPU should be asked before anything else: to wait by a guess could take long, and
   * an answer after the wait would not tell when the GPU became idle.
   */
  get needsRate(): boolean {
    return this.#isGuess && this.isUncertain;
  }

  /** Notes a submission. */
  submit(flops: number, now: number): void {
    if (this.#flops === 0) {
      this.#start = now;
      this.#gaps = 0;
    } else {
      this.#gaps += Math.max(0, now - this.#end);
    }
    this.#end = Math.max(this.#end, now) + flops / this.#rate;
    this.#flops += flops;
  }

  /** Whether the GPU should be asked. */
  get isUncertain(): boolean {
    return this.#flops / this.#rate >= this.#check;
  }

  /** Notes that the GPU is asked when its present work ends; later work is none of the answer's. */
  ask(now: number): Asked {
    const [flops, start, gaps, end] = [this.#flops, this.#start, this.#gaps, this.#end];
    const asked = { at: now, flops, start, gaps, end };
    this.#flops = 0;
    this.#open.push(asked);
    return asked;
  }

  /**
   * Notes an answer: the GPU had done what it was asked about at `idle`. Answers come in the order
   * of the questions.
   */
  learn(asked: Asked, idle: number): void {
    const begin = Math.max(asked.start, this.#idle);
    if (asked.flops === 0 || !this.#open.includes(asked)) return this.forget(asked, idle);
    const [expected, left] = [Math.max(0, asked.end - asked.at), idle - asked.at];
    // A GPU that is behind has had no gaps.
    const gaps = left > expected + LATE_MS ? 0 : asked.gaps;
    const busy = Math.max(1, idle - begin - gaps);
    this.#measure(asked.flops / busy, { busy, expected, left });
    this.forget(asked, idle);
  }

  /** As {@linkcode learn}, where `idle` says nothing about the rate. */
  forget(asked: Asked, idle: number): void {
    const index = this.#open.indexOf(asked);
    this.#open = this.#open.slice(index + 1);
    if (asked.flops === 0 || index < 0) return;
    this.#idle = idle;
    // The end of the queue follows from what was submitted later.
    const flops = this.#open.reduce((sum, asked) => sum + asked.flops, this.#flops);
    const start = this.#open.find((asked) => asked.flops > 0)?.start ?? this.#start;
    this.#end = flops === 0
      ? -Infinity
      : Math.max(this.#idle, start) + this.#gaps + flops / this.#rate;
  }

  /** Takes a rate that was measured over `busy` ms. */
  #measure(
    measured: number,
    { busy, expected, left }: { busy: number; expected: number; left: number },
  ): void {
    if (busy < SHORT_MS && measured < this.#rate) return;
    // A GPU that ended early waited for work: it is at least as fast as measured. The next answer
    // comes before the first wait, so that one is exact.
    this.#isGuess = left < LATE_MS && expected > left + LATE_MS;
    if (this.#isGuess) {
      if (measured > this.#rate) this.#take(busy, measured);
      this.#check = AHEAD_MS;
      return;
    }
    const most = Math.min(2 * this.#check, CHECK_MS.most);
    const steady = DRIFT_MS / Math.abs(measured / this.#rate - 1);
    this.#check = Math.min(Math.max(steady, CHECK_MS.least), most);
    this.#take(busy, measured);
  }

  /** Makes the rate an average with this one, over `ms` milliseconds. */
  #take(ms: number, rate: number): void {
    const isOther = Math.abs(Math.log(rate / this.#rate)) > CHANGE;
    const kept = isOther ? 0 : Math.max(0, 1 - ms / MEMORY_MS);
    const { ms: before, flops } = this.#known;
    this.#known = { ms: kept * before + ms, flops: kept * flops + ms * rate };
    this.#rate = this.#known.flops / this.#known.ms;
  }
}
