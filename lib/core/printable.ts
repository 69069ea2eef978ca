/**
 * Names from files in messages.
 *
 * @module
 */

/** The longest name in a message. */
const MOST = 100;

/** A name from a file, shortened and without control characters, for a message. */
export function printable(name: string): string {
  return name.slice(0, MOST).replaceAll(/\p{C}/gu, "?");
}

/** The first names of a list, printable, and the number of the others. */
export function listed(names: readonly string[]): string {
  return firstOf(names.map(printable), 3);
}

/** The first texts of a list as they are, and the number of the others: "a, b and 7 more". */
export function firstOf(texts: readonly string[], most = 10): string {
  const shown = texts.slice(0, most).join(", ");
  return texts.length > most ? `${shown} and ${texts.length - most} more` : shown;
}
