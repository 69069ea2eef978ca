/**
 * How the program ends: 0 done, 1 a bug (with its stack), 2 something the user can put right, 3 the
 * machine cannot do it, 130 stopped by Ctrl-C.
 *
 * @module
 */
import { CommanderError } from "@commander-js/extra-typings";
import { DeviceError, InputError } from "../../mod.ts";
import { spelled } from "../options/flags.ts";

/** Ends of the program, as a shell sees them. */
export const EXIT = { done: 0, bug: 1, input: 2, device: 3, interrupted: 130 } as const;

/** Thrown by a command that has said all there is to say and ends with this code. */
export class Exit extends Error {
  override name = "Exit";
  constructor(readonly code: number) {
    super(`exit ${code}`);
  }
}

/** Says what went wrong on stderr and returns the exit code. */
export function report(error: unknown): number {
  if (error instanceof Exit) return error.code;
  if (error instanceof CommanderError) {
    // Commander has printed its message, or the help that was asked for.
    return error.exitCode === 0 ? EXIT.done : EXIT.input;
  }
  if (error instanceof InputError) {
    console.error(`error: ${spelled(error.sentence)}`);
    return EXIT.input;
  }
  if (error instanceof DeviceError) {
    console.error(`error: ${spelled(error.sentence)}`);
    return EXIT.device;
  }
  console.error("This is a bug in Sonoseg. Please report it with the lines below.");
  console.error(error);
  return EXIT.bug;
}
