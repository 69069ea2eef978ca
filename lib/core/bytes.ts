/**
 * Amounts of memory in words.
 *
 * @module
 */
import { format } from "@std/fmt";

/** Bytes in powers of two: "1.25 GiB". */
export function bytes(value: number): string {
  return format(value, { binary: true });
}
