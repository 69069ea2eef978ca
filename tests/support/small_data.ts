/**
 * A small data set for tests that train: phantoms scaled down to 64x64, in BUSI's folders.
 *
 * @module
 */
import { phantomSet } from "../../lib/dataset/phantoms/phantoms.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { resizeGrey } from "../../lib/image/resize.ts";

/** Writes `count` phantoms of 64x64 px with their masks into `folder`. */
export function writeSmallData(folder: string, count = 16): void {
  for (const { folder: kind, name, image, masks } of phantomSet(count, 1)) {
    Deno.mkdirSync(`${folder}/${kind}`, { recursive: true });
    for (const file of [{ name, image }, ...masks]) {
      const png = encodeGrey(resizeGrey(file.image, 64, 64));
      Deno.writeFileSync(`${folder}/${kind}/${file.name}.png`, png);
    }
  }
}

/** All files below a folder with their bytes, by relative path, sorted. */
export function filesOf(folder: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const visit = (path: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${path}`)) {
      const inner = path === "" ? name : `${path}/${name}`;
      if (isDirectory) visit(inner);
      else files.set(inner, Deno.readFileSync(`${folder}/${inner}`));
    }
  };
  visit("");
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}
