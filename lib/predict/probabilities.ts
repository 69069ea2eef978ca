/**
 * Logits as probabilities.
 *
 * A map has as many logits as its image has pixels, and an exponential for each is the dearest part
 * of a prediction after the network. Probabilities of 16 bits need none: a table of parabolas gives
 * them to a thousandth of a unit. Where that leaves open to which side a value rounds, the
 * exponential decides.
 *
 * @module
 */

/** The unit of 16-bit probabilities: the value of 1. */
const ONE = 65535;

/** Beyond it, probabilities of 16 bits are 0 or 1. */
const MOST = 12;
/** The parabolas of a logit's unit. */
const PER_UNIT = 64;

/**
 * The parabolas: height, slope and half the curvature of `ONE` times the sigmoid at every 64th. The
 * rest is at most h^3 / 6 times the third derivative: h is 1/128, the derivative at most 1/8.
 */
const PARABOLAS = Float64Array.from({ length: 3 * (2 * MOST * PER_UNIT + 1) }, (_, index) => {
  const p = sigmoid(Math.floor(index / 3) / PER_UNIT - MOST);
  const slope = p * (1 - p);
  return ONE * [p, slope, slope * (1 - 2 * p) / 2][index % 3];
});

/** More than the largest error of a parabola, `ONE / 8 / 6 / 128 ** 3` = 0.00065. */
const DOUBT = 0.001;

/** The probability of a logit. */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** The probabilities of logits, 65535 for 1, rounded. */
export function probabilitiesOf(logits: Float32Array): Uint16Array<ArrayBuffer> {
  const result = new Uint16Array(logits.length);
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i];
    if (!(logit > -MOST)) continue;
    if (logit >= MOST) {
      result[i] = ONE;
      continue;
    }
    const place = (logit + MOST) * PER_UNIT;
    const nearest = Math.floor(place + 0.5);
    const away = (place - nearest) / PER_UNIT;
    const k = 3 * nearest;
    const halfUp = PARABOLAS[k] + away * (PARABOLAS[k + 1] + away * PARABOLAS[k + 2]) + 0.5;
    const rounded = Math.floor(halfUp);
    const isSure = Math.abs(halfUp - rounded - 0.5) < 0.5 - DOUBT;
    result[i] = isSure ? rounded : Math.round(ONE * sigmoid(logit));
  }
  return result;
}
