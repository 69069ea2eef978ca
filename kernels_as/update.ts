// The optimisers, one kernel for each rule.
//
// Adam (Kingma and Ba, 2015), as torch.optim.Adam computes it:
//
//   m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2
//   p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon)
//
// A task is a run of floats of one parameter; the host lists the runs. The kernel serves every
// layout. Lanes without a weight have a zero gradient, so they stay zero. Memory limits the speed.

@unmanaged
class AdamRun {
  parameter: usize;
  gradient: usize;
  firstMoment: usize;
  secondMoment: usize;
  /** A multiple of 4. */
  count: i32;
}

/** `rate` holds [learning rate, t] as floats. */
export function adam(
  task: i32,
  _scratch: usize,
  runs: usize,
  rate: usize,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
): void {
  const run = changetype<AdamRun>(runs + <usize> task * offsetof<AdamRun>());
  const t = <f64> load<f32>(rate, 4);
  const correction1 = 1 - Math.pow(beta1, t);
  const correction2 = Math.sqrt(1 - Math.pow(beta2, t));
  const stepSize = f32x4.splat(<f32> (<f64> load<f32>(rate) / correction1));
  const root = f32x4.splat(<f32> correction2);
  const least = f32x4.splat(<f32> epsilon);
  const keep1 = f32x4.splat(<f32> beta1);
  const take1 = f32x4.splat(<f32> (1 - beta1));
  const keep2 = f32x4.splat(<f32> beta2);
  const take2 = f32x4.splat(<f32> (1 - beta2));
  for (let at: usize = 0, end = <usize> run.count * 4; at < end; at += 16) {
    const g = v128.load(run.gradient + at);
    const m = f32x4.add(f32x4.mul(keep1, v128.load(run.firstMoment + at)), f32x4.mul(take1, g));
    const v = f32x4.add(
      f32x4.mul(keep2, v128.load(run.secondMoment + at)),
      f32x4.mul(take2, f32x4.mul(g, g)),
    );
    const spread = f32x4.add(f32x4.div(f32x4.sqrt(v), root), least);
    const p = v128.load(run.parameter + at);
    v128.store(run.firstMoment + at, m);
    v128.store(run.secondMoment + at, v);
    v128.store(run.parameter + at, f32x4.sub(p, f32x4.div(f32x4.mul(stepSize, m), spread)));
  }
}
