/**
 * Names from files in messages.
 *
 * @module
 */

/** The longest name in a message. */
const MOST = 100;
/** The most names in a message. */
const MOST_LISTED = 3;

/** A name from a file, shortened and without control characters, for a message. */
export function printable(name: string): string {
  return name.slice(0, MOST).replaceAll(/\p{C}/gu, "?");
}

/** The first names of a list from a file, and the number of the others. */
export function listed(names: readonly string[]): string {
  return firstOf(names, MOST_LISTED, printable);
}

/**
 * The first `most` names of a list, each as `shown` writes it, and the number of the others: "a, b
 * and 7 more".
 */
export function firstOf(
  names: readonly string[],
  most = 10,
  shown: (name: string) => string = (name) => name,
): string {
  const first = names.slice(0, most).map(shown).join(", ");
  return names.length > most ? `${first} and ${names.length - most} more` : first;
}
