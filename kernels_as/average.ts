// Exponential moving averages of the weights:
//
//   d = min(decay, (1 + t) / (10 + t)),   e += (1 - d) (w - e)
//
// The first steps count more, so that the average soon forgets the initial weights. In this form an
// average of equal values is exactly that value. A task is a run of floats of one parameter; the
// host lists the runs. `rate` holds [learning rate, t] as floats. Memory limits the speed.

@unmanaged
class AverageRun {
  value: usize;
  average: usize;
  /** A multiple of 4. */
  count: i32;
}

export function average(task: i32, _scratch: usize, runs: usize, rate: usize, decay: f64): void {
  const run = changetype<AverageRun>(runs + <usize> task * offsetof<AverageRun>());
  const t = <f64> load<f32>(rate, 4);
  // 9 / (10 + t) is 1 - (1 + t) / (10 + t).
  const share = f32x4.splat(<f32> Math.max(1 - decay, 9 / (10 + t)));
  for (let at: usize = 0, end = <usize> run.count * 4; at < end; at += 16) {
    const e = v128.load(run.average + at);
    const step = f32x4.mul(share, f32x4.sub(v128.load(run.value + at), e));
    v128.store(run.average + at, f32x4.add(e, step));
  }
}
