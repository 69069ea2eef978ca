// The Euclidean norm of all gradients together, and the factor that limits it, as
// torch.nn.utils.clip_grad_norm_ computes it.
//
// A task sums the squares of a run of floats of one gradient; the host lists the runs. Lanes
// without a weight are zero. Partials are doubles, added in the order of the tasks.

@unmanaged
class SquaresRun {
  values: usize;
  /** A multiple of 4. */
  count: i32;
}

/** Job 1: the sum of squares of a run. */
export function sumSquares(task: i32, _scratch: usize, runs: usize, partials: usize): void {
  const run = changetype<SquaresRun>(runs + <usize> task * offsetof<SquaresRun>());
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let at: usize = 0, end = <usize> run.count * 4; at < end; at += 16) {
    const values = v128.load(run.values + at);
    const first = f64x2.promote_low_f32x4(values);
    const second = f64x2.promote_low_f32x4(v128.shuffle<f64>(values, values, 1, 1));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const sums = f64x2.add(low, high);
  const sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  store<f64>(partials + <usize> task * 8, sum);
}

/** Job 2, one task: writes [min(1, limit / (norm + 1e-6)), norm] to `result`. */
export function gradientNorm(
  _task: i32,
  _scratch: usize,
  partials: usize,
  partialCount: i32,
  result: usize,
  limit: f64,
): void {
  let sum: f64 = 0;
  for (let p = 0; p < partialCount; p++) sum += load<f64>(partials + <usize> p * 8);
  const norm = Math.sqrt(sum);
  store<f32>(result, <f32> Math.min(1, limit / (norm + 1e-6)));
  store<f32>(result + 4, <f32> norm);
}
