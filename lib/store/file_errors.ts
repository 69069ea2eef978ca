/**
 * Turns errors of the operating system into one clear sentence.
 *
 * @module
 */
import { InputError } from "../core/errors.ts";

const OTHER_FOLDER = "set OUT_DIR to a folder that may be written";

/** Texts for Linux error numbers that have no class or code in Deno. */
const BY_NUMBER: Readonly<Record<string, string>> = {
  "27": "the file is larger than the system allows",
  "28": "the disk is full; make room and try again",
  "30": `the disk is read-only; ${OTHER_FOLDER}`,
  "36": "the name is too long; rename it",
  "40": "its links go round in a circle",
  "122": "your disk quota is used up; make room and try again",
};

/**
 * Turns an error of a file operation into an {@linkcode InputError}. An error from elsewhere is a
 * bug and is returned unchanged.
 *
 * @param error What was thrown.
 * @param action The failed action: "cannot read benign/a.png".
 */
export function fileError(error: unknown, action: string): unknown {
  if (error instanceof InputError || !(error instanceof Error)) return error;
  const isWriting = !/^cannot (read|look at|follow|open) /.test(action);
  const reason = reasonOf(error, isWriting);
  return reason === undefined ? error : new InputError(`${action}: ${reason}`, { cause: error });
}

function reasonOf(error: Error, isWriting: boolean): string | undefined {
  const errors = Deno.errors;
  if (error instanceof errors.NotFound) return "there is no such file or folder";
  if (error instanceof errors.PermissionDenied) {
    const way = isWriting ? `, or ${OTHER_FOLDER}` : "";
    return `permission denied; check who may read and write it (chmod, chown)${way}`;
  }
  if (error instanceof errors.NotCapable) {
    return "this task may only use the data directory; set DATA_DIR to a folder that holds it";
  }
  if (error instanceof errors.IsADirectory) return "it is a folder, expected a file";
  if (error instanceof errors.NotADirectory) return "a part of its path is a file, not a folder";
  if (error instanceof errors.AlreadyExists) return "something with this name is in the way";
  const system = error.message.match(/^(.*) \(os error (\d+)\)/);
  return system ? BY_NUMBER[system[2]] ?? system[1] : undefined;
}

/** Calls `call`; its error becomes that of `action`, as {@linkcode fileError} words it. */
export async function attempt<Result>(
  action: string,
  call: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call();
  } catch (error) {
    throw fileError(error, action);
  }
}
