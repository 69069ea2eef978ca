/**
 * Checks names of runs. A name of a run is the name of a folder.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";

/**
 * Any characters but control characters and those that some systems refuse in names, and no dot or
 * space at either end.
 */
const NAME =
  /^(?![. ])[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff\ufffd/\\<>:"|?*]{1,100}(?<![. ])$/u;

/** The default name of a run: the local date and time, "2026-11-23_14-05-09". */
export function dateName(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())];
  const time = [two(date.getHours()), two(date.getMinutes()), two(date.getSeconds())];
  return `${day.join("-")}_${time.join("-")}`;
}

/** Whether a new run can have this name. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** The name in a name or folder of a run: a folder is a natural way to name a run, too. */
export function plainName(named: string): string {
  return named.replace(/\/+$/, "").replace(/^(\.\/)?runs\//, "");
}

/**
 * Checks a name. `what` is the thing that is named, for the message.
 *
 * @throws {InputError} if the name is not a valid folder name.
 */
export function checkName(name: string, what = "a run"): void {
  if (isName(name)) return;
  throw new InputError(
    `"${name}" cannot name ${what}: expected 1 to 100 letters, digits, spaces and signs, but none ` +
      `of / \\ < > : " | ? *, and no dot or space at the beginning or the end`,
  );
}
