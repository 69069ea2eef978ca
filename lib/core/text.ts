/**
 * Text from files, and how much of it is read.
 *
 * @module
 */
import { InputError } from "./errors.ts";

const MIB = 2 ** 20;

/** The largest files that are read as text, in bytes. They are refused by size, before reading. */
export const TEXT_LIMITS = {
  /** Lists over all images of a data set: half of what the engine can hold as one text. */
  list: 256 * MIB,
  /** A table with a row for each epoch; a million epochs take less. */
  epochs: 128 * MIB,
  /** A table with a row for each image. */
  images: 16 * MIB,
  /** The fastest kernels of each GPU. */
  tuning: 16 * MIB,
  /** The settings of a run. */
  config: MIB,
  /** How training images are changed; far more than all ingredients take. */
  policy: MIB / 16,
} as const;

/**
 * Bytes as text in UTF-8, without a byte order mark.
 *
 * @throws {InputError} for other bytes; the message names `source`.
 */
export function textOf(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new InputError(`${source} is no text in UTF-8; save it in that encoding`);
  }
}
