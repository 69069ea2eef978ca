/**
 * Finds the fastest of several variants of the same work on a GPU.
 *
 * An idle GPU lowers its clock, to a sixth on some, and needs a tenth of a second of work to raise
 * it again. All variants are therefore compiled before; the GPU is kept busy until it is awake; and
 * then the variants run in turns, in long submissions, so that whatever still changes meets all of
 * them. Medians are compared.
 *
 * @module
 */
import { median } from "../../core/statistics.ts";

/** Time of work before the first measurement. */
const WARM_MS = 200;

/** Runs of each variant, and the time after which a single run of each is enough. */
const ROUNDS = 5;
const ENOUGH_MS = 3000;

/** Fraction of the default's time that a variant must save to be preferred; less may be noise. */
const LEAST_GAIN = 0.03;

/** Something to run, of estimated FLOP. */
interface Costly {
  readonly cost: number;
}

/** A GPU that runs calls and measures them. */
export interface Timer<Call> {
  /** Milliseconds, for the limits of this module. */
  now(): number;
  /** Runs calls in order; the milliseconds that each took. */
  time(calls: readonly Call[]): Promise<number[]>;
}

/** Limits of a comparison. */
export interface TurnLimits {
  /** The most FLOP to submit at once, unless a single run has more. */
  readonly flops: number;
  /** When to stop, by the timer. */
  readonly end: number;
}

/** What a comparison found. */
export interface Found {
  readonly best: string;
  /** Whether all variants were measured. */
  readonly complete: boolean;
}

/** A run of a variant. */
interface Turn<Call> {
  readonly variant: string;
  readonly calls: readonly Call[];
}

/**
 * The fastest of these variants, of which the first is the default; undefined when the time ends
 * before the default and another have been measured.
 */
export async function fastest<Call extends Costly>(
  variants: ReadonlyMap<string, readonly Call[]>,
  timer: Timer<Call>,
  { flops, end }: TurnLimits,
): Promise<Found | undefined> {
  if (variants.size < 2) return undefined;
  const round = [...variants].map(([variant, calls]) => ({ variant, calls }));
  const submissions = portions(Array.from({ length: ROUNDS }, () => round).flat(), flops);
  const measured = new Map<string, number[]>();
  const awake = Math.min(timer.now() + WARM_MS, end);
  while (timer.now() < awake) await run(submissions[0], timer);
  const enough = timer.now() + ENOUGH_MS;
  for (const turns of submissions) {
    const now = timer.now();
    if (now >= end || now >= enough && measured.size === variants.size) break;
    for (const [variant, ms] of await run(turns, timer)) {
      measured.set(variant, [...measured.get(variant) ?? [], ms]);
    }
  }
  if (measured.size < 2) return undefined;
  const times = [...measured].map(([variant, runs]) => ({ variant, ms: median(runs) }));
  const best = times.reduce((a, b) => b.ms < a.ms ? b : a);
  const [standard] = times;
  return {
    best: best.ms < standard.ms * (1 - LEAST_GAIN) ? best.variant : standard.variant,
    complete: measured.size === variants.size,
  };
}

/** Divides turns into submissions. */
function portions<Call extends Costly>(turns: readonly Turn<Call>[], flops: number) {
  const submissions: Turn<Call>[][] = [];
  let left = 0;
  for (const turn of turns) {
    const cost = turn.calls.reduce((sum, call) => sum + call.cost, 0);
    if (cost > left) {
      submissions.push([]);
      left = flops;
    }
    submissions.at(-1)!.push(turn);
    left -= cost;
  }
  return submissions;
}

/** Runs turns in one submission; the milliseconds of each. */
async function run<Call>(
  turns: readonly Turn<Call>[],
  timer: Timer<Call>,
): Promise<[variant: string, ms: number][]> {
  const times = await timer.time(turns.flatMap(({ calls }) => calls));
  let at = 0;
  return turns.map(({ variant, calls }) => {
    const own = times.slice(at, at += calls.length);
    return [variant, own.reduce((a, b) => a + b, 0)];
  });
}
