/**
 * Finds images by the names that annotation files give them. Such a name is a path on the machine
 * of the annotation program: of another folder, with `\`, as a URL, or with another ending when the
 * images were converted later.
 *
 * @module
 */
import { folderName } from "../../core/paths.ts";
import { IMAGE_NAME } from "../../image/image_names.ts";
import { endsOf, indexOf } from "../path_index.ts";

/** No path is longer. */
const LONGEST_NAME = 4096;

/** Finds images by their names in annotation files. */
export class ImageFinder {
  readonly #byPath: ReadonlyMap<string, string>;
  /** Images by every end of their path, without the ending: "b" and "a/b" of "a/b.png". */
  readonly #byEnd: ReadonlyMap<string, readonly string[]>;

  constructor(images: readonly string[]) {
    this.#byPath = new Map(images.map((image) => [nfc(image), image]));
    this.#byEnd = indexOf(images, (image) => endsOf(withoutEnding(nfc(image))));
  }

  /**
   * The images that a name in a file in `folder` may mean: the one at this path from that folder or
   * from the data directory; else those that share the longest end of the path and, among equals,
   * the most folders with the annotation file. None, or several that are equal, tell no image.
   */
  find(name: string, folder: string): readonly string[] {
    if (name.length > LONGEST_NAME) return [];
    const found = this.#find(nfc(name), nfc(folder));
    if (found.length > 0 || !name.includes("%")) return found;
    try {
      return this.#find(nfc(decodeURIComponent(name)), nfc(folder));
    } catch {
      // A "%" that encodes nothing.
      return [];
    }
  }

  #find(name: string, folder: string): readonly string[] {
    const plain = name.replace(/^(\.?\/)+/, "");
    if (plain === "") return [];
    const exact = this.#byPath.get(resolved(folder, plain)) ?? this.#byPath.get(plain);
    if (exact !== undefined) return [exact];
    const end = endsOf(withoutEnding(plain)).find((end) => this.#byEnd.has(end));
    const alike = end === undefined ? [] : this.#byEnd.get(end)!;
    if (alike.length < 2) return alike;
    const sameEnding = alike.filter((image) => endingOf(image) === endingOf(plain));
    return nearest(sameEnding.length > 0 ? sameEnding : alike, folder);
  }
}

/** The path from a folder, with ".." followed. */
function resolved(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${folder}/${path}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The images that share the most folders with a folder. */
function nearest(images: readonly string[], folder: string): readonly string[] {
  const parts = folder.split("/");
  const shared = images.map((image) => {
    const own = folderName(nfc(image)).split("/");
    const differs = own.findIndex((part, k) => part !== parts[k]);
    return differs < 0 ? own.length : differs;
  });
  const most = Math.max(...shared);
  return images.filter((_, k) => shared[k] === most);
}

function withoutEnding(path: string): string {
  return path.replace(IMAGE_NAME, "");
}

function endingOf(path: string): string | undefined {
  return IMAGE_NAME.exec(path)?.[1].toLowerCase();
}

function nfc(text: string): string {
  return text.normalize("NFC");
}
