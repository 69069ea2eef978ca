// Plain memory operations that a step needs between kernels.

/** Sets `bytes` bytes at `address` to zero. */
export function fill(address: usize, bytes: usize): void {
  memory.fill(address, 0, bytes);
}
