// The gradients of a step that takes several batches:
//
//   a = share g   (the first batch of a step),   a += share g   (every other one)
//
// The first batch reads no a, so nobody has to clear it. A task is a run of floats of one
// parameter; the host lists the runs. `added` holds the number of batches in a as a float. Memory
// limits the speed.

@unmanaged
class AccumulateRun {
  gradient: usize;
  accumulated: usize;
  /** A multiple of 4. */
  count: i32;
}

export function accumulateGradients(
  task: i32,
  _scratch: usize,
  runs: usize,
  added: usize,
  share: f64,
): void {
  const run = changetype<AccumulateRun>(runs + <usize> task * offsetof<AccumulateRun>());
  const factor = f32x4.splat(<f32> share);
  const isFirst = load<f32>(added) == 0;
  for (let at: usize = 0, end = <usize> run.count * 4; at < end; at += 16) {
    const part = f32x4.mul(factor, v128.load(run.gradient + at));
    const to = run.accumulated + at;
    v128.store(to, isFirst ? part : f32x4.add(v128.load(to), part));
  }
}
