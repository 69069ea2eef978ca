/**
 * The options of what a command prints, and the streams that follow from them.
 *
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import {
  type Json,
  jsonOnStdout,
  quietSay,
  type Say,
  sayOnStdout,
  unsaid,
} from "../terminal/say.ts";
import { OUTPUT_GROUP } from "./groups.ts";

/** `--json`. */
export function jsonOption() {
  return new Option(
    "--json",
    "print one JSON object a line and nothing else (warnings and errors go to stderr)",
  ).helpGroup(OUTPUT_GROUP);
}

/** `--quiet`. */
export function quietOption() {
  return new Option("--quiet", "print only errors and the last line")
    .conflicts("json").helpGroup(OUTPUT_GROUP);
}

/** How a command speaks: to a reader, or to a program. */
export interface Output {
  readonly say: Say;
  /** Given with `--json`. Then `say` prints nothing but warnings, on stderr. */
  readonly json?: Json | undefined;
}

/** The output of a command. */
export function outputOf(
  { json, quiet }: { readonly json?: true | undefined; readonly quiet?: true | undefined },
): Output {
  if (json) return { say: unsaid(), json: jsonOnStdout() };
  return { say: quiet ? quietSay(sayOnStdout()) : sayOnStdout() };
}
