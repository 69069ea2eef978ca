/**
 * Checks names of runs. A name of a run is the name of a folder.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";

/** Letters, digits, dots, dashes, underscores and inner spaces; the first character is no dot. */
const NAME = /^[\p{L}\p{N}_-](?:[\p{L}\p{N}_. -]{0,98}[\p{L}\p{N}_-])?$/u;

/** The default name of a run: the local date and time, "2026-11-23_14-05-09". */
export function dateName(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())];
  const time = [two(date.getHours()), two(date.getMinutes()), two(date.getSeconds())];
  return `${day.join("-")}_${time.join("-")}`;
}

/**
 * Checks a name. `what` is the thing that is named, for the message.
 *
 * @throws {InputError} if the name is not a valid folder name.
 */
export function checkName(name: string, what = "a run"): void {
  if (NAME.test(name)) return;
  throw new InputError(
    `"${name}" cannot name ${what}: expected 1 to 100 letters, digits, spaces, "-", "_" or ".", ` +
      `not beginning or ending with a dot or a space`,
  );
}
