/**
 * What is said of a finished prediction.
 *
 * @module
 */
import type { Specks } from "../../mod.ts";
import { count, plural } from "./words.ts";

/** How many lesions are mere specks, and what leaves them out; `undefined` without any. */
export function specksWords({ specks, lesions, minArea }: Specks): string | undefined {
  if (specks === 0) return undefined;
  return `note: ${count(specks)} of ${plural(lesions, "lesion")} ${specks === 1 ? "is" : "are"} ` +
    `smaller than one pixel of the network's input; ` +
    `--min-area ${minArea} leaves such specks out`;
}
