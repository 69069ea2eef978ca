/** Random numbers of the beta distribution. @module */
import type { RandomStream } from "../../core/random.ts";

/** A number from 0 to 1 of the distribution Beta(alpha, alpha), alpha > 0. */
export function drawBeta(random: RandomStream, alpha: number): number {
  const difference = logGamma(random, alpha) - logGamma(random, alpha);
  return 1 / (1 + Math.exp(difference));
}

/**
 * The logarithm of a number of the distribution Gamma(alpha), by the method of Marsaglia and Tsang
 * (2000). An alpha below 1 is raised by one; in logarithms the correction cannot underflow.
 */
function logGamma(random: RandomStream, alpha: number): number {
  const boost = alpha < 1 ? Math.log(1 - random.uniform()) / alpha : 0;
  const d = (alpha < 1 ? alpha + 1 : alpha) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const bound = 0.5 * x * x + d - d * v + d * Math.log(v);
    if (Math.log(1 - random.uniform()) < bound) return Math.log(d * v) + boost;
  }
}
