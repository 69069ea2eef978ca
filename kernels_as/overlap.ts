// Overlap counts per image, [image][3]: pixels both predicted and true, predicted (logit > 0), true
// (mask > 0.5).
//
// A task is one image of `pixels` pixels. Counts are whole numbers, so their order does not matter.

export function overlap(
  task: i32,
  _scratch: usize,
  logits: usize,
  mask: usize,
  result: usize,
  pixels: i32,
): void {
  let both = 0, predicted = 0, truth = 0;
  for (let i = 0; i < pixels; i++) {
    const at = <usize> (task * pixels + i) * 4;
    const isPredicted = i32(load<f32>(logits + at) > 0);
    const isTrue = i32(load<f32>(mask + at) > 0.5);
    both += isPredicted & isTrue;
    predicted += isPredicted;
    truth += isTrue;
  }
  const to = result + <usize> task * 12;
  store<f32>(to, <f32> both);
  store<f32>(to, <f32> predicted, 4);
  store<f32>(to, <f32> truth, 8);
}
