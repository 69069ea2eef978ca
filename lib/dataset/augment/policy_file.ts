/**
 * A policy in a file: an ingredient in each line, as `affine(rotation=10)`. A `#` begins a comment.
 *
 * @module
 */
import { InputError, naming } from "../../core/errors.ts";
import { TEXT_LIMITS } from "../../core/text.ts";
import type { FileReader } from "../../store/store.ts";
import type { Policy } from "./ingredients.ts";
import { parsePolicy } from "./policy.ts";

/** Whether the setting `augment` names a file. */
function isPolicyFile(augment: string): boolean {
  return /\.txt$/i.test(augment);
}

/**
 * The policy that the setting `augment` writes out, or whose file it names.
 *
 * @throws {InputError} for a file that is missing, too large or no policy, and for no policy.
 */
export async function readPolicy(files: FileReader, augment: string): Promise<Policy> {
  if (!isPolicyFile(augment)) return parsePolicy(augment);
  const path = files.relative(augment);
  const text = await files.readText(path, { limit: TEXT_LIMITS.policy });
  const terms = text.split(/\r?\n/)
    .map((line) => line.replace(/#.*/, "").trim().replace(/^\+|\+$/g, ""))
    .filter((line) => line !== "");
  if (terms.length === 0) {
    throw new InputError(`${path} names no ingredient; expected one a line, such as "flip(p=0.5)"`);
  }
  return naming(path, () => parsePolicy(terms.join("+")));
}
