/**
 * A small data set for tests that train: phantoms scaled down to 64x64, in BUSI's folders.
 *
 * @module
 */
import { type NamedPhantom, phantomSet } from "../../lib/dataset/phantoms/phantoms.ts";
import { encodeGrey } from "../../lib/image/codecs/encode.ts";
import { resizeGrey } from "../../lib/image/resize.ts";

/** A PNG file of the set, with its path. */
type SmallFile = readonly [path: string, png: Uint8Array];

const set = phantomSet(Infinity, 1)[Symbol.iterator]();
/** The files of each phantom so far. A phantom takes a tenth of a second, so it is made once. */
const made: SmallFile[][] = [];

/** Writes the first `count` phantoms at 64x64 px with their masks into `folder`. */
export function writeSmallData(folder: string, count = 16): void {
  writeFiles(folder, smallData(count));
}

/** The files that {@linkcode writeSmallData} writes, as {@linkcode filesOf} returns them. */
export function smallData(count = 16): Map<string, Uint8Array> {
  while (made.length < count) made.push(smallFiles(set.next().value));
  return sorted(made.slice(0, count).flat());
}

function smallFiles({ folder, name, image, masks }: NamedPhantom): SmallFile[] {
  return [{ name, image }, ...masks].map((file) => [
    `${folder}/${file.name}.png`,
    encodeGrey(resizeGrey(file.image, 64, 64)),
  ]);
}

/** Writes files as {@linkcode filesOf} returns them. */
export function writeFiles(folder: string, files: Iterable<readonly [string, Uint8Array]>): void {
  for (const [name, bytes] of files) {
    const path = `${folder}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeFileSync(path, bytes);
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
  return sorted(files);
}

function sorted(files: Iterable<SmallFile>): Map<string, Uint8Array> {
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}
