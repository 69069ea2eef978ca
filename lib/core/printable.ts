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

/** The first names of a list, and the number of the others. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).map(printable).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
