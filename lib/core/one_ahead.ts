/**
 * Work in two parts, of which a device does the first while the calling thread does the second of
 * the item before.
 *
 * @module
 */

/**
 * Takes what was begun and waits for its results in order, each after the next item has begun. The
 * failure of an item comes after the results of those before.
 *
 * @param begun Begins an item when it is asked for the next; the function waits for its result.
 * @param isAhead With false, an item begins after the result before was taken.
 */
export async function* oneAhead<Result>(
  begun: AsyncIterable<() => Promise<Result>>,
  isAhead = true,
): AsyncGenerator<Result> {
  let before: (() => Promise<Result>) | undefined;
  try {
    for await (const next of begun) {
      const last = before;
      before = undefined;
      if (last) yield await last();
      if (isAhead) before = next;
      else yield await next();
    }
  } catch (error) {
    if (before) yield await before();
    throw error;
  }
  if (before) yield await before();
}
