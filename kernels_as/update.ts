// The optimisers, one kernel for each rule.
//
// Adam (Kingma and Ba, 2015), as torch.optim.Adam computes it, with gradient g:
//
//   m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2
//   p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + epsilon)
//
// AdamW (Loshchilov and Hutter, 2019): p -= lr decay p before that step.
//
// Gradient descent with Nesterov momentum, as torch.optim.SGD computes it:
//
//   d = g + decay p,   b = momentum b + d,   p -= lr (d + momentum b)
//
// A task is a run of floats of one parameter; the host lists the runs. The kernels serve every
// layout. Lanes without a weight have a zero gradient, so they stay zero. `rate` holds [learning
// rate, t] as floats, `clip` the factor of all gradients unless it is 0; with a factor of -1 the
// step changes nothing. Memory limits the speed.

@unmanaged
class UpdateRun {
  parameter: usize;
  gradient: usize;
  /** The optimiser's tensors of the parameter. */
  firstSlot: usize;
  secondSlot: usize;
  /** A multiple of 4. */
  count: i32;
  /** 1 where weight decay applies, else 0. */
  decays: i32;
}

// @inline
function runAt(runs: usize, task: i32): UpdateRun {
  return changetype<UpdateRun>(runs + <usize> task * offsetof<UpdateRun>());
}

/** The factor of all gradients. */
// @inline
function factorOf(clip: usize): v128 {
  return f32x4.splat(clip ? load<f32>(clip) : 1);
}

export function adam(
  task: i32,
  _scratch: usize,
  runs: usize,
  rate: usize,
  clip: usize,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
): void {
  adamRun(runAt(runs, task), rate, clip, beta1, beta2, epsilon, 0);
}

export function adamw(
  task: i32,
  _scratch: usize,
  runs: usize,
  rate: usize,
  clip: usize,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
  weightDecay: f64,
): void {
  const run = runAt(runs, task);
  adamRun(run, rate, clip, beta1, beta2, epsilon, run.decays ? weightDecay : 0);
}

function adamRun(
  run: UpdateRun,
  rate: usize,
  clip: usize,
  beta1: f64,
  beta2: f64,
  epsilon: f64,
  weightDecay: f64,
): void {
  const t = <f64> load<f32>(rate, 4);
  const learningRate = <f64> load<f32>(rate);
  const correction1 = 1 - Math.pow(beta1, t);
  const correction2 = Math.sqrt(1 - Math.pow(beta2, t));
  const stepSize = f32x4.splat(<f32> (learningRate / correction1));
  const root = f32x4.splat(<f32> correction2);
  const least = f32x4.splat(<f32> epsilon);
  const keep1 = f32x4.splat(<f32> beta1);
  const take1 = f32x4.splat(<f32> (1 - beta1));
  const keep2 = f32x4.splat(<f32> beta2);
  const take2 = f32x4.splat(<f32> (1 - beta2));
  const shrink = f32x4.splat(<f32> (1 - learningRate * weightDecay));
  const factor = factorOf(clip);
  if (f32x4.extract_lane(factor, 0) == -1) return;
  for (let at: usize = 0, end = <usize> run.count * 4; at < end; at += 16) {
    const g = f32x4.mul(factor, v128.load(run.gradient + at));
    const m = f32x4.add(f32x4.mul(keep1, v128.load(run.firstSlot + at)), f32x4.mul(take1, g));
    const v = f32x4.add(
      f32x4.mul(keep2, v128.load(run.secondSlot + at)),
      f32x4.mul(take2, f32x4.mul(g, g)),
    );
    const spread = f32x4.add(f32x4.div(f32x4.sqrt(v), root), least);
    const p = f32x4.mul(shrink, v128.load(run.parameter + at));
    v128.store(run.firstSlot + at, m);
    v128.store(run.secondSlot + at, v);
    v128.store(run.parameter + at, f32x4.sub(p, f32x4.div(f32x4.mul(stepSize, m), spread)));
  }
}

export function sgd(
  task: i32,
  _scratch: usize,
  runs: usize,
  rate: usize,
  clip: usize,
  momentum: f64,
  weightDecay: f64,
): void {
  const run = runAt(runs, task);
  const learningRate = f32x4.splat(load<f32>(rate));
  const keep = f32x4.splat(<f32> momentum);
  const decay = f32x4.splat(run.decays ? <f32> weightDecay : 0);
  const factor = factorOf(clip);
  if (f32x4.extract_lane(factor, 0) == -1) return;
  for (let at: usize = 0, end = <usize> run.count * 4; at < end; at += 16) {
    const p = v128.load(run.parameter + at);
    const g = f32x4.mul(factor, v128.load(run.gradient + at));
    const d = f32x4.add(g, f32x4.mul(decay, p));
    const b = f32x4.add(f32x4.mul(keep, v128.load(run.firstSlot + at)), d);
    v128.store(run.firstSlot + at, b);
    const step = f32x4.add(d, f32x4.mul(keep, b));
    v128.store(run.parameter + at, f32x4.sub(p, f32x4.mul(learningRate, step)));
  }
}
