/**
 * The quantiles of the normal distribution that stand for the 256 values of a random byte.
 *
 * @module
 */

/** Coefficients of Acklam's rational approximation (2003), exact to 1.2e-9 of the value. */
const A = [
  -39.69683028665376,
  220.9460984245205,
  -275.9285104469687,
  138.357751867269,
  -30.66479806614716,
  2.506628277459239,
];
const B = [
  -54.47609879822406,
  161.5858368580409,
  -155.6989798598866,
  66.80131188771972,
  -13.28068155288572,
  1,
];
const C = [
  -0.007784894002430293,
  -0.3223964580411365,
  -2.400758277161838,
  -2.549732539343734,
  4.374664141464968,
  2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
const TAIL = 0.02425;

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

/** The value below which a share of normal numbers lies. */
function quantile(share: number): number {
  if (share > 1 - TAIL) return -quantile(1 - share);
  if (share < TAIL) {
    const q = Math.sqrt(-2 * Math.log(share));
    return polynomial(C, q) / polynomial(D, q);
  }
  const q = share - 0.5;
  return polynomial(A, q * q) * q / polynomial(B, q * q);
}

/** Scaled so that their variance is 1. */
export const NORMAL_QUANTILES: Float32Array = (() => {
  const values = Array.from({ length: 256 }, (_, i) => quantile((i + 0.5) / 256));
  const scatter = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / 256);
  return Float32Array.from(values, (value) => value / scatter);
})();
