/**
 * Work in two parts, of which a device does the first while the calling thread does the second of
 * the item before.
 *
 * @module
 */

/**
 * Takes what was begun and waits for its results in order, each after the next item has begun. A
 * failure of the next one comes instead of the result.
 *
 * @param begun Begins an item when it is asked for the next; the function waits for its result.
 */
export async function* oneAhead<Result>(
  begun: AsyncIterable<() => Promise<Result>>,
): AsyncGenerator<Result> {
  let before: (() => Promise<Result>) | undefined;
  for await (const next of begun) {
    if (before) yield await before();
    before = next;
  }
  if (before) yield await before();
}
