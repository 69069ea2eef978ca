// Loss scaling (lib/plan/loss_scaling.ts): from the norm of all gradients, which are `scale` times
// the true ones, the factor by which the optimiser multiplies them, and the next scale. A norm that
// is no finite number skips the step. One invocation does it, so nobody waits for the host.

struct Slab {
  clips: u32, // 1 where LIMIT holds
}

@group(0) @binding(0) var<uniform> slab: Slab;
@group(0) @binding(1) var<storage, read_write> clip: array<vec4f>; // [_, norm] to [factor, norm]
@group(0) @binding(2) var<storage, read_write> scaling: array<vec4f>; // [scale, steps, skipped]
@group(0) @binding(3) var<storage, read_write> rate: array<vec4f>; // [learning rate, t]

@compute @workgroup_size(1)
fn adjust() {
  let norm = clip[0].y;
  let scale = scaling[0].x;
  let skipped = scaling[0].z;
  // The optimiser's own count of steps.
  rate[0].y -= skipped;
  // The bits decide, since a driver may take for granted that all numbers are finite.
  if ((bitcast<u32>(norm) & 0x7fffffffu) >= 0x7f800000u) {
    clip[0] = vec4f(-1f, norm, 0f, 0f);
    scaling[0] = vec4f(max(0.5f * scale, LEAST_SCALE), 0f, skipped + 1f, 0f);
    return;
  }
  let unscaled = norm / scale;
  let limited = select(1f, min(1f, LIMIT / (unscaled + 1e-6f)), slab.clips != 0u);
  clip[0] = vec4f(limited / scale, unscaled, 0f, 0f);
  let steps = scaling[0].y + 1f;
  if (steps >= GROWTH_INTERVAL) {
    scaling[0] = vec4f(min(2f * scale, MOST_SCALE), 0f, skipped, 0f);
  } else {
    scaling[0] = vec4f(scale, steps, skipped, 0f);
  }
}
