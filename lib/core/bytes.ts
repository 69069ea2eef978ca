/**
 * Formats amounts of memory.
 *
 * @module
 */
import { format } from "@std/fmt";

/** Formats a number of bytes in powers of two: "1.25 GiB". */
export function bytes(value: number): string {
  return format(value, { binary: true });
}
