// The training loss, a sum of weighted terms, and its gradient.
//
//   p = 1 / (1 + exp(-logit)),   every operation rounded to float32, as in PyTorch
//   BCE = mean of -(m log p + (1 - m) log(1 - p)),   logarithms clamped at -100
//   Dice = 1 - (2 sum(p m) + 1) / (sum p + sum m + 1)
//   gradient = (sum of weight * dterm/dp) * p (1 - p)
//
// With p rounded to float32 a confident mistake has p = 1 exactly: loss 100, gradient 0, as in
// PyTorch. A task is a chunk of LOSS_CHUNK pixels. Partials are doubles, added in the order of the
// tasks.
//
// A term has a case in up to three functions: pixelTerm(), for terms that are a mean over pixels;
// valueOf(); addSlopes(), its derivative by p.

/** Pixels of a task. Scratch holds one float per pixel. */
export const LOSS_CHUNK: i32 = 8192;

/** Kinds of terms: their indices in LOSS_TERMS of lib/plan/losses.ts. */
const BCE: i32 = 0;
const DICE: i32 = 1;

/** A term of the loss; the host writes the records. */
@unmanaged
class LossTerm {
  kind: i32;
  weight: f32;
  /** Parameters of the kind. */
  first: f32;
  second: f32;
}

/**
 * Sums over the pixels of a task or of all tasks. The sum of each term follows the record.
 */
@unmanaged
class Sums {
  /** Sum of p m. */
  both: f64;
  predicted: f64;
  truth: f64;
  /** predicted + truth. */
  all: f64;
}

/** Bytes of the record of sums; one double per term follows it. */
export const LOSS_SUMS_BYTES: usize = offsetof<Sums>();

// @inline
function termAt(terms: usize, k: i32): LossTerm {
  return changetype<LossTerm>(terms + <usize> k * offsetof<LossTerm>());
}

/** The sum of term k over the pixels. */
// @inline
function pixelSum(sums: usize, k: i32): usize {
  return sums + offsetof<Sums>() + <usize> k * 8;
}

// @inline
function bytesOf(termCount: i32): usize {
  return offsetof<Sums>() + <usize> termCount * 8;
}

/** Job 1: stores p of every pixel at `probability` (unless 0) and the sums of the task. */
export function lossSums(
  task: i32,
  scratch: usize,
  logits: usize,
  mask: usize,
  probability: usize,
  partials: usize,
  count: i32,
  terms: usize,
  termCount: i32,
): void {
  const first = task * LOSS_CHUNK;
  const length = min(LOSS_CHUNK, count - first);
  const x = logits + <usize> first * 4;
  const m = mask + <usize> first * 4;
  let both: f64 = 0;
  let predicted: f64 = 0;
  let truth: f64 = 0;
  for (let i = 0; i < length; i++) {
    const at = <usize> i * 4;
    const t = <f64> load<f32>(m + at);
    const p = <f32> 1 / (<f32> 1 + <f32> Math.exp(-<f64> load<f32>(x + at)));
    store<f32>(scratch + at, p);
    both += <f64> p * t;
    predicted += <f64> p;
    truth += t;
  }
  if (probability) memory.copy(probability + <usize> first * 4, scratch, <usize> length * 4);
  const partial = partials + <usize> task * bytesOf(termCount);
  const sums = changetype<Sums>(partial);
  sums.both = both;
  sums.predicted = predicted;
  sums.truth = truth;
  sums.all = predicted + truth;
  for (let k = 0; k < termCount; k++) {
    store<f64>(pixelSum(partial, k), pixelTerm(termAt(terms, k), scratch, m, length));
  }
}

/** The sum of a term over pixels with probabilities p and masks m; 0 for terms of Sums alone. */
function pixelTerm(term: LossTerm, p: usize, m: usize, length: i32): f64 {
  if (term.kind != BCE) return 0;
  let bce: f64 = 0;
  for (let i = 0; i < length; i++) {
    const at = <usize> i * 4;
    const t = <f64> load<f32>(m + at);
    const probability = load<f32>(p + at);
    const q = <f64> (<f32> 1 - probability);
    // With a mask of 0 or 1, one logarithm suffices.
    if (t > 0) bce -= t * Math.max(Math.log(<f64> probability), -100);
    if (t < 1) bce -= (1 - t) * Math.max(Math.log(q), -100);
  }
  return bce;
}

/** Job 2, one task: adds all partials to `totals`; writes the loss and its terms to `result`. */
export function lossTotals(
  _task: i32,
  _scratch: usize,
  partials: usize,
  partialCount: i32,
  result: usize,
  totals: usize,
  count: f64,
  terms: usize,
  termCount: i32,
): void {
  const bytes = bytesOf(termCount);
  memory.fill(totals, 0, bytes);
  for (let p = 0; p < partialCount; p++) {
    const partial = partials + <usize> p * bytes;
    for (let at: usize = 0; at < bytes; at += 8) {
      store<f64>(totals + at, load<f64>(totals + at) + load<f64>(partial + at));
    }
  }
  let loss: f32 = 0;
  for (let k = 0; k < termCount; k++) {
    const term = termAt(terms, k);
    const value = valueOf(term, changetype<Sums>(totals), load<f64>(pixelSum(totals, k)) / count);
    store<f32>(result + <usize> (k + 1) * 4, value);
    loss += term.weight * value;
  }
  store<f32>(result, loss);
}

/** The value of a term; `mean` is its mean over the pixels. */
function valueOf(term: LossTerm, sums: Sums, mean: f64): f32 {
  if (term.kind == DICE) return <f32> 1 - <f32> (2 * sums.both + 1) / <f32> (sums.all + 1);
  return <f32> mean;
}

/** Job 3: replaces p in `gradient` by dL/dlogit. */
export function lossGradient(
  task: i32,
  scratch: usize,
  gradient: usize,
  mask: usize,
  totals: usize,
  count: i32,
  terms: usize,
  termCount: i32,
): void {
  const first = task * LOSS_CHUNK;
  const length = min(LOSS_CHUNK, count - first);
  const p = gradient + <usize> first * 4;
  const m = mask + <usize> first * 4;
  memory.fill(scratch, 0, <usize> length * 4);
  for (let k = 0; k < termCount; k++) {
    addSlopes(scratch, termAt(terms, k), p, m, length, changetype<Sums>(totals), count);
  }
  for (let i = 0; i < length; i++) {
    const at = <usize> i * 4;
    const probability = load<f32>(p + at);
    store<f32>(p + at, load<f32>(scratch + at) * ((<f32> 1 - probability) * probability));
  }
}

/** Adds weight * dterm/dp of every pixel to `out`. */
function addSlopes(
  out: usize,
  term: LossTerm,
  p: usize,
  m: usize,
  length: i32,
  sums: Sums,
  count: i32,
): void {
  const weight = term.weight;
  if (term.kind == BCE) {
    const share: f32 = <f32> 1 / <f32> count;
    for (let i = 0; i < length; i++) {
      const at = <usize> i * 4;
      const probability = load<f32>(p + at);
      const spread = (<f32> 1 - probability) * probability;
      const slope = share * (probability - load<f32>(m + at)) / max<f32>(spread, 1e-12);
      store<f32>(out + at, load<f32>(out + at) + weight * slope);
    }
  } else if (term.kind == DICE) {
    const numerator = <f64> (<f32> (2 * sums.both + 1));
    const denominator = <f64> (<f32> (sums.all + 1));
    const slope = <f32> (2 / denominator);
    const constant = <f32> (numerator / (denominator * denominator));
    for (let i = 0; i < length; i++) {
      const at = <usize> i * 4;
      const value = constant - slope * load<f32>(m + at);
      store<f32>(out + at, load<f32>(out + at) + weight * value);
    }
  }
}
