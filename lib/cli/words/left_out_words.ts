/**
 * Says what a search for images left out.
 *
 * @module
 */
import { type LeftOut, leftOutLines } from "../../mod.ts";
import { spelled } from "../options/flags.ts";
import type { Say } from "../terminal/say.ts";

/** Writes one line for each reason, nothing if nothing was left out. */
export function sayLeftOut(leftOut: LeftOut, say: Pick<Say, "line">): void {
  for (const line of leftOutLines(leftOut)) say.line(spelled(line));
}
