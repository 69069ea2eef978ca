/**
 * Recognises folders of phantoms, so that phantoms are never trained on beside images of patients
 * unless somebody names them.
 *
 * @module
 */
import { sha256 } from "../../core/hash.ts";
import type { FileFinder } from "../../store/store.ts";

/** The file that marks a folder of phantoms. */
export const PHANTOMS_FILE = "phantoms.json";

/** The content of {@linkcode PHANTOMS_FILE}, the same for all phantoms. */
export const PHANTOMS_TEXT = `${
  JSON.stringify(
    {
      sonoseg: "phantoms",
      about:
        "Synthetic images. train takes this folder when it is named, or when there is nothing " +
        "else.",
    },
    null,
    2,
  )
}\n`;

/** The first phantom of seed 0, which earlier versions wrote without the marker. */
const FIRST_PHANTOM = "benign/benign (1).png";
const FIRST_BYTES = 4096;
const FIRST_HASH = "5c9a84b2ad7c9bdb1f4db18600ecc52e601ba6ce12d79d1b55b1dd2510049bb4";

/** Whether a folder with these names in it was written by `phantoms`. */
export async function holdsPhantoms(
  data: FileFinder,
  { path, names }: { readonly path: string; readonly names: ReadonlySet<string> },
): Promise<boolean> {
  const inside = (name: string) => path === "" ? name : `${path}/${name}`;
  if (names.has(PHANTOMS_FILE)) {
    const bytes = await data.readStart(inside(PHANTOMS_FILE), 2 * PHANTOMS_TEXT.length);
    return new TextDecoder().decode(bytes) === PHANTOMS_TEXT;
  }
  const first = inside(FIRST_PHANTOM);
  if (!names.has("benign") || await data.kindOf(first) !== "file") return false;
  return await sha256(await data.readStart(first, FIRST_BYTES)) === FIRST_HASH;
}
