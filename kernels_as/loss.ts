// The training loss, binary cross-entropy plus soft Dice over the whole batch, and its gradient.
//
//   p = 1 / (1 + exp(-logit)),   every operation rounded to float32, as in PyTorch
//   BCE = mean of -(m log p + (1 - m) log(1 - p)),   logarithms clamped at -100
//   Dice = 1 - (2 sum(p m) + 1) / (sum p + sum m + 1)
//
// With p rounded to float32 a confident mistake has p = 1 exactly: loss 100, gradient 0. PyTorch's
// tutorial trains with just that, so it is kept. A task is a chunk of LOSS_CHUNK pixels. Partials
// are doubles, added in the order of the tasks.

/** Pixels of a task. */
export const LOSS_CHUNK: i32 = 8192;

/** Bytes of a partial, four doubles: sum of BCE terms, sum of p m, sum of p, sum of m. */
export const LOSS_PARTIAL_BYTES: usize = 32;

/** Job 1: p of every pixel into `probability` (or nowhere, if 0) and the sums of the task. */
export function lossSums(
  task: i32,
  _scratch: usize,
  logits: usize,
  mask: usize,
  probability: usize,
  partials: usize,
  count: i32,
): void {
  let bce: f64 = 0;
  let both: f64 = 0;
  let predicted: f64 = 0;
  let truth: f64 = 0;
  const first = task * LOSS_CHUNK;
  const last = min(first + LOSS_CHUNK, count);
  for (let i = first; i < last; i++) {
    const at = <usize> i * 4;
    const m = <f64> load<f32>(mask + at);
    const p = <f32> 1 / (<f32> 1 + <f32> Math.exp(-<f64> load<f32>(logits + at)));
    if (probability) store<f32>(probability + at, p);
    const q = <f64> (<f32> 1 - p);
    // With a hard mask one of the two logarithms is not needed.
    if (m > 0) bce -= m * Math.max(Math.log(<f64> p), -100);
    if (m < 1) bce -= (1 - m) * Math.max(Math.log(q), -100);
    both += <f64> p * m;
    predicted += <f64> p;
    truth += m;
  }
  const partial = partials + <usize> task * LOSS_PARTIAL_BYTES;
  store<f64>(partial, bce);
  store<f64>(partial, both, 8);
  store<f64>(partial, predicted, 16);
  store<f64>(partial, truth, 24);
}

/**
 * Job 2, one task: `result` gets [loss, BCE, Dice term], `coefficients` two doubles for job 3:
 * 2 / (S + 1) and (2 I + 1) / (S + 1)^2 with I = sum p m, S = sum p + sum m.
 */
export function lossTotals(
  _task: i32,
  _scratch: usize,
  partials: usize,
  partialCount: i32,
  result: usize,
  coefficients: usize,
  count: f64,
): void {
  let bce: f64 = 0;
  let both: f64 = 0;
  let all: f64 = 0;
  for (let p = 0; p < partialCount; p++) {
    const partial = partials + <usize> p * LOSS_PARTIAL_BYTES;
    bce += load<f64>(partial);
    both += load<f64>(partial, 8);
    all += load<f64>(partial, 16) + load<f64>(partial, 24);
  }
  bce /= count;
  const numerator = <f32> (2 * both + 1);
  const denominator = <f32> (all + 1);
  const dice = <f32> 1 - numerator / denominator;
  store<f32>(result, <f32> bce + dice);
  store<f32>(result, <f32> bce, 4);
  store<f32>(result, dice, 8);
  const square = <f64> denominator * <f64> denominator;
  store<f64>(coefficients, 2 / <f64> denominator);
  store<f64>(coefficients, <f64> numerator / square, 8);
}

/** Job 3: `gradient` holds p and receives dL/dlogit. */
export function lossGradient(
  task: i32,
  _scratch: usize,
  gradient: usize,
  mask: usize,
  coefficients: usize,
  count: i32,
): void {
  const share: f32 = <f32> 1 / <f32> count;
  const slope = <f32> load<f64>(coefficients);
  const constant = <f32> load<f64>(coefficients, 8);
  const first = task * LOSS_CHUNK;
  const last = min(first + LOSS_CHUNK, count);
  for (let i = first; i < last; i++) {
    const at = <usize> i * 4;
    const m = load<f32>(mask + at);
    const p = load<f32>(gradient + at);
    const spread = (<f32> 1 - p) * p;
    const bce = share * (p - m) / max<f32>(spread, 1e-12);
    store<f32>(gradient + at, (bce + (constant - slope * m)) * spread);
  }
}
