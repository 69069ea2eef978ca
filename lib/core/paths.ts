/**
 * Parts of a path inside the data directory, with slashes between its folders.
 *
 * @module
 */

/** The name of the file: "b.png" of "a/b.png". */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The folder of the file: "a" of "a/b.png", "" of "b.png". */
export function folderName(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/**
 * The path without the ending of its file: "a/b" of "a/b.png". Digits behind a dot are no ending:
 * DICOM files are often named by identifiers such as "1.2.840.17".
 */
export function withoutEnding(path: string): string {
  return path.replace(/\.(?!\d+$)[^./]*$/, "");
}

/** The name of the file without its ending: "b" of "a/b.png". */
export function stemOf(path: string): string {
  return withoutEnding(baseName(path));
}
