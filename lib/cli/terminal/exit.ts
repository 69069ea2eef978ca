/**
 * Exit codes of the program: 0 done, 1 bug (with its stack), 2 error that the user can fix, 3
 * device failure, 130 stopped by Ctrl-C.
 *
 * @module
 */
import { CommanderError } from "@commander-js/extra-typings";
import { DeviceError, InputError, visibleLines } from "../../mod.ts";
import { spelled } from "../options/flags.ts";
import { complain } from "./say.ts";

/** Exit codes. */
export const EXIT = { done: 0, bug: 1, input: 2, device: 3, interrupted: 130 } as const;

/** Thrown by a command to end with an exit code, without further text. */
export class Exit extends Error {
  override name = "Exit";
  constructor(readonly code: number) {
    super(`exit ${code}`);
  }
}

/** Prints an error on stderr and returns the exit code. */
export function report(error: unknown): number {
  if (error instanceof Exit) return error.code;
  if (error instanceof CommanderError) {
    // Commander has already printed its message or the requested help.
    return error.exitCode === 0 ? EXIT.done : EXIT.input;
  }
  if (error instanceof InputError) {
    complain(`error: ${spelled(error.sentence)}`);
    return EXIT.input;
  }
  if (error instanceof DeviceError) {
    complain(`error: ${spelled(error.sentence)}`);
    return EXIT.device;
  }
  complain("This is a bug in Sonoseg. Please report it with the lines below.");
  console.error(visibleLines(Deno.inspect(error)));
  return EXIT.bug;
}
